import Automation
import Foundation
import Storage
import Testing

@testable import Server

@Suite("People")
struct PeopleTests {
    private static func withHouse(_ body: (GuardHouse, People) async throws -> Void) async throws {
        let house = try await GuardHouse()
        defer { house.people.end() }
        try await house.seat("zora", .administrator)
        try await body(house, house.people)
    }

    /// The code of the problem that it throws.
    private static func code(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch { return (error as? Problem)?.code ?? "\(error)" }
    }

    private static func new(_ name: String, _ role: Role = .viewer) -> Account {
        Account(name: name, role: role, createdAt: GuardHouse.start)
    }

    private static let chosen = "eleven quiet owls"

    @Test("a new account has no password until its owner chose one by the link, once and within a day")
    func invitation() async throws {
        try await Self.withHouse { house, people in
            // From an address of its own each: an address is slowed down after five.
            func accept(_ code: String, _ password: String = Self.chosen) async throws -> String {
                try await people.accept(code, password: password, address: UUID().uuidString, agent: "b")
            }
            let code = try await people.add(Self.new("anna"), by: "zora")
            #expect(try await people.account("anna")?.canSignIn == false)
            #expect(
                await Self.code { _ = try await people.signIn("anna", password: "", address: "a", agent: "") }
                    == "sign-in.refused")
            // What is stored opens nothing.
            let stored = try #require(try await house.ledger.document(.account, "anna"))
            #expect(!stored.body.contains(code))
            #expect(await Self.code { _ = try await accept("") } == "invitation.over")
            #expect(await Self.code { _ = try await accept("x" + code) } == "invitation.over")
            #expect(await Self.code { _ = try await accept(code, "short") } == "password.short")
            house.clock.pass(.hours(23))
            let session = try await accept(code)
            #expect(try await people.principal(ofSession: session)?.account == "anna")
            #expect(await Self.code { _ = try await accept(code) } == "invitation.over")

            let late = try await people.invite("anna", by: "zora")
            house.clock.pass(.hours(24))
            #expect(await Self.code { _ = try await accept(late) } == "invitation.over")
            let replaced = try await people.invite("anna", by: "zora")
            let newest = try await people.invite("anna", by: "zora")
            #expect(await Self.code { _ = try await accept(replaced) } == "invitation.over")
            try await people.change("anna", by: "zora") { $0.isDisabled = true }
            #expect(await Self.code { _ = try await accept(newest) } == "invitation.over")
            #expect(try await house.events("invitation.refused").count == 6)
            #expect(try await house.events("password.chosen").count == 1)
            #expect(try await house.events("account.invited").count == 3)
        }
    }

    @Test("who guesses at links is slowed down, and the audit trail does not grow with each try")
    func guessingInvitations() async throws {
        try await Self.withHouse { house, people in
            let code = try await people.add(Self.new("anna"), by: "zora")
            func accept(_ code: String, from address: String) async throws {
                _ = try await people.accept(code, password: Self.chosen, address: address, agent: "")
            }
            for _ in 0..<5 { #expect(await Self.code { try await accept("x", from: "a") } == "invitation.over") }
            for _ in 0..<20 { #expect(await Self.code { try await accept(code, from: "a") } == "sign-in.wait") }
            #expect(try await house.events("invitation.refused").count == 5)
            try await accept(code, from: "b")
        }
    }

    @Test("choosing a password by a link ends the sessions that were open")
    func invitationEndsSessions() async throws {
        try await Self.withHouse { house, people in
            try await house.seat("anna", .viewer)
            let open = try await house.session(of: "anna")
            let code = try await people.invite("anna", by: "zora")
            #expect(try await people.principal(ofSession: open.id) != nil)
            _ = try await people.accept(code, password: Self.chosen, address: "a", agent: "")
            #expect(try await people.principal(ofSession: open.id) == nil)
        }
    }

    @Test(
        "names that are no names are refused",
        arguments: [
            "", " ", "..", "../x", "a/b", "a b", "<script>", "a\u{0}", "-x", ".x", "a\n",
            String(repeating: "a", count: 65),
        ])
    func names(name: String) async throws {
        try await Self.withHouse { house, people in
            #expect(await Self.code { _ = try await people.add(Self.new(name), by: "zora") } == "account.name")
            let stored = try await house.ledger.document(.account, name)
            #expect(stored == nil)
        }
    }

    @Test("a name is given once, and unknown people can't be changed")
    func unknown() async throws {
        try await Self.withHouse { _, people in
            #expect(await Self.code { _ = try await people.add(Self.new("zora"), by: "zora") } == "account.taken")
            #expect(
                await Self.code { try await people.change("nobody", by: "zora") { $0.role = .administrator } }
                    == "account.unknown")
            #expect(await Self.code { try await people.remove("nobody", by: "zora") } == "account.unknown")
            #expect(await Self.code { _ = try await people.invite("nobody", by: "zora") } == "account.unknown")
            let names = try await people.all().map(\.name)
            #expect(names == ["zora"])
        }
    }

    @Test("the last administrator can't be removed, disabled or given less, until there is another")
    func lastAdministrator() async throws {
        try await Self.withHouse { house, people in
            try await house.seat("shut", .administrator) { $0.isDisabled = true }
            try await house.seat("anna", .operator)
            func refused(_ body: () async throws -> Void) async {
                #expect(await Self.code(body) == "account.last-administrator")
            }
            await refused { try await people.remove("zora", by: "zora") }
            await refused { try await people.change("zora", by: "zora") { $0.isDisabled = true } }
            for role in Role.allCases where role != .administrator {
                await refused { try await people.change("zora", by: "zora") { $0.role = role } }
            }
            #expect(try await people.account("zora")?.isMighty == true)
            try await people.change("anna", by: "zora") { $0.role = .administrator }
            try await people.change("zora", by: "anna") { $0.role = .viewer }
            await refused { try await people.remove("anna", by: "anna") }
        }
    }

    @Test("a change of an account can't give it another name")
    func renaming() async throws {
        try await Self.withHouse { _, people in
            _ = try await people.add(Self.new("anna"), by: "zora")
            try await people.change("anna", by: "zora") { $0.name = "zora" }
            #expect(try await people.all().map(\.name) == ["anna", "zora"])
        }
    }

    @Test("a token is known by its secret alone, which is stored nowhere, and never exports keys")
    func token() async throws {
        try await Self.withHouse { house, people in
            try await house.seat("anna", .operator, scope: ["team": "web"]) { $0.exportsKeys = true }
            let (secret, token) = try await people.issueToken(
                for: "anna", called: "backup", role: .viewer, scope: ["site": "north"], life: .days(1),
                by: "zora")
            #expect(secret.hasPrefix("cft_") && secret.count == 47)
            let record = try #require(try await house.ledger.document(.token, token.id))
            #expect(!record.body.contains(secret) && !record.key.contains(secret))
            let principal = try #require(try await people.principal(ofToken: secret))
            #expect(principal.role == .viewer)
            #expect(principal.exportsKeys == false)
            #expect(principal.csrf == nil)
            // Its own scope narrows the account's, and never replaces it.
            #expect(principal.sees(["team": "web", "site": "north"]))
            #expect(!principal.sees(["team": "web"]))
            #expect(!principal.sees(["team": "mail", "site": "north"]))
            for wrong in [
                "", "cft_", token.id, "cft_" + token.id, secret + "x", String(secret.dropLast()), secret.uppercased(),
            ] {
                #expect(try await people.principal(ofToken: wrong) == nil)
            }
            #expect(try await people.principal(ofSession: secret) == nil)
            house.clock.pass(.days(1))
            #expect(try await people.principal(ofToken: secret) == nil)
        }
    }

    @Test("a token whose scope contradicts its account's opens nothing")
    func contradictingScope() async throws {
        try await Self.withHouse { house, people in
            try await house.seat("anna", .viewer, scope: ["team": "web"])
            let (secret, _) = try await people.issueToken(
                for: "anna", called: "backup", role: nil, scope: ["team": "mail"], life: .days(1), by: "zora")
            #expect(try await people.principal(ofToken: secret) == nil)
        }
    }

    @Test("a token is never more than its account, not when it is issued and not later")
    func clamp() async throws {
        try await Self.withHouse { house, people in
            try await house.seat("anna", .operator)
            func issue(_ role: Role?, called name: String = "t", life: Span = .days(1)) async throws -> String {
                try await people.issueToken(for: "anna", called: name, role: role, scope: [:], life: life, by: "anna")
                    .secret
            }
            for role in [Role.administrator, .auditor] {
                #expect(await Self.code { _ = try await issue(role) } == "token.too-mighty")
            }
            #expect(await Self.code { _ = try await issue(.viewer, called: "") } == "token.name")
            #expect(
                await Self.code { _ = try await issue(.viewer, called: String(repeating: "a", count: 65)) }
                    == "token.name")
            #expect(await Self.code { _ = try await issue(.viewer, life: .zero) } == "token.life")
            #expect(await Self.code { _ = try await issue(.viewer, life: .days(4000)) } == "token.life")
            let secret = try await issue(nil)
            #expect(try await people.principal(ofToken: secret)?.role == .operator)
            try await people.change("anna", by: "zora") { $0.role = .auditor }
            #expect(try await people.principal(ofToken: secret)?.may(.operate) == false)
            try await people.change("anna", by: "zora") { $0.isDisabled = true }
            #expect(try await people.principal(ofToken: secret) == nil)
        }
    }

    @Test("a token is revoked by its id or name, at once, and by its own account's alone")
    func revoking() async throws {
        try await Self.withHouse { house, people in
            try await house.seat("anna", .viewer)
            try await house.seat("berta", .viewer)
            let (secret, token) = try await people.issueToken(
                for: "anna", called: "backup", role: nil, scope: [:], life: .days(1), by: "anna")
            #expect(try await people.principal(ofToken: secret) != nil)
            #expect(
                await Self.code { try await people.revokeToken(token.id, of: "berta", by: "berta") } == "token.unknown")
            #expect(await Self.code { try await people.revokeToken("", of: "anna", by: "anna") } == "token.unknown")
            #expect(try await people.principal(ofToken: secret) != nil)
            try await people.revokeToken(String(token.id.prefix(8)), of: "anna", by: "anna")
            #expect(try await people.principal(ofToken: secret) == nil)
            #expect(try await house.events("token.revoked").map(\.draft.subject) == ["anna"])
        }
    }

    @Test("a session can be ended by its own account's key alone")
    func endingForeignSessions() async throws {
        try await Self.withHouse { house, people in
            try await house.seat("anna", .viewer)
            let session = try await house.session(of: "anna")
            let key = People.key(session.id)
            #expect(
                await Self.code { try await people.endSessions(of: "zora", key: key, by: "zora") } == "session.unknown")
            #expect(try await people.principal(ofSession: session.id) != nil)
            try await people.endSessions(of: "anna", key: key, by: "anna")
            #expect(try await people.principal(ofSession: session.id) == nil)
        }
    }

    @Test("each change is told in the audit trail: who, to whom, what before and after")
    func events() async throws {
        try await Self.withHouse { house, people in
            _ = try await people.add(Self.new("anna"), by: "zora")
            try await people.change("anna", by: "zora") { account in
                account.role = .operator
                account.scope = ["team": "web"]
            }
            let event = try #require(try await house.events("account.changed").first)
            #expect(event.draft.actor == "zora" && event.draft.subject == "anna")
            let told = event.draft.detail.values.joined(separator: " ")
            #expect(told.contains("viewer") && told.contains("operator") && told.contains("team:web"))
            try await people.remove("anna", by: "zora")
            #expect(try await house.events("account.added").count == 1)
            #expect(try await house.events("account.removed").count == 1)
        }
    }

    @Test("where the audit trail can't be written, nothing changes")
    func noEventNoChange() async throws {
        try await Self.withHouse { house, people in
            try await house.seat("anna", .operator)
            let session = try await house.session(of: "anna")
            let (secret, token) = try await people.issueToken(
                for: "anna", called: "backup", role: nil, scope: [:], life: .days(1), by: "anna")
            let code = try await people.invite("anna", by: "zora")
            let principal = try #require(try await people.principal(ofSession: session.id))
            func everything() async throws -> [DocumentRecord] {
                var all: [DocumentRecord] = []
                for kind in DocumentRecord.Kind.allCases { all += try await house.ledger.documents(kind, owner: nil) }
                return all
            }
            let before = try await everything()
            house.ledger.refuseEvents()
            let deeds: [(String, () async throws -> Void)] = [
                ("add", { _ = try await people.add(Self.new("new"), by: "zora") }),
                ("invite", { _ = try await people.invite("anna", by: "zora") }),
                ("accept", { _ = try await people.accept(code, password: Self.chosen, address: "a", agent: "") }),
                (
                    "accept a wrong code",
                    { _ = try await people.accept("x", password: Self.chosen, address: "a", agent: "") }
                ),
                ("change", { try await people.change("anna", by: "zora") { $0.role = .administrator } }),
                ("remove", { try await people.remove("anna", by: "zora") }),
                (
                    "password",
                    {
                        try await people.changePassword(
                            principal, from: GuardHouse.password, to: Self.chosen, address: "a")
                    }
                ),
                ("prove", { try await people.prove(principal, password: GuardHouse.password, address: "a") }),
                (
                    "sign in",
                    { _ = try await people.signIn("anna", password: GuardHouse.password, address: "a", agent: "") }
                ),
                ("sign out", { try await people.signOut(principal) }),
                ("end sessions", { try await people.endSessions(of: "anna", key: nil, by: "zora") }),
                (
                    "issue a token",
                    {
                        _ = try await people.issueToken(
                            for: "anna", called: "b", role: nil, scope: [:], life: .days(1), by: "anna")
                    }
                ),
                ("revoke a token", { try await people.revokeToken(token.id, of: "anna", by: "anna") }),
            ]
            for (what, deed) in deeds {
                await #expect(throws: StorageError.self, "\(what)") { try await deed() }
                #expect(try await everything() == before, "\(what)")
            }
            #expect(try await people.principal(ofSession: session.id)?.role == .operator)
            #expect(try await people.principal(ofToken: secret)?.role == .operator)
        }
    }

    @Test("two who change one account at a time do not overwrite each other")
    func conflict() async throws {
        try await Self.withHouse { house, people in
            try await house.seat("anna", .viewer)
            let known = try #require(try await house.ledger.document(.account, "anna"))
            try await people.change("anna", by: "zora") { $0.role = .operator }
            let write = try people.record(.account, "anna", replacing: known, Self.new("anna", .administrator))
            #expect(await Self.code { try await people.commit([write], []) } == "people.conflict")
            #expect(try await people.account("anna")?.role == .operator)
        }
    }

    @Test("a change that comes while an account is being read counts at once all the same")
    func changeWhileReading() async throws {
        try await Self.withHouse { house, people in
            try await house.seat("anna", .administrator)
            let session = try await house.session(of: "anna")
            house.ledger.afterNextReading { try await people.change("anna", by: "zora") { $0.role = .viewer } }
            _ = try await people.account("anna")
            #expect(try await people.account("anna")?.role == .viewer)
            #expect(try await people.principal(ofSession: session.id)?.role == .viewer)
            people.forget()
            house.ledger.afterNextReading { try await people.endSessions(of: "anna", key: nil, by: "zora") }
            _ = try await people.session(People.key(session.id))
            #expect(try await people.principal(ofSession: session.id) == nil)
        }
    }
}
