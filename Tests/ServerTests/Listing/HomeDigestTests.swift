import Automation
import Foundation
import Runner
import Storage
import Testing

@testable import Server

@Suite("home")
struct HomeDigestTests {
    private func digest(_ house: ListingHouse) async throws -> HomeDigest {
        try await house.register.freshen(at: ListingHouse.now)
        return house.register.home(zone: .utc, at: ListingHouse.now)
    }

    @Test("tells what needs a person, oldest first, each with its place and remedy")
    func attention() async throws {
        let house = try ListingHouse()
        var plan = ListingHouse.Plan("a.example.com")
        plan.troubles = ["beta": ListingHouse.trouble("no route", since: 3, needsPerson: true)]
        try await house.add(plan)
        plan = ListingHouse.Plan("b.example.com")
        plan.trouble = ListingHouse.trouble("refused", since: 9, needsPerson: true)
        try await house.add(plan)
        plan = ListingHouse.Plan("c.example.com")
        plan.trouble = ListingHouse.trouble("busy", since: 20)
        try await house.add(plan)
        plan = ListingHouse.Plan("d.example.com")
        plan.age = 91
        try await house.add(plan)
        let digest = try await digest(house)
        #expect(digest.attention.map(\.certificate) == ["b.example.com", "a.example.com", "d.example.com"])
        #expect(digest.attention.map(\.target) == [nil, "web/beta", nil])
        #expect(digest.attention.allSatisfy { !$0.message.isEmpty && !$0.remedy.isEmpty })
        #expect(digest.attentionTotal == 3)
        #expect(digest.verdicts == [.needsAttention: 2, .failing: 1, .expired: 1])
    }

    @Test("groups what runs in a day by period and in a week by day, and draws the load of both stages")
    func runs() async throws {
        let house = try ListingHouse()
        for number in 0..<5 {
            var plan = ListingHouse.Plan("n\(number).example.com")
            plan.rules.renewIn = .beforeExpiration(days: 30)
            // Due in about half a day, and one of them in some days.
            plan.age = number == 4 ? 55 : 59
            try await house.add(plan)
        }
        try await house.add(.init("later.example.com"))
        let digest = try await digest(house)
        #expect(digest.nextWeek.reduce(0) { $0 + $1.count } == 5)
        #expect(digest.nextWeek.allSatisfy { $0.stage == .renewal && $0.names.count <= 3 && $0.first <= $0.last })
        #expect(digest.nextDay.reduce(0) { $0 + $1.count } <= 5)
        #expect(digest.load.joined().reduce(0, +) == 5)
        #expect(digest.load.count == 7 && digest.load.allSatisfy { $0.count == 6 })
        #expect(digest.overdue == 0)
    }

    @Test("counts ends by week, and those that nothing is planned for")
    func weeks() async throws {
        let house = try ListingHouse()
        var plan = ListingHouse.Plan("a.example.com")
        plan.age = 85
        plan.rules.renewalEnabled = false
        try await house.add(plan)
        plan = ListingHouse.Plan("b.example.com")
        try await house.add(plan)
        let digest = try await digest(house)
        #expect(digest.weeks.count == 26)
        #expect(digest.weeks.first?.count == 1 && digest.weeks.first?.unplanned == 1)
        #expect(digest.weeks[11].count == 1 && digest.weeks[11].unplanned == 0)
    }

    @Test("says that runs are overdue where the scheduler did not take them")
    func overdue() async throws {
        let house = try ListingHouse()
        var plan = ListingHouse.Plan("a.example.com")
        plan.rules.renewIn = .beforeExpiration(days: 1)
        plan.age = 88
        try await house.add(plan)
        try await house.register.freshen(at: ListingHouse.now)
        let later = ListingHouse.now + .days(1) + .hours(12)
        #expect(house.register.home(zone: .utc, at: later).overdue == 1)
        #expect(house.register.home(zone: .utc, at: ListingHouse.now).overdue == 0)
    }
}
