import Automation
import Foundation
import Storage
import Testing

@testable import Server

/// Coming in over the wire, with honest and dishonest means.
@Suite("Signing in")
struct SignInGuardTests {
    private static func signIn(
        _ client: GuardClient, _ name: String, _ password: String = GuardHouse.password, next: String? = nil,
        headers: [(String, String)] = []
    ) async throws -> GuardAnswer {
        let fields = [("name", name), ("password", password)] + (next.map { [("next", $0)] } ?? [])
        return try await client.form("/sign-in", fields, nil, headers)
    }

    private static func isIn(_ client: GuardClient, _ session: GuardSession) async throws -> Bool {
        try await client.send("GET", "/", [("Cookie", session.cookie)]).status == 200
    }

    @Test("the cookie is for this host, over TLS, out of reach of scripts, and has no life of its own")
    func cookie() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            let answer = try await Self.signIn(client, "anna")
            let cookie = try #require(answer.cookie)
            let parts = cookie.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(parts.first?.hasPrefix("__Host-certflow=") == true)
            #expect(Set(parts.dropFirst()) == ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"])
            let id = try #require(answer.session?.id)
            // 256 bits, written with 64 letters.
            #expect(id.count == 43)
            #expect(try await Self.isIn(client, GuardSession(id: id)))
            let stored = try await house.ledger.documents(.session, owner: "anna")
            #expect(stored.count == 1)
            for record in stored { #expect(!record.key.contains(id) && !record.body.contains(id)) }
        }
    }

    @Test("a session id that somebody brought along is never taken over, not even one that holds")
    func fixation() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            try await house.seat("mallory", .viewer)
            let planted = GuardSession(id: house.people.newSecret())
            let mallory = try await house.session(of: "mallory")
            for brought in [planted, mallory] {
                var headers = [("Cookie", brought.cookie)]
                // A form of mallory's session needs mallory's token: the attacker knows it.
                headers.append(("X-Certflow-CSRF", brought.csrf))
                let answer = try await Self.signIn(client, "anna", headers: headers)
                let session = try #require(answer.session)
                #expect(session.id != brought.id)
                let shown = try await client.send("GET", "/", [("Cookie", brought.cookie)])
                #expect(!shown.has("anna"))
            }
            let first = try #require(try await Self.signIn(client, "anna").session)
            let second = try #require(try await Self.signIn(client, "anna").session)
            #expect(first.id != second.id)
        }
    }

    @Test("a session ends on the server at sign-out, at a new password, when the account is disabled or removed")
    func ends() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("zora", .administrator)
            func fresh() async throws -> GuardSession {
                try await house.seat("anna", .operator)
                let session = try await house.session(of: "anna")
                #expect(try await Self.isIn(client, session))
                return session
            }
            var session = try await fresh()
            let out = try await client.form("/sign-out", [], session)
            #expect(out.location == "/sign-in")
            #expect(out.cookie == SessionCookie.clear)
            #expect(try await !Self.isIn(client, session))

            session = try await fresh()
            let kept = try await house.session(of: "anna")
            let principal = try #require(try await house.people.principal(ofSession: kept.id))
            try await house.people.changePassword(
                principal, from: GuardHouse.password, to: "eleven quiet owls", address: "192.0.2.1")
            #expect(try await !Self.isIn(client, session))

            session = try await fresh()
            try await house.people.change("anna", by: "zora") { $0.isDisabled = true }
            #expect(try await !Self.isIn(client, session))
            #expect(try await Self.signIn(client, "anna").cookie == nil)
            // Enabled again, the old session stays over.
            try await house.people.change("anna", by: "zora") { $0.isDisabled = false }
            #expect(try await !Self.isIn(client, session))

            session = try await fresh()
            try await house.people.remove("anna", by: "zora")
            #expect(try await !Self.isIn(client, session))
        }
    }

    @Test("a session ends after an hour without use, and after twelve hours of any")
    func lives() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            let idle = try #require(try await Self.signIn(client, "anna").session)
            let busy = try #require(try await Self.signIn(client, "anna").session)
            house.clock.pass(.minutes(59))
            #expect(try await Self.isIn(client, busy))
            house.clock.pass(.minutes(2))
            #expect(try await !Self.isIn(client, idle))
            for _ in 0..<13 {
                #expect(try await Self.isIn(client, busy))
                house.clock.pass(.minutes(50))
            }
            #expect(try await Self.isIn(client, busy))
            house.clock.pass(.minutes(10))
            #expect(try await !Self.isIn(client, busy))
        }
    }

    @Test("a role that was taken away counts in the next request")
    func roleAtOnce() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("zora", .administrator)
            try await house.seat("anna", .operator)
            let session = try await house.session(of: "anna")
            let secret = try await house.token(of: "anna", role: .operator)
            #expect(try await house.people.principal(ofSession: session.id)?.role == .operator)
            #expect(try await Self.isIn(client, session))
            try await house.people.change("anna", by: "zora") { $0.role = .viewer }
            #expect(try await house.people.principal(ofSession: session.id)?.role == .viewer)
            #expect(try await house.people.principal(ofToken: secret)?.role == .viewer)
            #expect(try await client.send("GET", "/", [("Cookie", session.cookie)]).has("viewer"))
        }
    }

    @Test(
        "who is sent on after signing in stays on this host",
        arguments: [
            "//evil.example", "///evil.example", "https://evil.example", "http:evil.example", "/\\evil.example",
            "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "javascript:alert(1)", "data:text/html,x",
            "evil.example", "@evil.example", " //evil.example", "/%0d%0aSet-Cookie:%20a=b\r\nX: y",
            "\u{0}//evil.example",
            "/\u{2215}evil.example\u{301}", ".evil.example", "?", "",
        ])
    func openRedirects(next: String) async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            let session = try await house.session(of: "anna")
            let encoded = GuardClient.encoded(next)
            let answers = [
                try await Self.signIn(client, "anna", next: next),
                try await client.send("GET", "/sign-in?next=\(encoded)", [("Cookie", session.cookie)]),
                try await client.form(
                    "/reauthenticate", [("password", GuardHouse.password), ("next", next)], session),
            ]
            for answer in answers {
                #expect(answer.status == 303)
                #expect(answer.location == "/", "\(next.debugDescription) leads to \(answer.location)")
                #expect(answer["x"] == nil)
            }
            let page = try await client.send("GET", "/sign-in?next=\(encoded)")
            #expect(!page.has("evil.example"))
        }
    }

    @Test("who is sent on comes to the page that was asked for")
    func sentOn() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            let asked = try await client.send("GET", "/certificates/www.example.com/flow?tab=2")
            #expect(asked.status == 303)
            #expect(asked.location == "/sign-in?next=%2Fcertificates%2Fwww%2Eexample%2Ecom%2Fflow%3Ftab%3D2")
            let answer = try await Self.signIn(client, "anna", next: "/certificates/www.example.com/flow?tab=2")
            #expect(answer.location == "/certificates/www.example.com/flow?tab=2")
        }
    }

    @Test(
        "guessing is slowed down for an account, the same whether or not there is one, and however right the guess is")
    func guessing() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            for name in ["anna", "nobody"] {
                for number in 0..<5 {
                    let answer = try await Self.signIn(
                        client, name, "wrong", headers: [("X-Forwarded-For", "198.51.100.\(number)")])
                    #expect(answer.status == 401)
                }
                let answer = try await Self.signIn(client, name, headers: [("X-Forwarded-For", "198.51.100.99")])
                #expect(answer.status == 429, "\(name)")
                #expect(Int(answer["retry-after"] ?? "").map { $0 >= 1 } == true)
                #expect(answer.cookie == nil)
            }
            // The wait doubles with each failure, up to a quarter of an hour.
            house.clock.pass(.seconds(1))
            #expect(try await Self.signIn(client, "anna", "wrong").status == 401)
            house.clock.pass(.seconds(1))
            #expect(try await Self.signIn(client, "anna").status == 429)
            house.clock.pass(.seconds(1))
            #expect(try await Self.signIn(client, "anna").status == 303)
            #expect(try await house.events("sign-in.failed").count == 11)
            #expect(try await house.events("sign-in.done").map(\.draft.actor) == ["anna"])
        }
    }

    @Test("many guesses at a time are no more than one after another")
    func guessingAtOnce() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        try await Self.signIn(
                            client, "anna", "wrong", headers: [("X-Forwarded-For", "198.51.100.\(number)")]
                        ).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 401 } == 5)
            #expect(statuses.count { $0 == 429 } == 7)
        }
    }

    @Test("guessing from one address is slowed down over all accounts, and other addresses are not")
    func guessingFromOneAddress() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            let (there, elsewhere) = (("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", "198.51.100.2"))
            for number in 0..<30 {
                #expect(try await Self.signIn(client, "guess-\(number)", "wrong", headers: [there]).status == 401)
            }
            #expect(try await Self.signIn(client, "anna", headers: [there]).status == 429)
            #expect(try await Self.signIn(client, "anna", headers: [elsewhere]).status == 303)
            // Only what the proxy itself wrote counts: the last one.
            let claimed = ("X-Forwarded-For", "203.0.113.9, 198.51.100.1")
            #expect(try await Self.signIn(client, "anna", headers: [claimed]).status == 429)
        }
    }

    @Test("an unknown account, a wrong password and an account without one are answered alike")
    func alike() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            try await house.seat("bare", .viewer) { $0.password = nil }
            try await house.seat("shut", .viewer) { $0.isDisabled = true }
            var texts: Set<String> = []
            for (name, password) in [
                ("anna", "wrong"), ("nobody", "wrong"), ("bare", ""), ("shut", GuardHouse.password),
            ] {
                let answer = try await Self.signIn(client, name, password)
                #expect(answer.status == 401, "\(name)")
                texts.insert(answer.text.replacingOccurrences(of: name, with: "NAME"))
            }
            #expect(texts.count == 1)
        }
    }

    @Test("the page says nothing of the password that was typed, and no log does")
    func secretsStay() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .administrator)
            let wrong = "canary-wrong-password"
            #expect(try await !Self.signIn(client, "anna", wrong).has(wrong))
            let session = try #require(try await Self.signIn(client, "anna").session)
            let secret = try await house.token(of: "anna", role: .viewer)
            let code = try await house.people.add(
                Account(name: "newcomer", role: .viewer, createdAt: house.clock.now), by: "anna")
            let answers = [
                try await client.send("GET", "/", [("Cookie", session.cookie)]),
                try await client.send("GET", "/healthz", [("Authorization", "Bearer \(secret)")]),
                try await client.send("GET", "/", [("Authorization", "Bearer \(secret)x")]),
                try await client.form("/setup", [("code", code), ("password", wrong), ("again", wrong + "2")]),
                try await client.form("/setup", [("code", "0" + code), ("password", wrong), ("again", wrong)]),
                try await client.send("GET", "/nothing/\(session.id)?x=\(secret)", [("Cookie", session.cookie)]),
            ]
            for (answer, number) in zip(answers, 0...) {
                for hidden in [session.id, secret, wrong, GuardHouse.password] {
                    #expect(!answer.has(hidden), "answer \(number) says a secret")
                }
                for header in answer.headers {
                    #expect(!header.value.contains(session.id) && !header.value.contains(secret))
                }
            }
            // The id in the path of the last one was put there by the client: it stands in the log as any path does.
            let lines = house.log.lines.filter { !$0.contains("/nothing/") }
            for hidden in [session.id, session.csrf, secret, wrong, GuardHouse.password, code] {
                #expect(!lines.contains { $0.contains(hidden) }, "the log says a secret")
            }
            let events = try await house.ledger.latestEvents(certificate: nil, limit: 1000)
            for hidden in [session.id, secret, wrong, GuardHouse.password, code] {
                #expect(!events.contains { "\($0)".contains(hidden) }, "the audit trail says a secret")
            }
        }
    }
}
