import Automation
import PluginKit
import Storage

/// `Ask me`, as soon as the forecast sees it: the next publication to a target will find no open period before its
/// deadline. Whoever learns of it now can still open the window; the question itself comes with the version.
struct ForeseenQuestion {
    /// Whoever changes the flow sees the same in its forecast; so it is enough to look once per publication.
    private static let looksAhead = 50

    private let outside: RunnerDependencies

    init(_ outside: RunnerDependencies) { self.outside = outside }

    /// - Parameter context: of a target that has just got what it should hold.
    func tell(_ context: PublicationContext) async throws {
        let rules = context.certificate.flow.rules
        guard rules.lastResort == .ask, rules.publicationEnabled, rules.windowOfPublication.cells != .all,
            let overview = try await outside.ledger.overview(context.certificate.id),
            let life = context.placement.held?.life ?? overview.state.life
        else { return }
        let outlook = try await Foresight(outside).outlook(
            of: overview, until: life.chainNotAfter + life.length, limit: Self.looksAhead)
        let target = context.placement.name
        guard
            let next = outlook.forecast.runs.first(where: { $0.stage == .publication && $0.target == target }),
            next.run.move == .asks
        else { return }
        let (name, now) = (overview.certificate.name, outside.clock.now())
        let notice = try await Alarms(outside).notice(
            title: "\(name) on \(target): no open period will be left before expiry",
            body: "Version \(next.version) is to be published by "
                + "\(next.run.deadline?.rfc3339 ?? "the end of what is there"), but the window opens no sooner than \(next.run.at.rfc3339).\nOpen a period before that in its flow, or "
                + "let it be published anyway (`lastResort: publish`); else you are asked when the version is there. "
                + "`certflow explain \(name)` says more.",
            certificate: name, level: .first, now: now)
        let event = EventDraft(
            at: now, actor: "runner", kind: "publication.question-foreseen", certificate: name, subject: target)
        _ = try await outside.ledger.commit(Change(notice, events: [event]))
    }
}
