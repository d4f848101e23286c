import Automation
import Foundation
import PluginKit
import Runner
import ServiceLifecycle
import Storage
import Synchronization

/// What a renewal or a publication would come to, found out without doing it.
enum RehearsalAPI {
    /// So long a rehearsal with an issuer may take.
    private static let longest = Span.minutes(5)

    static let routes: [Route] = [
        .api(
            .post, "/certificates/{name}/rehearsal/renewal", .right(.operate), takes: [.why],
            APIShape(
                "acts",
                "A whole renewal against the staging of its issuer, with a key of its own; nothing of it is stored.",
                answers: "RenewalRehearsal"),
            renewal),
        .api(
            .post, "/certificates/{name}/rehearsal/publication", .right(.operate),
            takes: [
                APIField("targets", .texts, "Profiles or targets; all where it is left out."),
                APIField("takeOver", .flag, "As if places were taken over that another publication owns."),
            ],
            APIShape(
                "acts", "What a publication would find and do at each target; nothing is changed anywhere.",
                answers: "PublicationRehearsal"),
            publication),
    ]

    private static func renewal(_ exchange: Exchange) async throws -> Reply {
        let record = try await exchange.certificate
        let person = Person(
            name: try exchange.principal.actor, reason: try exchange.fields.text("reason", atMost: 1000))
        let notes = Mutex<[String]>([])
        var form = RenewalRehearsalForm(certificate: record.name, issuer: record.issuer)
        do {
            let report = try await RenewalRehearsal(exchange.house.outside, person).run(
                record.name, within: longest, until: { try? await gracefulShutdown() },
                tell: { text in notes.withLock { if $0.count < 100 { $0.append(text) } } })
            form = RenewalRehearsalForm(report)
        } catch let failure as PluginFailure {
            form.failure = .init(failure)
        }
        form.notes = notes.withLock { $0 }
        return try .json(form)
    }

    private static func publication(_ exchange: Exchange) async throws -> Reply {
        let (record, house) = (try await exchange.certificate, exchange.house)
        var order = Desk.PublishOrder()
        order.targets = exchange.fields.all("targets")
        order.takesOver = try exchange.fields.flag("takeOver")
        let outlooks = try await PublicationRehearsal(house.outside).report(record.name, order)
        let person = try exchange.principal
        let targets = outlooks.map { outlook in
            person.told(
                OutlookReport(outlook, house.profiles, house.outside.registry, now: house.now()), of: outlook)
        }
        return try .json(PublicationRehearsalForm(targets: targets))
    }
}
