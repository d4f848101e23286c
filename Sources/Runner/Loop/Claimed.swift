import Automation
import PluginKit
import Storage

/// What a driver may do with one claim: commit under its fence, and let go of it.
struct Claimed: Sendable {
    let claim: Claim
    let outside: RunnerDependencies
    let leases: LeaseBook

    var now: Instant { outside.clock.now() }

    /// Commits under the fence.
    /// - Throws: `WorkStopped` where the lease is lost or what was read is not so any more.
    func commit(_ change: Change) async throws {
        guard leases.isTrusted(claim.fence, at: outside.clock.monotonic()) else { throw WorkStopped.leaseLost }
        switch try await outside.ledger.commit(change, under: claim.fence) {
        case .applied: return
        case .fenceLost: throw WorkStopped.leaseLost
        case .conflict(let reason):
            throw PluginFailure(
                .conflict, code: "ledger.conflict", message: "Something changed meanwhile: \(reason).",
                remedy: "It is tried again by itself.")
        }
    }

    /// Lets go of the work until `next`; nil until somebody schedules it.
    func release(until next: Instant?, deadline: Instant? = nil, writes: [Change.Write] = [], events: [EventDraft] = [])
        async throws
    {
        try await commit(Change(writes, events: events, release: ending(at: next, deadline: deadline)))
    }

    func ending(at next: Instant?, deadline: Instant?) -> Change.Release {
        Change.Release(
            claim.work,
            next: next.map { DueRecord(claim.work, at: $0, deadline: deadline ?? .distantFuture, group: claim.group) })
    }

    func event(
        _ kind: String, _ certificate: String, subject: String = "", reason: String = "",
        detail: [String: String] = [:]
    ) -> EventDraft {
        EventDraft(
            at: now, actor: "runner", kind: kind, certificate: certificate, subject: subject, reason: reason,
            detail: detail)
    }
}
