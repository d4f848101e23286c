import Automation
import Foundation
import Synchronization
import Testing

@testable import Server

@Suite("Passwords")
struct PasswordTests {
    private static let cheap = PasswordHash.Cost(rounds: 16, blockSize: 1)

    private static func hasher(_ cost: PasswordHash.Cost = cheap, mayWait: Int = 16) -> PasswordHasher {
        PasswordHasher(cost: cost, mayWait: mayWait, entropy: GuardHouse.random)
    }

    @Test("a hash fits its password alone, and two of the same password differ")
    func hashes() async throws {
        let hasher = Self.hasher()
        defer { hasher.end() }
        let first = try await hasher.hash("seven green bottles")
        let second = try await hasher.hash("seven green bottles")
        #expect(first != second)
        #expect(try await hasher.matches("seven green bottles", first))
        #expect(try await !hasher.matches("seven green bottle", first))
        #expect(try await !hasher.matches("", first))
        // Composed or not, it is the same letter.
        let cafe = try await hasher.hash("caf\u{E9} behind the moon")
        #expect(try await hasher.matches("cafe\u{301} behind the moon", cafe))
        // Nobody's password is nobody's, whatever is tried.
        #expect(try await !hasher.matches("seven green bottles", nil))
    }

    @Test("the usual cost is what OWASP asks of scrypt")
    func cost() {
        #expect(PasswordHash.Cost.usual.rounds >= 1 << 17)
        #expect(PasswordHash.Cost.usual.blockSize >= 8)
    }

    @Test("one is hashed at a time, sixteen wait, and the eighteenth is turned away at once")
    func queue() async throws {
        let dear = PasswordHash.Cost(rounds: 1 << 15, blockSize: 8)
        let hasher = Self.hasher(dear)
        defer { hasher.end() }
        let begun = ContinuousClock.now
        // Started one after another on one actor: the order in which they ask does not matter, their number does.
        let outcomes = await withTaskGroup(of: (isIn: Bool, took: Duration).self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do {
                        _ = try await hasher.hash("seven green bottles")
                        return (true, ContinuousClock.now - begun)
                    } catch {
                        #expect(error as? Problem == Problem.tooManySignIns)
                        return (false, ContinuousClock.now - begun)
                    }
                }
            }
            var all: [(isIn: Bool, took: Duration)] = []
            for await outcome in group { all.append(outcome) }
            return all
        }
        let taken = outcomes.filter(\.isIn)
        let turnedAway = outcomes.filter { !$0.isIn }
        // While forty ask, those that are done make room for others.
        #expect(taken.count >= 17)
        #expect(taken.count + turnedAway.count == 40)
        #expect(!turnedAway.isEmpty)
        let firstTaken = try #require(taken.map(\.took).max())
        for outcome in turnedAway { #expect(outcome.took < firstTaken) }
        #expect(Problem.tooManySignIns.status == 429)
        #expect(Problem.tooManySignIns.retryAfter != nil)
        // Room again.
        #expect(try await hasher.hash("seven green bottles").rounds == dear.rounds)
    }

    @Test("what is turned away is told 429 with a time to wait, and is no failed try")
    func turnedAwayOverTheWire() async throws {
        let dear = PasswordHash.Cost(rounds: 1 << 15, blockSize: 8)
        let house = try await GuardHouse(cost: dear)
        try await GuardHouse.served(house) { house, client in
            let statuses = try await withThrowingTaskGroup(of: GuardAnswer.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        try await client.form(
                            "/sign-in", [("name", "guess-\(number)"), ("password", "wrong")], nil,
                            [("X-Forwarded-For", "198.51.100.\(number)")])
                    }
                }
                var all: [GuardAnswer] = []
                for try await answer in group { all.append(answer) }
                return all
            }
            #expect(Set(statuses.map(\.status)).isSubset(of: [401, 429]))
            for answer in statuses where answer.status == 429 { #expect(answer["retry-after"] == "5") }
            let failed = try await house.events("sign-in.failed").count
            #expect(failed == statuses.filter { $0.status == 401 }.count)
        }
    }

    @Test("a hash of less than today's cost is replaced when its owner signs in")
    func rehash() async throws {
        let house = try await GuardHouse(cost: .init(rounds: 64, blockSize: 1))
        defer { house.people.end() }
        try await house.seat("anna", .viewer)
        #expect(try await house.people.account("anna")?.password?.rounds == 16)
        _ = try? await house.people.signIn("anna", password: "wrong", address: "a", agent: "")
        #expect(try await house.people.account("anna")?.password?.rounds == 16)
        _ = try await house.people.signIn("anna", password: GuardHouse.password, address: "a", agent: "")
        #expect(try await house.people.account("anna")?.password?.rounds == 64)
        _ = try await house.people.signIn("anna", password: GuardHouse.password, address: "a", agent: "")
    }

    @Test(
        "what anybody would try first is no password",
        arguments: [
            ("short", "password.short"), ("", "password.short"), ("elevenchars", "password.short"),
            ("aaaaaaaaaaaaaaaa", "password.guessable"), ("ababababababab", "password.guessable"),
            ("123456789012", "password.guessable"), ("abcdefghijklm", "password.guessable"),
            ("PasswordPassword", "password.guessable"), ("Password-1234", "password.guessable"),
            ("certflow is my home", "password.guessable"), ("Anna-Lindgren", "password.guessable"),
            ("qwertyuiop123!", "password.guessable"), ("correct horse battery staple", "password.guessable"),
            (String(repeating: "ab c", count: 65), "password.long"),
        ])
    func refused(password: String, code: String) {
        let objection = PasswordRules.objection(password, account: "anna.lindgren")
        #expect(objection?.code == code)
        #expect(objection?.status == 422)
        #expect(objection.map { !$0.message.contains(password) || password.isEmpty } == true)
    }

    @Test(
        "long ones are taken, whatever letters they are of",
        arguments: [
            "seven green bottles", "tvbx kqrw plmz",
            "\u{43F}\u{44F}\u{442}\u{44C} \u{437}\u{435}\u{43B}\u{451}\u{43D}\u{44B}\u{445}",
            "0987 1234 5555 xyz", String(repeating: "long words ", count: 20),
        ])
    func taken(password: String) { #expect(PasswordRules.objection(password, account: "anna") == nil) }
}
