import Automation
import Foundation
import Runner
import Storage

/// What people do by hand.
enum ActAPI {
    private static let targets = APIField("targets", .texts, "Profiles or targets; all where it is left out.")
    private static let force = APIField(
        "force", .flag, "Also while a newer version than any target holds waits to be published.")
    private static let until = APIField("until", .text, "Until then; until it is resumed where it is left out.")
    private static let names = APIField("certificates", .texts, "Their names, at most 500.")
    private static let label = APIField("label", .text, "In place of names: all with this label, key:value.")

    private static let all = APIField("all", .flag, "In place of names: all that you see.")

    static let routes: [Route] = [
        act("renew", "Renews it now, outside its window.", takes: [force, .why]) { exchange, desk, name in
            [try await desk.renew(name, force: try exchange.fields.flag("force"))]
        },
        act(
            "publish", "Publishes the newest version now, or at a time, outside the window.",
            takes: [
                targets, .why, APIField("at", .text, "Not before that time."),
                APIField("takeOver", .flag, "Takes places over that another publication owns."),
            ]
        ) { exchange, desk, name in
            var order = Desk.PublishOrder()
            order.targets = exchange.fields.all("targets")
            order.at = try exchange.instant("at", exchange.fields["at"])
            order.takesOver = try exchange.fields.flag("takeOver")
            return try await desk.publish(name, order)
        },
        act(
            "rollback", "Puts an older version back, and holds the targets there.",
            takes: [
                targets, .why, APIField("to", .integer, "The version; else the one before what each target holds."),
                APIField("untilReleased", .flag, "Holds the targets until they are released."),
            ]
        ) { exchange, desk, name in
            try await desk.rollback(
                name, to: try exchange.fields.integer("to", in: 1...1_000_000_000),
                targets: exchange.fields.all("targets"), untilReleased: try exchange.fields.flag("untilReleased"))
        },
        act("prove", "Looks now whether the targets serve what was published there.", takes: [targets, .why]) {
            exchange, desk, name in try await desk.prove(name, targets: exchange.fields.all("targets"))
        },
        act(
            "clean", "Removes what certflow put on a target that it manages no more.",
            takes: [APIField("target", .text, required: true, "As profile/target."), .why]
        ) { exchange, desk, name in
            try await desk.clean(exchange.fields["target"] ?? "", of: name)
        },
        .api(
            .get, "/certificates/{name}/requests/{request}", .right(.read),
            APIShape("acts", "What became of something that was asked for.", answers: "Request"), follow),
        .api(
            .post, "/certificates/{name}/pause", .right(.operate), takes: [until, .why],
            APIShape("acts", "Starts nothing of its flow until it is resumed.", answers: "Paused", isAct: true)
        ) { exchange in
            let name = try await exchange.certificate.name
            return try await pause(exchange, [name])
        },
        .api(
            .post, "/certificates/{name}/resume", .right(.operate), takes: [.why],
            APIShape("acts", "Ends a pause, and holds of its targets.", answers: "Paused", isAct: true)
        ) { exchange in
            let name = try await exchange.certificate.name
            return try await resume(exchange, [name])
        },
        .api(
            .post, "/certificates/{name}/answer", .right(.operate),
            takes: [
                APIField("answer", .choice(["publish", "wait"]), required: true, "What is to be done."), targets, .why,
            ],
            APIShape(
                "acts", "Answers what is to be done where no open period is left before expiry.", answers: "Answered",
                isAct: true),
            answer),
        .api(
            .post, "/renew", .right(.operate), takes: [names, label, force, .why],
            APIShape("acts", "Renews many certificates now.", status: 202, answers: "Bulk", isAct: true), renewMany),
        .api(
            .post, "/pause", .right(.operate), takes: [names, label, all, until, .why],
            APIShape("acts", "Pauses many certificates.", answers: "Paused", isAct: true)
        ) { exchange in
            guard try meansAll(exchange) else { return try await pause(exchange, try await selected(exchange)) }
            let person = try exchange.principal
            let until = try exchange.instant("until", exchange.fields["until"])
            let paused = try await exchange.desk().pauseAll(until: until) { person.sees($0) }
            exchange.house.wake()
            return try .json(PausedForm(ofAll: paused))
        },
        .api(
            .post, "/resume", .right(.operate), takes: [names, label, all, .why],
            APIShape(
                "acts", "Resumes many certificates; with `all`, targets that are held by hand stay held.",
                answers: "Paused", isAct: true)
        ) { exchange in
            guard try meansAll(exchange) else { return try await resume(exchange, try await selected(exchange)) }
            let person = try exchange.principal
            let resumed = try await exchange.desk().resumeAll { person.sees($0) }
            exchange.house.wake()
            return try .json(PausedForm(ofAll: resumed))
        },
    ]

    private static func act(
        _ verb: String, _ summary: String, takes: [APIField],
        _ body: @escaping @Sendable (Exchange, Desk, String) async throws -> [Desk.Asked]
    ) -> Route {
        .api(
            .post, "/certificates/{name}/\(verb)", .right(.operate), takes: takes,
            APIShape("acts", summary, status: 202, answers: "Act", isAct: true)
        ) { exchange in
            let name = try await exchange.certificate.name
            let asked = try await body(exchange, try exchange.desk(), name)
            exchange.house.wake()
            return try .json(ActForm(asked), status: .accepted)
        }
    }

    private static func follow(_ exchange: Exchange) async throws -> Reply {
        let record = try await exchange.certificate
        let text = try exchange.parameter("request")
        let unknown = Problem(
            404, "request.unknown", "\(record.name) has no such request.", remedy: "Name it as the act's answer did.")
        guard let key = RequestKey(text) else { throw unknown }
        if key.work.kind == .renewal {
            guard key.work.id == record.id else { throw unknown }
        } else {
            guard let placement = try await exchange.house.ledger.placement(key.work.id),
                placement.certificate == record.id
            else { throw unknown }
        }
        let person = try exchange.principal
        let asked = Desk.Asked(
            certificate: record.name, work: key.work, number: key.number, deed: key.deed, target: nil, at: nil)
        return try .json(
            RequestForm(text, person.told(try await exchange.house.desk(person, reason: "").outcome(of: asked))))
    }

    private static func answer(_ exchange: Exchange) async throws -> Reply {
        let name = try await exchange.certificate.name
        let answered = try await exchange.desk().answer(
            name, exchange.fields["answer"] == "publish" ? .publish : .wait, targets: exchange.fields.all("targets"))
        exchange.house.wake()
        return try .json(
            AnsweredForm(targets: answered.placements.map(\.name), issuesFirst: answered.issuesFirst))
    }

    // MARK: Many

    private static func meansAll(_ exchange: Exchange) throws -> Bool {
        guard try exchange.fields.flag("all") else { return false }
        guard exchange.fields.all("certificates").isEmpty, exchange.fields["label"] ?? "" == "" else {
            throw Fields.wrong("all", "goes with neither names nor a label", "Send one of the three.")
        }
        return true
    }

    /// All of them are seen by the person, or nothing is done.
    private static func selected(_ exchange: Exchange) async throws -> [String] {
        let names = exchange.fields.all("certificates")
        if let text = exchange.fields["label"], !text.isEmpty {
            guard names.isEmpty, let colon = text.firstIndex(of: ":") else {
                throw Fields.wrong("label", "goes with no names, and is key:value", "Send one of the two.")
            }
            return try await labelled(exchange, String(text[..<colon]), String(text[text.index(after: colon)...]))
        }
        guard (1...500).contains(names.count) else {
            throw Fields.wrong("certificates", "names none, or more than 500", "Name some, or a label.")
        }
        var known: [String] = []
        for name in names { known.append(try await exchange.certificate(name).name) }
        return known
    }

    private static func labelled(_ exchange: Exchange, _ key: String, _ value: String) async throws -> [String] {
        let person = try exchange.principal
        var (found, last) = ([String](), String?.none)
        while true {
            let page = try await exchange.house.ledger.certificates(after: last, limit: 1000)
            found += page.filter { $0.labels[key] == value && !$0.isRetired && person.sees($0.labels) }.map(\.name)
            guard page.count == 1000, let end = page.last else { break }
            last = end.name
        }
        guard !found.isEmpty else {
            throw Problem(
                404, "label.unknown", "No certificate has this label.", remedy: "See the labels of the certificates.")
        }
        return found
    }

    private static func renewMany(_ exchange: Exchange) async throws -> Reply {
        let (names, desk) = (try await selected(exchange), try exchange.desk())
        var items: [BulkForm.Item] = []
        for name in names {
            do {
                let asked = try await desk.renew(name, force: try exchange.fields.flag("force"))
                items.append(.init(certificate: name, asked: [AskedForm(asked)]))
            } catch let refusal as DeskRefusal {
                items.append(
                    .init(
                        certificate: name, asked: [], code: refusal.code, message: refusal.message,
                        remedy: refusal.remedy))
            }
        }
        exchange.house.wake()
        return try .json(BulkForm(items: items), status: .accepted)
    }

    private static func pause(_ exchange: Exchange, _ names: [String]) async throws -> Reply {
        let desk = try exchange.desk()
        let until = try exchange.instant("until", exchange.fields["until"])
        var form = PausedForm(count: 0, names: [], released: [])
        for name in names { form.names += try await desk.pause(.name(name), until: until).names }
        form.count = form.names.count
        exchange.house.wake()
        return try .json(form)
    }

    private static func resume(_ exchange: Exchange, _ names: [String]) async throws -> Reply {
        let desk = try exchange.desk()
        var form = PausedForm(count: 0, names: [], released: [])
        for name in names {
            let resumed = try await desk.resume(.name(name))
            form.names += resumed.names
            form.released += resumed.released
        }
        form.count = form.names.count
        exchange.house.wake()
        return try .json(form)
    }
}
