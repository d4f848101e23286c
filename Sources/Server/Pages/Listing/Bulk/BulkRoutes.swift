import Automation
import Foundation
import Runner

/// Acts on many certificates of the list: asked for, confirmed with their names, done once.
enum BulkRoutes {
    static let routes: [Route] = [
        .page(
            .post, "/automated/bulk", .right(.operate),
            takes: BulkSelection.takes + [
                APIField("action"), OnceKey.field, APIField("reason"), APIField("until"), APIField("force"),
            ]
        ) { exchange in
            let word = exchange.fields["action"] ?? ""
            if word == "flow" { return try await BulkFlowRoutes.open(exchange) }
            guard let act = BulkAct(rawValue: word) else {
                throw Fields.wrong("action", "is none of renew, flow, pause, resume", "Choose one of them.")
            }
            let selection = try await BulkSelection.read(exchange)
            guard exchange.fields.has("key") else { return try await confirm(exchange, act, selection, nil) }
            return try await perform(exchange, act, selection)
        }
    ]

    private static func perform(
        _ exchange: Exchange, _ act: BulkAct, _ selection: BulkSelection
    ) async throws -> Reply {
        let house = exchange.house
        do {
            if selection.isMatching, exchange.fields["seen"] != selection.seal {
                throw Problem.refused(
                    "selection.changed", "Others match by now than when you looked.",
                    remedy: "Look at the names, and confirm again.")
            }
            guard !selection.rows.isEmpty else {
                throw Problem.refused(
                    "selection.retired", "All of them are out of service.", remedy: "Select others.")
            }
            let until = try FormTime.read(
                try exchange.fields.text("until", atMost: 40), "until", zone: house.settings.zone)
            let force = try exchange.fields.flag("force")
            let desk = house.desk(
                try exchange.principal, reason: try exchange.fields.text("reason", atMost: 1000))
            return try await OnceKey(exchange).once(elseTo: selection.backHref) {
                try await act.perform(selection.names, by: desk, until: until, force: force)
                house.wake()
                return .seeOther(selection.backHref)
            }
        } catch {
            guard let problem = Problem.of(error), [409, 422].contains(problem.status) else { throw error }
            return try await confirm(exchange, act, selection, problem)
        }
    }

    private static let mostNamed = 100

    private static func confirm(
        _ exchange: Exchange, _ act: BulkAct, _ selection: BulkSelection, _ problem: Problem?
    ) async throws -> Reply {
        let reason = String((exchange.fields["reason"] ?? "").prefix(1000))
        return try await Page(exchange).reply(
            "confirm", context(exchange.house, act, selection, problem, reason: reason), current: "/automated",
            status: .init(code: problem?.status ?? 200))
    }

    static func context(
        _ house: House, _ act: BulkAct, _ selection: BulkSelection, _ problem: Problem?, reason: String
    ) -> [String: Any] {
        let count = selection.rows.count
        let title = act.title(count)
        let left = selection.retired
        var warnings: [[String: Any]] = []
        if !left.isEmpty {
            let names = left.prefix(5).joined(separator: ", ") + (left.count > 5 ? " and \(left.count - 5) more" : "")
            let words = "\(Quantity.words(left.count)) out of service \(left.count == 1 ? "is" : "are") left out:"
            warnings.append(ListingParts.note("warn", "warn", words, "\(names)."))
        }
        let hidden = [(name: "action", value: act.rawValue)] + selection.hidden
        let error = problem.map { ListingParts.note("bad", "bad", $0.message, $0.remedy, isAlert: true) }
        return [
            "pageTitle": title, "title": title,
            "crumbs": Crumbs.to(("Automated certificates", selection.backHref), (act.verb, "")),
            "action": "/automated/bulk", "isDownload": false, "idempotencyKey": OnceKey.make(house),
            "hidden": hidden.map { ["name": $0.name, "value": $0.value] as [String: Any] }, "hasError": error != nil,
            "error": error ?? [:], "says": act.says(selection, zone: house.settings.zone, now: house.now()),
            "hasNames": count > 0, "namesTitle": count == 1 ? "This one" : "These \(Quantity.words(count))",
            "names": Array(selection.names.prefix(mostNamed)), "hasMoreNames": count > mostNamed,
            "moreNames": count > mostNamed ? "and \(Quantity.words(count - mostNamed)) more" : "", "hasFacts": false,
            "facts": ListingParts.nothing, "hasWarnings": !warnings.isEmpty, "warnings": warnings,
            "questions": act.questions, "inputs": act.inputs, "asksReason": true, "reason": reason, "isDanger": false,
            "verb": act.verb, "keepWords": act.keepWords, "backHref": selection.backHref,
        ]
    }
}
