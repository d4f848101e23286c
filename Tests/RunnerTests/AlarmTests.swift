import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("alarms and clocks")
struct AlarmTests {
    @Test(
        "people are told at the first failure, at 50, 25 and 10 percent of the remaining life, at the end, and when it is over"
    )
    func levels() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        house.outside.update { $0.life = .days(80) }
        try await house.apply(try house.spec("www.example", FlowRules(renewIn: .automatic, publicationEnabled: true)))
        try house.pass(.minutes(1))
        _ = try await house.desk.renew("www.example", force: true)
        house.outside.update { $0.outages["switch"] = .test(.transient) }
        try house.wake(.days(82))
        let mine = house.outside.notices.filter { $0.title.contains("Publication of") && !$0.title.contains("again") }
        #expect(
            mine.map(\.title).map { String($0.drop { $0 != "(" }) }.prefix(5) == [
                "(first failure)", "(half of its life is left)", "(a quarter of its life is left)",
                "(a tenth of its life is left)", "(it has expired)",
            ])
        house.outside.update { $0.outages = [:] }
        try house.pass(.hours(3))
        #expect(house.outside.notices.last?.title.contains("succeeded again") == true)
    }

    @Test("a notice that could not leave is tried again")
    func resends() async throws {
        let house = try House()
        house.outside.update { state in
            state.outages["order"] = .test(.auth)
            state.failures["send"] = [.test(.transient), .test(.transient)]
        }
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        try house.pass(.minutes(20))
        #expect(house.outside.count("send") == 3)
        #expect(house.outside.notices.count == 1)
    }

    @Test("`Ask me` asks once, as soon as it is seen, and again as the end comes nearer; unanswered, it waits")
    func asks() async throws {
        let house = try await waitingForWindow(.ask)
        #expect(try await house.held("www.example") == 1)
        #expect(house.outside.notices.count { $0.title.contains("no open period") } == 1)
        try house.pass(.hours(150))
        #expect(try await house.held("www.example") == 1)
        #expect(house.outside.notices.contains { $0.title.contains("a tenth") })
        try house.pass(.days(7))
        #expect(try await house.held("www.example", "web/alpha") ?? 0 > 1)
    }

    @Test("`Ask me` is told as soon as it is foreseen: once per publication, before the next version is there")
    func foreseen() async throws {
        let house = try House()  // a Monday, 12:00
        try house.addProfile("web", targets: ["alpha"])
        house.outside.update { $0.life = .hours(160) }
        func notices() -> Int { house.outside.notices.count { $0.title.contains("no open period will be left") } }
        var rules = FlowRules(publicationEnabled: true, lastResort: .ask)
        rules.publicationWindow = Self.mondayNoon
        try await house.apply(try house.spec("www.example", rules))
        try house.pass(.minutes(5))
        #expect(try await house.held("www.example") == 1)
        #expect(try await house.state("www.example").current == 1)
        #expect(notices() == 1)
        #expect(try await house.events("www.example", "publication.question-foreseen").count == 1)
        // A life that the window suits gives no reason to ask.
        house.outside.update { $0.life = .days(90) }
        try await house.apply(try house.spec("other.example", rules))
        try house.pass(.minutes(5))
        #expect(try await house.held("other.example") == 1)
        #expect(notices() == 1)
    }

    @Test("`Ask me`, answered, publishes outside of the window")
    func answered() async throws {
        let house = try await waitingForWindow(.ask)
        #expect(try await house.held("www.example") == 1)
        let answered = try await house.desk.answer("www.example", .publish, targets: [])
        #expect(!answered.issuesFirst)
        try house.wake(.days(6))
        #expect(try await house.held("www.example") == 2)
        #expect(try await house.events("www.example", "publication.begun-outside-window").count == 1)
    }

    @Test("`Ask me`, answered where less than half of the life is left, issues first and publishes that")
    func answeredLate() async throws {
        let house = try await waitingForWindow(.ask)
        try house.pass(.hours(100))
        #expect(try await house.state("www.example").current == 2)
        let answered = try await house.desk.answer("www.example", .publish, targets: [])
        #expect(answered.issuesFirst)
        try house.wake(.minutes(5))
        #expect(try await house.held("www.example") == 3)
        #expect(try await house.publications("www.example").map(\.version) == [3, 1])
    }

    @Test("`Publish anyway` publishes outside of the window, and says so")
    func publishAnyway() async throws {
        let house = try await waitingForWindow(.publish)
        #expect(try await house.held("www.example") == 2)
        #expect(try await house.events("www.example", "publication.begun-outside-window").count == 1)
    }

    private static let mondayNoon = Window(
        Cells(days: [.monday], periods: [Period(name: "12:00-16:00")].compactMap { $0 }), zone: .utc)

    /// Held is a version of 160 hours; its successor finds no open period before the end.
    private func waitingForWindow(_ answer: LastResort) async throws -> House {
        let house = try House()  // a Monday, 12:00
        try house.addProfile("web", targets: ["alpha"])
        house.outside.update { $0.life = .hours(160) }
        var rules = FlowRules(publicationEnabled: true, lastResort: answer)
        try await house.apply(try house.spec("www.example", rules))
        try house.pass(.minutes(1))
        // Open on Mondays from 12:00 to 16:00 alone: the next such period comes after the end on Monday, 04:00.
        rules.publicationWindow = Self.mondayNoon
        house.clock.pass(.hours(4))
        try await house.apply(try house.spec("www.example", rules))
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake(.minutes(5))
        #expect(try await house.state("www.example").current == 2)
        return house
    }

    // MARK: Clocks

    @Test("a clock that jumps far ahead makes work wait for two minutes, so that it may be set right again")
    func jumpAhead() async throws {
        let house = try House()
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        try house.pass(.minutes(1))
        house.clock.jump(by: .days(200))
        try house.wake(.seconds(60))
        #expect(house.outside.count("order") == 1)
        house.clock.jump(by: .days(-200))
        try house.wake(.minutes(10))
        #expect(house.outside.count("order") == 1)
        #expect(try await house.events(nil, "clock.jumped").count == 2)
        #expect(house.outside.notices.contains { $0.title.contains("jumped forward") })
    }

    @Test("a clock that stays ahead is believed in the end")
    func staysAhead() async throws {
        let house = try House()
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        try house.pass(.minutes(1))
        house.clock.jump(by: .days(62))
        try house.wake(.minutes(10))
        #expect(house.outside.count("order") == 2)
    }

    @Test("a small step is no jump, and one back stops nothing")
    func smallSteps() {
        var guardian = ClockGuard()
        let wall = Instant(seconds: 1_800_000_000)
        #expect(guardian.look(wall: wall, monotonic: .seconds(0)) == .steady)
        #expect(guardian.look(wall: wall + .seconds(69), monotonic: .seconds(40)) == .steady)
        #expect(guardian.look(wall: wall + .seconds(9), monotonic: .seconds(60)) == .jumped(by: .seconds(-80)))
        #expect(guardian.waits(at: .seconds(60)) == nil)
        #expect(guardian.look(wall: wall + .hours(3), monotonic: .seconds(70)) == .jumped(by: .seconds(10_781)))
        #expect(guardian.waits(at: .seconds(70)) == .seconds(120))
        #expect(guardian.waits(at: .seconds(190)) == nil)
    }

    @Test("where a profile is gone, its publications fail by its name while renewals go on")
    func profilesChange() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(1))
        try house.stop()
        house.outside.forget()
        house.profiles.publishing["web"] = nil
        try house.pass(.days(70))
        #expect(try await house.state("www.example").current == 2)
        #expect(try await house.placement("www.example").trouble?.code.hasPrefix("profile.") == true)
        #expect(try await house.held("www.example") == 1)
        #expect(house.outside.count("publish") == 0)
    }
}
