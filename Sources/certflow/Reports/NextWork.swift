import Automation
import Foundation
import Storage

/// What a runner waits for, in words.
struct NextWork {
    let at: Instant
    let what: String

    /// The first thing that is due from now on; nil where nothing is planned.
    init?(_ ledger: any LedgerReading, now: Instant) async throws {
        let rows = try await ledger.due(before: .distantFuture, count: 32)
        guard let next = rows.first(where: { $0.at > now }) ?? rows.first else { return nil }
        at = next.at
        what = try await Self.name(next.work, ledger)
    }

    private static func name(_ work: WorkKey, _ ledger: any LedgerReading) async throws -> String {
        switch work.kind {
        case .renewal: return "renewal of \(try await ledger.certificate(work.id)?.name ?? "a certificate")"
        case .publication:
            guard let placement = try await ledger.placement(work.id) else { return "a look at a target" }
            let name = try await ledger.certificate(placement.certificate)?.name ?? "a certificate"
            return "a look at \(name) on \(placement.name)"
        case .notice: return "a notice"
        case .upkeep: return "the daily upkeep"
        }
    }

    /// "Next: Thu 2026-11-26 06:46 UTC (in 4 minutes): renewal of www.example.com"
    func words(now: Instant, zone: Zone) -> String {
        "Next: \(Moments(now: now).words(at, in: zone)): \(what)"
    }
}
