import Automation
import Foundation

/// What people set for themselves.
enum SettingsRoutes {
    static let routes: [Route] = [
        .page(.get, "/settings", .session) { exchange in try await page(exchange, notes: exchange.note(done)) },
        .page(.post, "/settings/display", .session, takes: [APIField("theme"), APIField("keys")], setDisplay),
        .page(
            .post, "/settings/password", .session,
            takes: [APIField("username"), APIField("now"), APIField("password"), APIField("again")], changePassword),
        .page(.post, "/settings/sessions/{id}/end", .session) { exchange in
            let principal = try exchange.ownSession()
            try await exchange.house.people.endSessions(
                of: principal.account, key: try exchange.parameter("id"), by: principal.actor)
            return .seeOther("/settings?done=session")
        },
        .page(.post, "/settings/sessions/end-others", .session) { exchange in
            let principal = try exchange.ownSession()
            let people = exchange.house.people
            for (key, _) in try await people.sessions(of: principal.account) where key != principal.means.key {
                try await people.endSessions(of: principal.account, key: key, by: principal.actor)
            }
            return .seeOther("/settings?done=sessions")
        },
        .page(
            .post, "/settings/tokens", .session,
            takes: [APIField("name"), APIField("role"), APIField("scope"), APIField("days")], issueToken),
        .page(.post, "/settings/tokens/{id}/revoke", .session) { exchange in
            let principal = try exchange.ownSession()
            try await exchange.house.people.revokeToken(
                try exchange.parameter("id"), of: principal.account, by: principal.actor)
            return .seeOther("/settings?done=token")
        },
    ]

    private static let done = [
        "display": PageNote.done("Saved.", "Pages look so from now on."),
        "password": .done("Changed.", "Your other sessions have ended."),
        "session": .done("Ended.", "That session is over."),
        "sessions": .done("Ended.", "All other sessions are over."),
        "token": .done("Revoked.", "The token opens nothing any more."),
    ]

    private static func page(
        _ exchange: Exchange, notes: [PageNote] = [], errors: [String: Problem] = [:], _ problem: Problem? = nil
    ) async throws -> Reply {
        let (principal, people) = (try exchange.principal, exchange.house.people)
        guard let account = try await people.account(principal.account) else { throw Problem.signInNeeded }
        let page = SettingsPage(
            account: account, scope: principal.scope, sessions: try await people.sessions(of: account.name),
            current: principal.means.key, tokens: try await people.tokens(of: account.name),
            lives: exchange.house.settings.lives, clock: exchange.clock, notes: notes, errors: errors)
        var reply = try await Page(exchange).reply(
            "settings", page.context, current: "/settings", status: .init(code: problem?.status ?? 200))
        if let retryAfter = problem?.retryAfter { reply.headers[.retryAfter] = String(retryAfter) }
        return reply
    }

    private static func setDisplay(_ exchange: Exchange) async throws -> Reply {
        let principal = try exchange.ownSession()
        let theme = exchange.fields["theme"] ?? "auto"
        guard theme == "auto" || Account.Theme(rawValue: theme) != nil else {
            throw Fields.wrong("theme", "is none of auto, light, dark", "Choose one of them.")
        }
        guard let keys = exchange.fields["keys"], ["on", "off"].contains(keys) else {
            throw Fields.wrong("keys", "is neither on nor off", "Choose one of them.")
        }
        try await exchange.house.people.change(principal.account, by: principal.actor) { account in
            account.theme = Account.Theme(rawValue: theme)
            account.usesKeys = keys == "on"
        }
        return .seeOther("/settings?done=display")
    }

    private static func changePassword(_ exchange: Exchange) async throws -> Reply {
        let principal = try exchange.ownSession()
        let new = exchange.fields["password"] ?? ""
        do {
            guard new == exchange.fields["again"] else {
                throw Problem.refused(
                    "password.differs", "The two passwords differ.", remedy: "Type the same one twice.")
            }
            try await exchange.house.people.changePassword(
                principal, from: exchange.fields["now"] ?? "", to: new, address: exchange.address)
            return .seeOther("/settings?done=password")
        } catch let problem as Problem where problem.code.hasPrefix("sign-in.") || problem.code.hasPrefix("password.") {
            let field = problem.code.hasPrefix("sign-in.") ? "now" : "password"
            return try await page(exchange, errors: [field: problem], problem)
        }
    }

    private static func issueToken(_ exchange: Exchange) async throws -> Reply {
        let principal = try exchange.ownSession()
        do {
            let name = try exchange.fields.text("name", atMost: 200).trimmingCharacters(in: .whitespaces)
            guard !name.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
                throw Problem.refused(
                    "token.name", "The name holds a character that can't be shown.", remedy: "Leave it out.")
            }
            let scope = try LabelLines.read(try exchange.fields.text("scope", atMost: 8000))
            let days = try exchange.fields.integer("days", in: 1...365) ?? 90
            let (secret, token) = try await exchange.house.people.issueToken(
                for: principal.account, called: name, role: try exchange.fields.choice("role", Role.self) ?? .viewer,
                scope: scope, life: .days(Int64(days)), by: principal.actor)
            let url = exchange.house.settings.url
            let shown = ShownOnce(
                title: "Token \"\(token.name)\" is made",
                crumbs: Crumbs.to(("Settings", "/settings"), ("Token made", "")),
                warning: "Copy it now; certflow keeps only a hash of it.", label: "Token", secret: secret,
                facts: [
                    ("May", "\(token.role.rawValue), \(LabelLines.words(token.scope.merging(principal.scope) { $1 }))"),
                    ("Expires", exchange.clock.words(token.endsAt)),
                ],
                example: url.isEmpty ? "" : "curl -H \"Authorization: Bearer $(cat token)\" \(url)/api/v1/certificates",
                backHref: "/settings")
            return try await Page(exchange).reply("token-created", shown.context, current: "/settings")
        } catch let problem as Problem where problem.status == 422 {
            return try await page(exchange, errors: ["token": problem], problem)
        }
    }
}
