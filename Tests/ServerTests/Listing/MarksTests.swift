import Automation
import Foundation
import Runner
import Storage
import Testing

@testable import Server

@Suite("the three marks of a certificate")
struct MarksTests {
    private func marks(_ change: (inout ListingHouse.Plan) -> Void) async throws -> Marks {
        let house = try ListingHouse()
        var plan = ListingHouse.Plan("a.example.com")
        change(&plan)
        try await house.add(plan)
        return try await house.row("a.example.com").marks
    }

    @Test("of what was done in one second the later stage is the last result")
    func lastOfOneSecond() async throws {
        let house = try ListingHouse()
        var plan = ListingHouse.Plan("a.example")
        var trouble = ListingHouse.trouble("test failed")
        trouble.lastAt = ListingHouse.now - .days(plan.age)
        plan.troubles = ["beta": trouble]
        plan.held = ["alpha": nil, "beta": nil]
        try await house.add(plan)
        #expect(try await house.row("a.example").last?.kind == .failed)
    }

    @Test("a target that a person holds at a revoked version needs somebody, on Home and in the list")
    func holdsRevoked() async throws {
        let house = try ListingHouse()
        var plan = ListingHouse.Plan("a.example")
        (plan.version, plan.held) = (2, ["beta": 1])
        let id = try await house.add(plan)
        let beta = try #require(try await house.ledger.placements(of: id).first { $0.target == "beta" })
        var wish = PlacementWish(placement: beta.id)
        wish.hold = .init(untilReleased: true, newest: 2, by: "anna", reason: "", since: ListingHouse.now - .hours(1))
        var rolledBack = PublicationRecord(
            placement: beta.id, sequence: 2, version: 1, delivery: "d", cause: .rolledBack, isLastResort: false,
            startedAt: ListingHouse.now - .hours(1))
        rolledBack.state = .serving
        try await house.commit([.putWish(wish), .putPublication(rolledBack)], "a.example")
        #expect(try await house.row("a.example").needsPerson == false)
        try await house.commit(
            [.markRevoked(certificate: id, number: 1, at: ListingHouse.now - .minutes(5))], "a.example")
        let row = try await house.row("a.example")
        #expect(row.needsPerson && row.verdict == .needsAttention)
        #expect(row.troubles.map(\.target) == ["web/beta"], "\(row.troubles)")
        #expect(house.register.home(zone: .utc, at: ListingHouse.now).facts.attention == 1)
    }

    @Test("all is well: the version, and how many targets hold and serve it")
    func well() async throws {
        let marks = try await marks { $0.version = 7 }
        #expect(marks.renewed.kind == .done && marks.renewed.words == "version 7")
        #expect(marks.renewed.note.hasPrefix("due "))
        #expect(marks.published == Mark(.done, "2 of 2"))
        #expect(marks.serving == Mark(.done, "2 of 2"))
    }

    @Test("a roll-up shows its worst child, and never merges two of the three facts")
    func worstChild() async throws {
        let marks = try await marks { plan in
            plan.version = 2
            plan.held = ["beta": 1]
            plan.troubles = ["beta": ListingHouse.trouble("no route", needsPerson: true)]
        }
        #expect(marks.renewed.kind == .done)
        #expect(marks.published == Mark(.needsPerson, "1 of 2 failed"))
        #expect(marks.serving == Mark(.retrying, "1 of 2", "older on 1"))
    }

    @Test("a failure that is tried again says when")
    func retrying() async throws {
        let marks = try await marks { $0.trouble = ListingHouse.trouble("busy") }
        #expect(marks.renewed.kind == .retrying || marks.renewed.kind == .waiting)
        #expect(marks.renewed.words.hasPrefix("retry "))
    }

    @Test("what is shown instead of ours is not serving")
    func different() async throws {
        let marks = try await marks { $0.proofs = ["alpha": .different] }
        #expect(marks.serving == Mark(.needsPerson, "not serving", "1 shows something else"))
        #expect(marks.published.kind == .done)
    }

    @Test("a target that could not be looked at is no failure of the publication")
    func unreachable() async throws {
        let marks = try await marks { $0.proofs = ["alpha": .unreachable] }
        #expect(marks.serving == Mark(.retrying, "1 of 2", "1 unreachable"))
        #expect(marks.published.kind == .done)
    }

    @Test("without a proof nobody says that it serves")
    func notProved() async throws {
        let house = try ListingHouse()
        try house.addProfile("web", targets: ["alpha", "beta"], isChecked: false)
        try await house.add(.init("a.example.com"))
        #expect(try await house.row("a.example.com").marks.serving.kind == .notProved)
    }

    @Test("an expired certificate needs a person on all that speaks of it, whatever the proof said last")
    func expired() async throws {
        let marks = try await marks { $0.age = 95 }
        #expect(marks.renewed.kind == .needsPerson && marks.renewed.words == "expired")
        #expect(marks.serving.kind == .needsPerson && marks.serving.words == "expired")
    }

    @Test("off, paused and retired are told apart")
    func resting() async throws {
        var marks = try await marks { $0.rules.renewalEnabled = false }
        #expect(marks.renewed == Mark(.off, "off", "version 1"))
        marks = try await self.marks {
            $0.pause = Pause(by: "anna", reason: "", since: ListingHouse.now, until: nil)
        }
        #expect(marks.renewed == Mark(.held, "paused", "version 1"))
        marks = try await self.marks { $0.isRetired = true }
        #expect(
            [marks.renewed, marks.published, marks.serving].allSatisfy { $0.kind == .off && $0.words == "retired" })
        marks = try await self.marks { $0.targets = [] }
        #expect(marks.published == Mark(.off, "off", "no target"))
    }

    @Test("a target that holds nothing yet is waited for with its time")
    func waiting() async throws {
        let marks = try await marks { $0.held = ["beta": nil] }
        #expect(marks.published.kind == .waiting)
        #expect(marks.published.words.hasPrefix("due ") && marks.published.note == "1 of 2")
    }
}
