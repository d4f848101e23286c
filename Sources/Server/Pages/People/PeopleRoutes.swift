import Automation
import Foundation
import Storage

/// Accounts, for administrators. What gives rights needs a proof that it is still the administrator who sits there.
enum PeopleRoutes {
    static let routes: [Route] =
        [
            .page(.get, "/people", .right(.administer)) { exchange in
                try await people(exchange, PersonDraft(exchange.query) ?? PersonDraft(), notes: exchange.note(done))
            },
            .page(
                .post, "/people", .right(.administer), takes: [APIField("name"), APIField("role"), APIField("scope")],
                add),
            .page(.get, "/people/{name}", .right(.administer)) { exchange in
                let account = try await known(exchange)
                let draft = PersonDraft(exchange.query)
                var notes = exchange.note(done)
                if let draft, draft != PersonDraft(account) {
                    notes.append(
                        PageNote(
                            tone: .warn, title: "Not saved yet:", text: "look at the rights below, then save them."))
                }
                return try await person(exchange, account, draft, notes: notes)
            },
            .page(
                .post, "/people/{name}", .right(.administer),
                takes: [
                    APIField("etag"), APIField("role"), APIField("scope"), APIField("export"), APIField("disabled"),
                    .reason,
                ], change),
        ] + acts

    private static let acts: [Route] = [
        .page(.get, "/people/{name}/link", .right(.administer)) { exchange in try await confirm(exchange, .link) },
        .page(.post, "/people/{name}/link", .right(.administer), takes: Confirmation.takes) { exchange in
            try await once(exchange, .link)
        },
        .page(.get, "/people/{name}/end-sessions", .right(.administer)) { exchange in
            try await confirm(exchange, .endSessions)
        },
        .page(.post, "/people/{name}/end-sessions", .right(.administer), takes: Confirmation.takes) { exchange in
            try await once(exchange, .endSessions)
        },
        .page(.get, "/people/{name}/delete", .right(.administer)) { exchange in try await confirm(exchange, .delete) },
        .page(.post, "/people/{name}/delete", .right(.administer), takes: Confirmation.takes) { exchange in
            try await once(exchange, .delete)
        },
    ]

    private static let done = [
        "saved": PageNote.done("Saved.", "The rights hold from now on, in open sessions too."),
        "sessions": .done("Ended.", "All sessions of this account are over."),
        "deleted": .done("Deleted.", "The account is gone, with its sessions and tokens."),
    ]

    // MARK: Pages

    private static func people(
        _ exchange: Exchange, _ draft: PersonDraft, notes: [PageNote] = [], problem: Problem? = nil
    ) async throws -> Reply {
        let principal = try exchange.principal
        var page = PeoplePage(
            accounts: try await exchange.house.people.all().filter {
                principal.manages($0) || $0.name == principal.account
            },
            you: principal.account, clock: exchange.clock,
            draft: draft,
            notes: notes)
        let isName = problem.map { $0.code.hasPrefix("account.") } ?? false
        if isName { page.nameError = problem } else if let problem { page.notes.append(PageNote(problem)) }
        return try await Page(exchange).reply(
            "people", page.context, current: "/people", status: .init(code: problem?.status ?? 200))
    }

    private static func person(
        _ exchange: Exchange, _ account: Account, _ draft: PersonDraft?, notes: [PageNote], problem: Problem? = nil
    ) async throws -> Reply {
        var (sight, events) = (try EventAPI.Sight(exchange), [Event]())
        for event in try await exchange.house.ledger.latestEvents(certificate: nil, limit: 2000)
        where events.count < 15 && AuditFilter.isBy(account.name, event.draft.actor) {
            if try await sight.sees(event) { events.append(event) }
        }
        var page = PersonPage(
            account: account, draft: draft ?? PersonDraft(account), events: events, clock: exchange.clock,
            notes: notes)
        let isScope = problem.map { $0.code == "labels.wrong" } ?? false
        if isScope { page.scopeError = problem } else if let problem { page.notes.append(PageNote(problem)) }
        return try await Page(exchange).reply(
            "person", page.context, current: "/people", status: .init(code: problem?.status ?? 200))
    }

    /// - Throws: `Problem`, the same for a name that there is not and for one that sees more than who asks.
    private static func known(_ exchange: Exchange) async throws -> Account {
        let name = try exchange.parameter("name")
        guard let account = try await exchange.house.people.account(name), try exchange.principal.manages(account)
        else {
            throw People.unknown(name)
        }
        return account
    }

    // MARK: Adding and changing

    private static func add(_ exchange: Exchange) async throws -> Reply {
        let draft = try PersonDraft(exchange.fields)
        if let proof = try exchange.proof(next: "/people" + draft.query) { return proof }
        let principal = try exchange.principal
        do {
            let scope = try LabelLines.read(draft.scope)
            try principal.requireReach(scope)
            let account = Account(
                name: draft.name.trimmingCharacters(in: .whitespaces), role: try draft.chosenRole(), scope: scope,
                createdAt: exchange.house.now())
            let code = try await exchange.house.people.add(account, by: principal.actor)
            return try await link(exchange, account, code)
        } catch let problem as Problem where [409, 422].contains(problem.status) {
            return try await people(exchange, draft, problem: problem)
        }
    }

    private static func link(_ exchange: Exchange, _ account: Account, _ code: String) async throws -> Reply {
        // Where the form was sent from is where the person sees this server; the gate has held it against the address.
        let configured = exchange.house.settings.url
        let url = configured.isEmpty ? exchange.headers[.origin] ?? "" : configured
        let shown = ShownOnce(
            title: "Link for \(account.name)",
            crumbs: Crumbs.to(("People", "/people"), (account.name, PagePath.to("people", account.name)), ("Link", "")),
            warning: "Hand it over on a way that you trust: whoever opens it first chooses the password.",
            label: url.isEmpty ? "Link, to be put behind the address of this server" : "Link",
            secret: url + "/setup" + PagePath.query([("code", code)]),
            facts: [
                ("Account", "\(account.name), \(account.role.rawValue), sees \(LabelLines.words(account.scope))"),
                ("Holds", "once, for 24 hours"),
            ], backHref: PagePath.to("people", account.name))
        return try await Page(exchange).reply("token-created", shown.context, current: "/people")
    }

    private static func change(_ exchange: Exchange) async throws -> Reply {
        let account = try await known(exchange)
        var draft = try PersonDraft(exchange.fields)
        draft.name = account.name
        let href = PagePath.to("people", account.name)
        if let proof = try exchange.proof(next: href + draft.query) { return proof }
        let principal = try exchange.principal
        do {
            let (scope, role, etag) = (
                try LabelLines.read(draft.scope), try draft.chosenRole(), exchange.fields["etag"] ?? ""
            )
            try principal.requireReach(scope)
            try await exchange.house.people.change(account.name, by: principal.actor, reason: try exchange.reason()) {
                known in
                try principal.requireReach(known.scope)
                guard known.etag == etag else {
                    throw Problem(
                        409, "account.conflict", "Somebody else changed the rights of \(known.name) meanwhile.",
                        remedy:
                            "Below stands what you wanted; saving again replaces what they set: \(known.role.rawValue), sees \(LabelLines.words(known.scope))."
                    )
                }
                known.role = role
                known.scope = scope
                known.exportsKeys = draft.exportsKeys
                known.isDisabled = draft.isDisabled
            }
            return .seeOther(href + "?done=saved")
        } catch let problem as Problem where [409, 422].contains(problem.status) {
            return try await person(exchange, try await known(exchange), draft, notes: [], problem: problem)
        }
    }

    // MARK: Acts

    private enum Act: String {
        case link, endSessions = "end-sessions", delete
    }

    private static func confirm(_ exchange: Exchange, _ act: Act, error: PageNote? = nil) async throws -> Reply {
        let account = try await known(exchange)
        let href = PagePath.to("people", account.name)
        if act != .endSessions, let proof = try exchange.proof(next: "\(href)/\(act.rawValue)") { return proof }
        let (title, verb, says): (String, String, [String]) =
            switch act {
            case .link:
                (
                    "A new link for \(account.name)?", "Make the link",
                    [
                        "Whoever opens it chooses a new password; it works once, for 24 hours. The present password holds until then."
                    ]
                )
            case .endSessions:
                (
                    "End all sessions of \(account.name)?", "End sessions",
                    ["Whoever is signed in as \(account.name) has to sign in again. Tokens stay."]
                )
            case .delete:
                (
                    "Delete \(account.name)?", "Delete the account",
                    ["Sessions and tokens end at once. What the account did stays in the audit trail."]
                )
            }
        var confirmation = Confirmation(
            title: title, crumbs: Crumbs.to(("People", "/people"), (account.name, href), (verb, "")),
            action: "\(href)/\(act.rawValue)", verb: verb, backHref: href, says: says)
        confirmation.isDanger = act == .delete
        confirmation.asksReason = act != .endSessions
        confirmation.error = error
        confirmation.key = OnceKey.make(exchange.house)
        return try await Page(exchange).reply(
            "confirm", confirmation.context, current: "/people", status: error == nil ? .ok : .unprocessableContent)
    }

    /// A form that is sent twice makes one link, and ends no session that began since.
    private static func once(_ exchange: Exchange, _ act: Act) async throws -> Reply {
        let href = PagePath.to("people", try exchange.parameter("name"))
        let done =
            switch act {
            case .link: href
            case .endSessions: href + "?done=sessions"
            case .delete: "/people?done=deleted"
            }
        return try await OnceKey.dedupe(exchange, elseTo: done) { try await self.act(exchange, act) }
    }

    private static func act(_ exchange: Exchange, _ act: Act) async throws -> Reply {
        let account = try await known(exchange)
        let href = PagePath.to("people", account.name)
        if act != .endSessions, let proof = try exchange.proof(next: "\(href)/\(act.rawValue)") {
            throw OnceKey.Refusal(reply: proof)
        }
        let (principal, people, reason) = (try exchange.ownSession(), exchange.house.people, try exchange.reason())
        do {
            try principal.requireReach(account.scope)
            switch act {
            case .link:
                return try await link(
                    exchange, account, try await people.invite(account.name, by: principal.actor, reason: reason))
            case .endSessions:
                try await people.endSessions(of: account.name, key: nil, by: principal.actor)
                return .seeOther(href + "?done=sessions")
            case .delete:
                try await people.remove(account.name, by: principal.actor, reason: reason)
                return .seeOther("/people?done=deleted")
            }
        } catch let problem as Problem where [409, 422].contains(problem.status) {
            throw OnceKey.Refusal(reply: try await confirm(exchange, act, error: PageNote(problem)))
        }
    }
}
