import Automation
import Dispatch
import Foundation
import Storage
import Synchronization
import Testing

@testable import Server

/// What a try to sign in costs, and whom it holds up.
@Suite("What signing in costs")
struct SignInCostTests {
    /// Counts what is hashed, and holds it up while a test wants.
    private final class Bench: Sendable {
        private let count = Mutex(0)
        private let gate = DispatchSemaphore(value: 1)

        var hashings: Int { count.withLock { $0 } }

        func hash() {
            count.withLock { $0 += 1 }
            gate.wait()
            gate.signal()
        }

        func hold() { gate.wait() }
        func release() { gate.signal() }
    }

    private static func signIn(
        _ client: GuardClient, _ name: String, _ password: String = "wrong", from address: String = "198.51.100.1",
        cookie: String? = nil
    ) async throws -> GuardAnswer {
        let headers = [("X-Forwarded-For", address)] + (cookie.map { [("Cookie", $0)] } ?? [])
        return try await client.form("/sign-in", [("name", name), ("password", password)], nil, headers)
    }

    @Test("is the same for a known account, an unknown one, one that is disabled and one without a password")
    func sameCost() async throws {
        let bench = Bench()
        try await GuardHouse.served(GuardHouse(onHashing: { bench.hash() })) { house, client in
            try await house.seat("anna", .viewer)
            try await house.seat("bare", .viewer) { $0.password = nil }
            try await house.seat("shut", .viewer) { $0.isDisabled = true }
            try await house.seat("both", .viewer) { account in
                account.password = nil
                account.isDisabled = true
            }
            try await house.seat("invited", .viewer) { account in
                account.password = nil
                account.invitation = People.hash("code")
                account.invitedUntil = GuardHouse.start + .hours(1)
            }
            var answers: Set<String> = []
            for (name, password) in [
                ("anna", "wrong"), ("nobody", "wrong"), ("bare", ""), ("bare", "wrong"), ("shut", "wrong"),
                ("shut", GuardHouse.password), ("both", ""), ("invited", "code"), ("an/odd name", "wrong"), ("", ""),
                ("anna", String(repeating: "long", count: 10_000)),
            ] {
                let before = bench.hashings
                let answer = try await Self.signIn(client, name, password)
                #expect(bench.hashings == before + 1, "\(name) \(password.prefix(10))")
                #expect(answer.status == 401 && answer.cookie == nil)
                let headers = answer.headers.filter { $0.name != "date" && $0.name != "content-length" }
                // What was typed stands in the form again; an empty name leaves its field to be filled first.
                let text = name.isEmpty ? "" : answer.text.replacingOccurrences(of: name, with: "NAME")
                if !text.isEmpty { answers.insert("\(headers)\n\(text)") }
            }
            #expect(answers.count == 1)
            let before = bench.hashings
            #expect(try await Self.signIn(client, "anna", GuardHouse.password).status == 303)
            #expect(bench.hashings == before + 1)
        }
    }

    @Test("a try that has to wait is not hashed, whether or not there is such an account")
    func waiting() async throws {
        let bench = Bench()
        try await GuardHouse.served(GuardHouse(onHashing: { bench.hash() })) { house, client in
            try await house.seat("anna", .viewer)
            for name in ["anna", "nobody"] {
                for number in 0..<5 { _ = try await Self.signIn(client, name, from: "198.51.100.\(number)") }
                let before = bench.hashings
                #expect(try await Self.signIn(client, name, from: "198.51.100.9").status == 429)
                #expect(bench.hashings == before)
            }
        }
    }

    @Test("of those who sign in at one time one is hashed, sixteen wait, and the next is told to come again")
    func eighteenth() async throws {
        let bench = Bench()
        try await GuardHouse.served(GuardHouse(onHashing: { bench.hash() })) { house, client in
            for number in 0..<18 { try await house.seat("person-\(number)", .viewer) }
            let hasher = house.people.hasher
            bench.hold()
            try await withThrowingTaskGroup(of: GuardAnswer.self) { group in
                for number in 0..<17 {
                    group.addTask {
                        try await Self.signIn(
                            client, "person-\(number)", GuardHouse.password, from: "198.51.100.\(number)")
                    }
                }
                while hasher.underway < 17 { await Task.yield() }
                let last = try await Self.signIn(client, "person-17", GuardHouse.password, from: "198.51.100.17")
                #expect(last.status == 429 && last["retry-after"] == "5")
                #expect(last.has("Too many people sign in at this moment"))
                #expect(bench.hashings == 1 && hasher.underway == 17)
                bench.release()
                var statuses: [Int] = []
                for try await answer in group { statuses.append(answer.status) }
                #expect(statuses == Array(repeating: 303, count: 17))
            }
            // It was not held against who was turned away.
            for _ in 0..<3 {
                #expect(
                    try await Self.signIn(client, "person-17", GuardHouse.password, from: "198.51.100.17").status
                        == 303)
            }
            #expect(bench.hashings == 20)
        }
    }

    @Test("guesses at the door lock nobody out who is in: neither out of pages, nor out of proving who it is")
    func inAlready() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .administrator)
            let session = try await house.session(of: "anna", began: .minutes(30))
            // From her own address, too.
            for _ in 0..<40 {
                _ = try await Self.signIn(client, "anna", from: "198.51.100.1")
                _ = try await Self.signIn(client, "guess-\(UInt32.random(in: 0...UInt32.max))", from: "198.51.100.1")
            }
            #expect(try await Self.signIn(client, "anna", GuardHouse.password).status == 429)
            let here = [("X-Forwarded-For", "198.51.100.1")]
            #expect(try await client.send("GET", "/", here + [("Cookie", session.cookie)]).status == 200)
            let proved = try await client.form(
                "/reauthenticate", [("password", GuardHouse.password), ("next", "/people")], session, here)
            #expect(proved.status == 303 && proved.location == "/people")
            let changed = try await client.form(
                "/settings/password",
                [("now", GuardHouse.password), ("password", "eleven quiet owls"), ("again", "eleven quiet owls")],
                session, here)
            #expect(changed.location == "/settings?done=password")
        }
    }

    @Test("guesses within a session are slowed down as those at the door, and do not hold the door up")
    func guessingInside() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            let session = try await house.session(of: "anna")
            for _ in 0..<5 {
                #expect(try await client.form("/reauthenticate", [("password", "wrong")], session).status == 401)
            }
            let slowed = try await client.form("/reauthenticate", [("password", GuardHouse.password)], session)
            #expect(slowed.status == 429 && slowed["retry-after"] != nil)
            #expect(try await Self.signIn(client, "anna", GuardHouse.password).status == 303)
            // Nobody at the door is taken for somebody within, whatever name is given.
            for name in ["proof anna", "a/anna", "invitation 198.51.100.1"] {
                for _ in 0..<6 { _ = try await Self.signIn(client, name) }
            }
            house.clock.pass(.seconds(1))
            #expect(
                try await client.form("/reauthenticate", [("password", GuardHouse.password)], session).status == 303)
        }
    }

    @Test("a cookie from before a sign-in opens nothing after it, whoever's it was")
    func broughtCookies() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer)
            try await house.seat("mallory", .viewer)
            for owner in ["mallory", "anna"] {
                let brought = try await house.session(of: owner)
                let fields = [("name", "anna"), ("password", GuardHouse.password)]
                let failed = try await client.form(
                    "/sign-in", [("name", "anna"), ("password", "wrong")], brought, [])
                #expect(failed.status == 401)
                #expect(try await client.send("GET", "/settings", [("Cookie", brought.cookie)]).status == 200)
                let answer = try await client.form("/sign-in", fields, brought)
                let session = try #require(answer.session)
                #expect(try await client.send("GET", "/settings", [("Cookie", session.cookie)]).status == 200)
                #expect(
                    try await client.send("GET", "/settings", [("Cookie", brought.cookie)]).status == 303, "\(owner)")
                #expect(try await house.ledger.document(.session, People.key(brought.id)) == nil)
            }
            let brought = try await house.session(of: "mallory")
            let code = try await house.people.invite("anna", by: "test")
            let chosen = [("password", "eleven quiet owls"), ("again", "eleven quiet owls")]
            let answer = try await client.form("/setup?code=\(code)", chosen, brought)
            #expect(answer.session != nil)
            #expect(try await client.send("GET", "/settings", [("Cookie", brought.cookie)]).status == 303)
        }
    }
}
