import Automation
import Foundation

/// Everything that certflow knows and has to know after a crash.
///
/// Changes are values; an engine applies them one after another, many in one transaction. Every engine passes the same
/// contract suite.
public protocol Ledger: LedgerReading {
    /// Takes due work: deletes its due row and writes its lease, in one transaction. What people asked for comes first,
    /// then what has the least time to its deadline.
    func claim(_ request: ClaimRequest) async throws -> [Claim]
    /// Prolongs leases.
    /// - Returns: those that were still one's own.
    func extend(_ fences: Set<Fence>, until: Instant) async throws -> Set<Fence>
    /// Puts back the work of runners that are gone: all leases of other owners.
    /// - Returns: what was put back, due at once.
    func releaseLeases(exceptOf owner: String, at now: Instant) async throws -> [WorkKey]
    /// Durable when it returns; finishes even if the calling task is cancelled.
    /// - Parameter fence: of the claim that this belongs to; nil for what people do.
    func commit(_ change: Change, under fence: Fence?) async throws -> CommitOutcome
    /// Ids that nobody used before.
    func newIDs(_ count: Int) async throws -> [Int64]
    /// Finishes what was committed and closes. Everything else fails from then on.
    func close() async
}

extension Ledger {
    public func commit(_ change: Change) async throws -> CommitOutcome { try await commit(change, under: nil) }
}
