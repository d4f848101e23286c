import Automation
import Profiles
import Runner
import Storage

/// One certificate on one target. The form of `target list --output json`.
package struct TargetReport: Codable, Sendable {
    package enum State: String, Codable, Sendable, CaseIterable {
        case managed
        /// Flow or profile name it no more: nothing is deleted there.
        case unmanaged
        /// Its certificate was taken out of service.
        case retired
    }

    /// "profile/target"
    package var target: String
    package var certificate: String
    package var state: State
    /// The version that it holds; nil for nothing, 0 for one that is not ours.
    package var version: Int?
    package var notAfter: String?
    package var since: String?
    package var timeZone: String

    package var end: Instant? { notAfter.flatMap { Instant(rfc3339: $0) } }
    package var zone: Zone { ZoneTable.shared[timeZone] ?? .utc }

    package init(_ context: PublicationContext, isManaged: Bool) {
        let held = context.placement.held
        target = context.placement.name
        certificate = context.certificate.name
        state = context.certificate.isRetired ? .retired : isManaged ? .managed : .unmanaged
        version = held.map { $0.number ?? 0 }
        notAfter = held?.life.notAfter.rfc3339
        since = held?.since.rfc3339
        timeZone = context.certificate.flow.rules.windowOfPublication.zone.identifier
    }

    /// All placements, by target; those that hold nothing and are managed no more are left out.
    package static func all(_ ledger: any LedgerReading, _ profiles: ProfileSet) async throws -> [TargetReport] {
        let planning = PublicationPlanning(profiles: profiles)
        var reports: [TargetReport] = []
        var last: String?
        while true {
            let certificates = try await ledger.certificates(after: last, limit: 500)
            guard let end = certificates.last else { break }
            last = end.name
            for certificate in certificates {
                for placement in try await ledger.placements(of: certificate.id) {
                    guard let context = try await ledger.publicationContext(placement.id) else { continue }
                    let report = TargetReport(context, isManaged: planning.isManaged(context))
                    if report.state == .managed || report.version != nil { reports.append(report) }
                }
            }
        }
        return reports.sorted { ($0.target, $0.certificate) < ($1.target, $1.certificate) }
    }
}
