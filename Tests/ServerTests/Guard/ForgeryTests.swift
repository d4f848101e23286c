import Automation
import Foundation
import Storage
import Testing

@testable import Server

/// Requests that another page makes a browser send.
@Suite("Forged requests")
struct ForgeryTests {
    private static let changing = RouteTable.routes(Metrics()).filter(\.changes)

    private static func post(
        _ client: GuardClient, _ route: Route, _ session: GuardSession, csrf: String?,
        _ headers: [(String, String)] = []
    ) async throws -> GuardAnswer {
        let address = try #require(RouteSamples.address(route, real: true))
        var sent = headers + [("Cookie", session.cookie)]
        if let csrf { sent.append(("X-Certflow-CSRF", csrf)) }
        let body = RouteSamples.body(route, nil)
        sent.append(("Content-Type", body?.type ?? ""))
        return try await client.send(route.method.rawValue, address, sent, body: body?.text)
    }

    @Test("no change is taken without this session's own token, or from another site; each is logged")
    func everyChange() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .administrator)
            try await house.seat("zora", .administrator)
            let session = try await house.session(of: "anna")
            let own = try await house.session(of: "anna")
            let other = try await house.session(of: "zora")
            let mine = session.csrf
            let tries: [(String, String?, [(String, String)])] = [
                ("no token", nil, []), ("an empty token", "", []), ("another person's token", other.csrf, []),
                ("the token of another session of the same person", own.csrf, []),
                ("half a token", String(mine.prefix(32)), []),
                ("from another site", mine, [("Sec-Fetch-Site", "cross-site")]),
                ("from another host of the site", mine, [("Sec-Fetch-Site", "same-site")]),
                ("of a foreign origin", mine, [("Origin", "https://evil.example")]),
                ("of a foreign port", mine, [("Origin", "https://localhost:8444")]),
                ("of no origin", mine, [("Origin", "null")]),
                ("of an origin that only begins alike", mine, [("Origin", "https://localhost.evil.example")]),
            ]
            let before = try await house.ledger.counts().events
            for route in Self.changing where route.path != "/sign-in" && route.path != "/setup" {
                for (what, csrf, headers) in tries {
                    let answer = try await Self.post(client, route, session, csrf: csrf, headers)
                    // An API route may find a field missing before it looks at the token.
                    let isRefused = answer.status == 403 || route.kind == .api && answer.status == 422
                    #expect(isRefused, "\(route.method.rawValue) \(route.path), \(what): \(answer.status)")
                    #expect(answer.cookie == nil)
                }
            }
            #expect(try await house.ledger.counts().events == before)
            #expect(house.log.says("refused", "request.forged", "anna"))
        }
    }

    @Test("nobody can be signed in from another site")
    func signInForged() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            for header in [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example"), ("Origin", "null")] {
                let answer = try await client.form(
                    "/sign-in", [("name", "anna"), ("password", GuardHouse.password)], nil, [header])
                #expect(answer.status == 403)
                #expect(answer.cookie == nil)
            }
            let answer = try await client.form("/sign-in", [("name", "anna"), ("password", GuardHouse.password)])
            #expect(answer.status == 303)
        }
    }

    @Test("with its own token, from its own pages, a change is taken")
    func taken() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            let session = try await house.session(of: "anna")
            let headers = [("Sec-Fetch-Site", "same-origin"), ("Origin", "https://localhost")]
            let answer = try await client.form("/sign-out", [], session, headers)
            #expect(answer.status == 303)
        }
    }

    @Test("a field that a route does not declare is refused by every route, before anything is done")
    func undeclaredFields() async throws {
        try await GuardHouse.served { house, client in
            for route in Self.changing {
                guard let takes = route.takes else { continue }
                let address = try #require(RouteSamples.address(route, real: true))
                for field in [
                    "role", "revision", "isDisabled", "exportsKeys", "owner", "id", "__proto__", "seed", "scope",
                ]
                where !takes.contains(where: { $0.name == field }) {
                    let before = try await house.ledger.counts().events
                    try await house.seat("anna", .administrator)
                    let session = try await house.session(of: "anna")
                    let headers = [("Cookie", session.cookie), ("X-Certflow-CSRF", session.csrf)]
                    let json = try await client.send(
                        route.method.rawValue, address, headers + [("Content-Type", "application/json")],
                        body: "{\"\(field)\": \"administrator\"}")
                    let form = try await client.send(
                        route.method.rawValue, address,
                        headers + [("Content-Type", "application/x-www-form-urlencoded")],
                        body: "\(field)=administrator")
                    let nested = try await client.send(
                        route.method.rawValue, address, headers + [("Content-Type", "application/json")],
                        body: "{\"\(field)\": {\"a\": [1]}}")
                    for answer in [json, form, nested] {
                        #expect(answer.status == 422, "\(route.path) takes \(field): \(answer.status)")
                    }
                    #expect(try await house.ledger.counts().events == before, "\(route.path) with \(field)")
                }
            }
        }
    }

    @Test("a body that is neither JSON nor a form is refused")
    func otherTypes() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .administrator)
            for route in Self.changing where route.takes != nil {
                let session = try await house.session(of: "anna")
                let address = try #require(RouteSamples.address(route, real: true))
                let takesFiles = route.takes?.contains { $0.kind == .files } ?? false
                for type in ["text/plain", "multipart/form-data; boundary=x", "application/xml"] {
                    if takesFiles, type.hasPrefix("multipart") { continue }
                    let answer = try await client.send(
                        route.method.rawValue, address,
                        [("Cookie", session.cookie), ("X-Certflow-CSRF", session.csrf), ("Content-Type", type)],
                        body: "{\"a\":1}")
                    #expect(answer.status == 415, "\(route.path) \(type): \(answer.status)")
                }
            }
        }
    }
}
