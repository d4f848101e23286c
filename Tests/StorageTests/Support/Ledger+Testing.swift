import Automation
import Foundation
import Storage
import Testing

extension Ledger {
    /// Commits what must be applied.
    func apply(
        _ writes: [Change.Write], events: [EventDraft] = [], under fence: Fence? = nil, release: Change.Release? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let outcome = try await commit(Change(writes, events: events, release: release), under: fence)
        #expect(outcome == .applied, sourceLocation: location)
    }

    /// Claims what is due.
    func claim(
        _ limit: Int, at now: Instant = Samples.now, owner: String = "runner", busy: Set<Int64> = [],
        onlyManual: Bool = false
    ) async throws -> [Claim] {
        try await claim(
            ClaimRequest(
                limit: limit, now: now, leaseUntil: now + .minutes(5), owner: owner, busyGroups: busy,
                onlyManual: onlyManual))
    }

    /// Claims the one piece of work that is due.
    func claimOne(_ location: SourceLocation = #_sourceLocation) async throws -> Claim {
        let claims = try await claim(10)
        #expect(claims.count == 1, sourceLocation: location)
        return try #require(claims.first, sourceLocation: location)
    }

    /// All that can be read of the ledger: equal before and after means that nothing was written between.
    func contents() async throws -> [AnyHashable?] {
        var all: [AnyHashable?] = []
        for overview in try await overviews(after: 0, limit: 1000) {
            let id = overview.certificate.id
            all += [overview.certificate, overview.state, overview.placements]
            all.append(try await renewalContext(id)?.openIntent)
            for version in try await versions(of: id, limit: 1000) {
                all += [version, try await material(of: id, number: version.number)]
            }
            for placement in overview.placements {
                all += [try await wish(of: placement.id), try await publications(of: placement.id, limit: 1000)]
            }
        }
        all += [try await attempts(of: nil, work: nil, limit: 1000), try await secrets(), try await counts()]
        all += [try await events(after: 0, certificate: nil, limit: 1000), try await auditHead()]
        all += [try await due(before: .distantFuture, count: 1000), try await leases()]
        for key in ["a", "b"] {
            all += [try await meta(key), try await pluginState(scope: "s", key: key), try await owner(ofPlace: key)]
        }
        for id in Int64(1)...3 { all.append(try await notice(id)) }
        return all
    }
}

/// Work of one certificate, due at that moment.
func due(
    _ id: Int64, at seconds: Int64 = 0, deadline: Int64? = nil, group: Int64 = 0, starts: Int = 0, manual: Bool = false,
    kind: WorkKey.Kind = .renewal
) -> DueRecord {
    DueRecord(
        WorkKey(kind, id), at: Samples.instant(seconds), deadline: deadline.map(Samples.instant) ?? .distantFuture,
        group: group, starts: starts, isManual: manual)
}

func renewal(_ id: Int64) -> WorkKey { WorkKey(.renewal, id) }
