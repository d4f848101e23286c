import Automation
import Foundation

/// What everybody may see and change of itself.
enum OwnAPI {
    static let routes: [Route] = [
        .api(.get, "/me", .signedIn, APIShape("me", "Who asks, and what it may do.", answers: "Me")) { exchange in
            try .json(MeForm(exchange.principal))
        },
        .api(
            .post, "/me/proof", .session, takes: [APIField("password", .text, required: true, "")],
            APIShape("me", "Proves again who this session is of, for what is most dangerous.", status: 204)
        ) { exchange in
            try await exchange.house.people.prove(
                try session(exchange), password: exchange.fields["password"] ?? "", address: exchange.address)
            return Reply(.noContent)
        },
        .api(
            .post, "/me/password", .session,
            takes: [APIField("old", .text, required: true, ""), APIField("new", .text, required: true, "")],
            APIShape("me", "Changes one's own password; all other sessions end.", status: 204)
        ) { exchange in
            try await exchange.house.people.changePassword(
                try session(exchange), from: exchange.fields["old"] ?? "", to: exchange.fields["new"] ?? "",
                address: exchange.address)
            return Reply(.noContent)
        },
        .api(.get, "/me/tokens", .signedIn, APIShape("me", "One's own tokens.", answers: "Token", isPage: true)) {
            exchange in
            let tokens = try await exchange.house.people.tokens(of: try exchange.principal.account)
            return try .json(exchange.page(of: tokens.map { TokenForm($0) }))
        },
        .api(
            .post, "/me/tokens", .session,
            takes: [
                APIField("name", .text, required: true, "What uses it."),
                APIField("role", .choice(Role.allCases.map(\.rawValue)), "No more than one's own."),
                APIField("scope", .object("Labels"), "Besides one's own."),
                APIField("days", .integer, "How long it holds, 1 to 3660; 90 where it is left out."),
            ],
            APIShape(
                "me", "Issues a token, which is shown this once; not by a token.", status: 201, answers: "IssuedToken")
        ) { exchange in
            let person = try session(exchange)
            let days = try exchange.fields.integer("days", in: 1...3660) ?? 90
            let (secret, token) = try await exchange.house.people.issueToken(
                for: person.account, called: try exchange.fields.text("name", atMost: 64),
                role: try exchange.fields.choice("role", Role.self), scope: try exchange.labels("scope") ?? [:],
                life: .days(Int64(days)), by: person.actor)
            return try .json(IssuedTokenForm(secret: secret, token: TokenForm(token)), status: .created)
        },
        .api(.delete, "/me/tokens/{token}", .signedIn, APIShape("me", "Revokes one's own token.", status: 204)) {
            exchange in
            let person = try exchange.principal
            try await exchange.house.people.revokeToken(
                try exchange.parameter("token"), of: person.account, by: person.actor)
            return Reply(.noContent)
        },
        .api(.get, "/me/sessions", .signedIn, APIShape("me", "One's own sessions.", answers: "Session", isPage: true)) {
            exchange in
            let person = try exchange.principal
            let sessions = try await exchange.house.people.sessions(of: person.account)
            return try .json(
                exchange.page(of: sessions.map { SessionForm($0.key, $0.session, current: $0.key == person.means.key) })
            )
        },
        .api(.delete, "/me/sessions/{session}", .signedIn, APIShape("me", "Ends one's own session.", status: 204)) {
            exchange in
            let person = try exchange.principal
            try await exchange.house.people.endSessions(
                of: person.account, key: try exchange.parameter("session"), by: person.actor)
            return Reply(.noContent)
        },
    ]

    private static func session(_ exchange: Exchange) throws -> Principal {
        let person = try exchange.principal
        guard case .session = person.means else {
            throw Problem(
                403, "session.needed", "This is for people who signed in, not for tokens.",
                remedy: "Sign in with name and password.")
        }
        return person
    }
}
