import Automation
import Foundation
import Synchronization

/// A ledger without a disk: for simulations and tests. It keeps every promise of the contract but durability.
public final class MemoryLedger: Ledger {
    private struct Content {
        var state = MemoryState()
        var chain: AuditChain
        var isClosed = false
    }

    private let content: Mutex<Content>

    /// - Parameters:
    ///   - key: of the audit chain.
    ///   - chain: names the incarnation.
    public init(auditKey key: Secret32, chain: String) {
        content = Mutex(Content(chain: AuditChain(key: key, chain: chain)))
    }

    /// Begins a new chain, as a new process would: for tests that restart on the same ledger.
    public func reopen(auditKey key: Secret32, chain: String) {
        content.withLock { $0.chain = AuditChain(key: key, chain: chain) }
    }

    func read<Result>(_ body: (MemoryState) -> Result) throws -> Result {
        try content.withLock { content in
            guard !content.isClosed else { throw StorageError.closed }
            return body(content.state)
        }
    }

    private func write<Result>(_ body: (inout MemoryState, inout AuditChain) -> Result) throws -> Result {
        try content.withLock { content in
            guard !content.isClosed else { throw StorageError.closed }
            return body(&content.state, &content.chain)
        }
    }

    public func claim(_ request: ClaimRequest) async throws -> [Claim] {
        try write { state, _ in
            let ready = state.due.values.filter {
                $0.at <= request.now && !request.busyGroups.contains($0.group)
                    && (!request.onlyManual || $0.isManual)
            }
            return ready.sorted(by: DueRecord.comesFirst).prefix(max(0, request.limit)).map { due in
                let claim = Claim(
                    work: due.work, fence: Fence(token: state.nextFence), until: request.leaseUntil, dueAt: due.at,
                    deadline: due.deadline, group: due.group, starts: due.starts + 1, isManual: due.isManual)
                state.nextFence += 1
                state.due[due.work] = nil
                state.leases[due.work] = MemoryState.Lease(claim: claim, owner: request.owner)
                state.fences[claim.fence] = due.work
                return claim
            }
        }
    }

    public func extend(_ fences: Set<Fence>, until: Instant) async throws -> Set<Fence> {
        try write { state, _ in
            let mine = fences.filter { state.fences[$0] != nil }
            for fence in mine {
                if let work = state.fences[fence] { state.leases[work]?.claim.until = until }
            }
            return mine
        }
    }

    public func releaseLeases(exceptOf owner: String, at now: Instant) async throws -> [WorkKey] {
        try write { state, _ in state.releaseLeases(exceptOf: owner, at: now) }
    }

    public func commit(_ change: Change, under fence: Fence?) async throws -> CommitOutcome {
        try write { state, chain in state.commit(change, under: fence, &chain) }
    }

    public func newIDs(_ count: Int) async throws -> [Int64] {
        try write { state, _ in
            let wanted = Int64(max(0, count))
            defer { state.nextID += wanted }
            return (0..<wanted).map { state.nextID + $0 }
        }
    }

    public func close() async { content.withLock { $0.isClosed = true } }
}
