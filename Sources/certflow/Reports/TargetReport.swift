import Automation
import Foundation
import Runner
import Storage

/// One certificate on one target. The form of `target list --output json`.
struct TargetReport: Encodable {
    enum State: String, Encodable {
        case managed
        /// Flow or profile name it no more: nothing is deleted there.
        case unmanaged
        /// Its certificate was taken out of service.
        case retired
    }

    /// "profile/target"
    var target: String
    var certificate: String
    var state: State
    /// The version that it holds; nil for nothing, 0 for one that is not ours.
    var version: Int?
    var notAfter: String?
    var since: String?
    var timeZone: String

    private let end: Instant?
    private let zone: Zone

    private enum CodingKeys: String, CodingKey { case target, certificate, state, version, notAfter, since, timeZone }

    init(_ context: PublicationContext, isManaged: Bool) {
        let held = context.placement.held
        target = context.placement.name
        certificate = context.certificate.name
        state = context.certificate.isRetired ? .retired : isManaged ? .managed : .unmanaged
        version = held.map { $0.number ?? 0 }
        notAfter = held?.life.notAfter.rfc3339
        since = held?.since.rfc3339
        end = held?.life.notAfter
        zone = context.certificate.flow.rules.windowOfPublication.zone
        timeZone = zone.identifier
    }

    /// All placements, by target; those that hold nothing and are managed no more are left out.
    static func all(_ opened: OpenedHome) async throws -> [TargetReport] {
        let planning = PublicationPlanning(profiles: opened.profiles)
        var reports: [TargetReport] = []
        var last: String?
        while true {
            let certificates = try await opened.ledger.certificates(after: last, limit: 500)
            guard let end = certificates.last else { break }
            last = end.name
            for certificate in certificates {
                for placement in try await opened.ledger.placements(of: certificate.id) {
                    guard let context = try await opened.ledger.publicationContext(placement.id) else { continue }
                    let report = TargetReport(context, isManaged: planning.isManaged(context))
                    if report.state == .managed || report.version != nil { reports.append(report) }
                }
            }
        }
        return reports.sorted { ($0.target, $0.certificate) < ($1.target, $1.certificate) }
    }

    static func print(_ reports: [TargetReport], now: Instant) {
        let moments = Moments(now: now)
        var table = Table("TARGET", "CERTIFICATE", "HOLDS", "EXPIRES", "STATE")
        for report in reports {
            table.add(
                .init(report.target, .strong), .init(report.certificate), report.holds,
                .init(report.end.map { moments.day($0, in: report.zone) } ?? "-"),
                .init(report.state.rawValue, report.state == .managed ? nil : .warning))
        }
        table.print()
        if reports.contains(where: { $0.state != .managed }) {
            Console.line()
            Console.line(
                "`certflow target clean TARGET` removes what certflow put on a target that it manages no more.")
        }
    }

    private var holds: Table.Cell {
        guard let version else { return .init("nothing", .faint) }
        return version == 0 ? .init("not ours", .warning) : .init("version \(version)")
    }
}
