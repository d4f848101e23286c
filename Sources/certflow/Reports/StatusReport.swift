import Automation
import Foundation
import PluginKit
import Runner
import Storage

/// One certificate: what is renewed, published and serving. The form of `status --output json`.
struct StatusReport: Encodable {
    struct Target: Encodable {
        /// "profile/target"
        var name: String
        /// The version that it holds; nil for nothing, 0 for one that is not ours.
        var version: Int?
        var published: Bool
        /// "serving", "different", "unreachable", "not-checked"
        var serving: String
        var provedAt: String?
        var next: String?
        var trouble: String?
        var remedy: String?
        var held: String?
    }

    var name: String
    var subjects: [String]
    var issuer: String
    var version: Int
    var notAfter: String?
    var targets: [Target]
    var next: String?
    var nextReason: String?
    var trouble: String?
    var remedy: String?
    var paused: String?
    var retired: Bool
    var timeZone: String

    /// Not part of the form: for the table.
    private let zone: Zone
    private let end: Instant?
    private let nextRun: Instant?

    private enum CodingKeys: String, CodingKey {
        case name, subjects, issuer, version, notAfter, targets, next, nextReason, trouble, remedy, paused, retired
        case timeZone
    }

    init(_ overview: CertificateOverview, run: PlannedRun?, targets: [Target], now: Instant) {
        let (certificate, state) = (overview.certificate, overview.state)
        name = certificate.name
        subjects = certificate.subjects.map(\.description)
        issuer = certificate.issuer
        version = state.current
        notAfter = state.life?.notAfter.rfc3339
        self.targets = targets
        next = run?.at.rfc3339
        zone = certificate.flow.rules.window.zone
        nextReason = run.map { [zone] in Wording.reason($0, in: zone) }
        trouble = state.trouble?.message
        remedy = state.trouble?.remedy
        paused = certificate.pause.flatMap { $0.holds(at: now) ? "by \($0.by): \($0.reason)" : nil }
        retired = certificate.isRetired
        timeZone = zone.identifier
        end = state.life?.notAfter
        nextRun = run?.at
    }

    static func print(_ reports: [StatusReport], now: Instant) {
        guard !reports.isEmpty else {
            Console.line("There are no certificates yet: write flows.yaml and run `certflow apply flows.yaml`.")
            return
        }
        let moments = Moments(now: now)
        var table = Table("CERTIFICATE", "RENEWED", "PUBLISHED", "SERVING", "EXPIRES", "NEXT RENEWAL")
        for report in reports {
            table.add(
                .init(report.name, .strong), report.renewedCell, report.publishedCell, report.servingCell,
                .init(report.end.map { moments.day($0, in: report.zone) } ?? "-"),
                .init(report.nextRun.map { moments.words($0, in: report.zone) } ?? "-"))
        }
        table.print()
        for report in reports {
            if let trouble = report.trouble { Self.complain(report.name, trouble, report.remedy) }
            for target in report.targets {
                if let trouble = target.trouble {
                    Self.complain("\(report.name) -> \(target.name)", trouble, target.remedy)
                }
            }
        }
    }

    private static func complain(_ place: String, _ trouble: String, _ remedy: String?) {
        Console.line()
        Console.line("\(Console.paint("!", .bad)) \(place): \(Console.harmless(trouble))")
        if let remedy { Console.line("  \(Console.harmless(remedy))") }
    }

    private var renewedCell: Table.Cell {
        if retired { return .init("retired", .faint) }
        if paused != nil { return .init("paused, version \(version)", .warning) }
        if trouble != nil { return .init(version == 0 ? "failed" : "failed, version \(version)", .bad) }
        return version == 0 ? .init("waiting", .faint) : .init("version \(version)", .good)
    }

    private var publishedCell: Table.Cell {
        guard !targets.isEmpty else { return .init("-", .faint) }
        let count = targets.filter(\.published).count
        return .init("\(count) of \(targets.count)", count == targets.count ? .good : .warning)
    }

    private var servingCell: Table.Cell {
        guard !targets.isEmpty else { return .init("-", .faint) }
        let count = targets.filter { $0.serving == "serving" }.count
        if targets.allSatisfy({ $0.serving == "not-checked" }) { return .init("not checked", .faint) }
        return .init("\(count) of \(targets.count)", count == targets.count ? .good : .warning)
    }
}

/// Puts together what the status says.
struct StatusReader {
    private static let page = 500

    private let opened: OpenedHome
    private let now = Instant(Date())

    init(_ opened: OpenedHome) { self.opened = opened }

    func reports(_ names: [String]) async throws -> [StatusReport] {
        guard names.isEmpty else {
            var reports: [StatusReport] = []
            for name in names {
                guard let record = try await opened.ledger.certificate(named: name) else {
                    throw DeskRefusal("certificate.unknown", "There is no certificate \"\(name)\".", remedy: "See `certflow status`.")
                }
                if let report = try await report(record.id) { reports.append(report) }
            }
            return reports
        }
        var reports: [StatusReport] = []
        var last: String?
        while true {
            let certificates = try await opened.ledger.certificates(after: last, limit: Self.page)
            guard let end = certificates.last else { return reports }
            last = end.name
            for certificate in certificates {
                if let report = try await report(certificate.id) { reports.append(report) }
            }
        }
    }

    private func report(_ id: Int64) async throws -> StatusReport? {
        guard let overview = try await opened.ledger.overview(id) else { return nil }
        var targets: [StatusReport.Target] = []
        var unheld: Instant?
        let planning = PublicationPlanning(profiles: opened.profiles)
        for placement in overview.placements {
            guard let context = try await opened.ledger.publicationContext(placement.id) else { continue }
            let run = planning.plannedRun(context, now: now)
            unheld = [unheld, run?.at].compactMap { $0 }.min()
            targets.append(target(context, run))
        }
        let run = RenewalPlanning.run(
            overview.certificate, overview.state, unheldPublication: unheld, now: now)
        return StatusReport(overview, run: run, targets: targets, now: now)
    }

    private func target(_ context: PublicationContext, _ run: PlannedRun?) -> StatusReport.Target {
        let placement = context.placement
        let isCurrent = placement.held?.number.map { $0 >= context.state.current } ?? false
        let isChecked = opened.profiles.publishing[placement.profile]?.proof != nil
        return StatusReport.Target(
            name: placement.name, version: placement.held.map { $0.number ?? 0 }, published: isCurrent,
            serving: isChecked ? placement.proof.map { $0.outcome.rawValue } ?? "not-checked" : "not-checked",
            provedAt: placement.proof?.at.rfc3339, next: run?.at.rfc3339, trouble: placement.trouble?.message,
            remedy: placement.trouble?.remedy,
            held: context.isHeldByHand ? context.wish.hold.map { "by \($0.by): \($0.reason)" } : nil)
    }
}
