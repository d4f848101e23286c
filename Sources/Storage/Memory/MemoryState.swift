import Automation
import Foundation

/// The tables of the in-memory ledger. A change that conflicts half way is undone, so that it leaves no trace.
struct MemoryState {
    struct IntentKey: Hashable {
        var certificate: Int64
        var predecessor: Int
        var generation: Int
    }
    struct StateKey: Hashable {
        var scope: String
        var key: String
    }
    struct DocumentKey: Hashable {
        var kind: DocumentRecord.Kind
        var key: String
    }
    struct VersionKey: Hashable, Comparable {
        var certificate: Int64
        var number: Int

        static func < (left: Self, right: Self) -> Bool {
            (left.certificate, left.number) < (right.certificate, right.number)
        }
    }
    struct Lease {
        var claim: Claim
        var owner: String
        /// What somebody scheduled while it was claimed.
        var again: DueRecord?
    }
    struct Version {
        var record: VersionRecord
        var material: VersionMaterial
    }

    typealias Undo = (inout MemoryState) -> Void

    var certificates: [Int64: CertificateRecord] = [:]
    var names: [String: Int64] = [:]
    var renewals: [Int64: RenewalState] = [:]
    /// By certificate, ascending by number.
    var versions: [Int64: [Version]] = [:]
    /// Certificate and number of the versions with one fingerprint.
    var fingerprints: [Data: [VersionKey]] = [:]
    var intents: [IntentKey: IntentRecord] = [:]
    var openIntents: [Int64: IntentKey] = [:]
    var placements: [Int64: PlacementRecord] = [:]
    /// By certificate, ascending by id.
    var placementsOf: [Int64: [Int64]] = [:]
    var wishes: [Int64: PlacementWish] = [:]
    var places: [String: Int64] = [:]
    /// By placement, ascending by sequence.
    var publications: [Int64: [PublicationRecord]] = [:]
    var attempts: [AttemptRecord] = []
    var due: [WorkKey: DueRecord] = [:]
    var leases: [WorkKey: Lease] = [:]
    var fences: [Fence: WorkKey] = [:]
    var secrets: [String: SecretRecord] = [:]
    var pluginStates: [StateKey: PluginStateRecord] = [:]
    var notices: [Int64: NoticeRecord] = [:]
    var meta: [String: String] = [:]
    var documents: [DocumentKey: DocumentRecord] = [:]
    var events: [Event] = []
    var head: AuditHead?
    var nextFence: Int64 = 1
    var nextID: Int64 = 1

    mutating func commit(_ change: Change, under fence: Fence?, _ chain: inout AuditChain) -> CommitOutcome {
        if let fence, fences[fence] == nil { return .fenceLost }
        if let release = change.release {
            guard let lease = leases[release.work], lease.claim.fence == fence else { return .fenceLost }
        }
        var undo: [Undo] = []
        for write in change.writes {
            guard let conflict = apply(write, &undo) else { continue }
            for step in undo.reversed() { step(&self) }
            return .conflict(conflict)
        }
        if let release = change.release { end(release) }
        append(change.events, &chain)
        return .applied
    }

    private mutating func append(_ drafts: [EventDraft], _ chain: inout AuditChain) {
        for draft in drafts {
            if !chain.isOpen {
                let last = events.last.map { ChainHead(chain: $0.chain, position: $0.position, mac: $0.mac) }
                events.append(chain.open(after: last, at: draft.at, sequence: Int64(events.count) + 1))
            }
            events.append(chain.append(draft, sequence: Int64(events.count) + 1))
        }
        if let head = chain.takeHead() { self.head = head }
    }

    private mutating func end(_ release: Change.Release) {
        guard let lease = leases.removeValue(forKey: release.work) else { return }
        fences[lease.claim.fence] = nil
        guard let again = lease.again else {
            due[release.work] = release.next
            return
        }
        due[release.work] = release.next?.hastened(by: again) ?? again
    }

    /// Ends the leases of other owners; their work is due at once.
    mutating func releaseLeases(exceptOf owner: String, at now: Instant) -> [WorkKey] {
        let dead = leases.values.filter { $0.owner != owner }.sorted { $0.claim.fence < $1.claim.fence }
        for lease in dead {
            let claim = lease.claim
            leases[claim.work] = nil
            fences[claim.fence] = nil
            let back = DueRecord(
                claim.work, at: now, deadline: claim.deadline, group: claim.group, starts: claim.starts,
                isManual: claim.isManual)
            due[claim.work] = lease.again.map { back.hastened(by: $0) } ?? back
        }
        return dead.map(\.claim.work)
    }

    /// Writes one key and remembers what was there.
    mutating func put<Key: Hashable, Value>(
        _ table: WritableKeyPath<MemoryState, [Key: Value]>, _ key: Key, _ value: Value?, _ undo: inout [Undo]
    ) {
        let before = self[keyPath: table][key]
        undo.append { $0[keyPath: table][key] = before }
        self[keyPath: table][key] = value
    }
}
