import Automation
import Foundation
import Runner
import Storage

/// Puts together what the status says.
struct StatusReader {
    private static let page = 500

    private let opened: OpenedHome
    private let planning: PublicationPlanning
    private let now = Instant(Date())

    init(_ opened: OpenedHome) {
        self.opened = opened
        planning = PublicationPlanning(profiles: opened.profiles)
    }

    /// - Parameter names: all where it is empty, in the order of their names.
    func reports(_ names: [String]) async throws -> [StatusReport] {
        var reports: [StatusReport] = []
        for name in names {
            let record = try await opened.ledger.knownCertificate(name)
            if let overview = try await opened.ledger.overview(record.id) { reports.append(try await report(overview)) }
        }
        guard names.isEmpty else { return reports }
        var last: Int64 = 0
        while true {
            let page = try await opened.ledger.overviews(after: last, limit: Self.page)
            guard let end = page.last else { return reports.sorted { $0.name < $1.name } }
            last = end.certificate.id
            for overview in page { reports.append(try await report(overview)) }
        }
    }

    private func report(_ overview: CertificateOverview) async throws -> StatusReport {
        var targets: [StatusReport.Target] = []
        var unheld: Instant?
        for placement in overview.placements {
            guard let context = try await opened.ledger.publicationContext(placement.id) else { continue }
            let run = planning.plannedRun(context, now: now)
            if context.version(context.state.current)?.life == context.state.life {
                unheld = [unheld, run?.at].compactMap { $0 }.min()
            }
            targets.append(target(context, run))
        }
        let run = RenewalPlanning.run(overview.certificate, overview.state, unheldPublication: unheld, now: now)
        return StatusReport(overview, run: run, targets: targets, now: now)
    }

    private func target(_ context: PublicationContext, _ run: PlannedRun?) -> StatusReport.Target {
        let placement = context.placement
        let isCurrent = placement.held?.number.map { $0 >= context.state.current } ?? false
        let isChecked = opened.profiles.publishing[placement.profile]?.proof != nil
        return StatusReport.Target(
            name: placement.name, version: placement.held.map { $0.number ?? 0 }, published: isCurrent,
            serving: isChecked ? context.proofOfHeld.map { $0.outcome.rawValue } ?? "not-checked" : "not-checked",
            provedAt: context.proofOfHeld?.at.rfc3339, next: run?.at.rfc3339,
            waitsForWindow: run.map { $0.at > now && [.later, .waits, .asks].contains($0.move) } ?? false,
            trouble: placement.trouble?.message,
            remedy: placement.trouble?.remedy,
            held: context.isHeldByHand
                ? context.wish.hold.map { "by \($0.by)" + ($0.reason.isEmpty ? "" : ": \($0.reason)") } : nil,
            managed: planning.isManaged(context), notAfter: placement.held?.life.notAfter.rfc3339)
    }
}
