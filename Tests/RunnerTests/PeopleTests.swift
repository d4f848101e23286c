import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("what people do")
struct PeopleTests {
    /// A certificate that is published, with two versions behind it.
    private func published(_ steps: Set<String> = ["reload", "proof"]) async throws -> House {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"], steps: steps)
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(1))
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake(.minutes(1))
        #expect(try await house.held("www.example") == 2)
        house.outside.forget()
        return house
    }

    @Test("a rollback goes back to the version before and stays until the next one")
    func rollback() async throws {
        let house = try await published()
        _ = try await house.desk.rollback("www.example", to: nil, targets: [], untilReleased: false)
        try house.wake(.minutes(1))
        #expect(try await house.held("www.example") == 1)
        let steps = try await house.ledger.attempts(of: nil, work: nil, limit: 10)
            .filter { $0.work.kind == .publication }.sorted { $0.endedAt < $1.endedAt }.map(\.step)
        #expect(steps.compactMap { $0 } == ["rollback"] && steps.last == "rollback", "it is told from a publication")
        try house.pass(.days(3))
        #expect(try await house.held("www.example") == 1)
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake(.minutes(1))
        #expect(try await house.held("www.example") == 3)
    }

    @Test("a hold until released outlasts the next version, and is alarmed by the expiry of what is held")
    func hold() async throws {
        let house = try await published()
        _ = try await house.desk.rollback("www.example", to: 1, targets: [], untilReleased: true)
        try house.wake(.minutes(1))
        // What another name would cause: a version, which does not go to what is held until released.
        let spec = try house.spec("www.example", extra: ["other.example"])
        let consequences = try #require(try await house.desk.consequences(of: [spec]).first)
        #expect(consequences.issues != nil && consequences.publications.isEmpty)
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake(.minutes(1))
        #expect(try await house.held("www.example") == 1)
        house.outside.update { $0.notices = [] }
        try house.pass(.days(88))
        let titles = house.outside.notices.filter { $0.body.contains("held back by tester") }.map(\.title)
        #expect(titles.count == 3)
        #expect(titles.last?.contains("a tenth") == true)
        _ = try await house.desk.resume(.name("www.example"))
        try house.wake(.minutes(1))
        let current = try await house.state("www.example").current
        #expect(try await house.held("www.example") == current)
    }

    @Test("a rollback never returns to an expired version")
    func rollbackToExpired() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        try await house.apply(try house.spec("www.example"))
        try house.pass(.days(95))
        #expect(try await house.held("www.example") == 2)
        await #expect(throws: DeskRefusal.self) {
            _ = try await house.desk.rollback("www.example", to: nil, targets: [], untilReleased: false)
        }
        try house.pass(.minutes(1))
        #expect(try await house.held("www.example") == 2)
    }

    @Test("a paused flow starts nothing, keeps its alarms, and does what is overdue when it is resumed")
    func pause() async throws {
        let house = try await published()
        _ = try await house.desk.pause(.name("www.example"), until: nil)
        house.outside.update { $0.notices = [] }
        try house.pass(.days(88))
        #expect(house.outside.count("order") == 0)
        #expect(try await house.held("www.example") == 2)
        #expect(house.outside.notices.count { $0.body.contains("paused by tester") } >= 3)
        _ = try await house.desk.resume(.name("www.example"))
        try house.wake(.minutes(1))
        #expect(try await house.held("www.example") == 3)
    }

    @Test("a pause with an end is over by itself")
    func pauseEnds() async throws {
        let house = try await published()
        _ = try await house.desk.pause(.name("www.example"), until: house.now + .days(70))
        try house.pass(.days(69))
        #expect(house.outside.count("order") == 0)
        try house.pass(.days(2))
        #expect(try await house.held("www.example") == 3)
    }

    @Test("with publication off nothing is published; switched on, the newest is")
    func off() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        try await house.apply(try house.spec("www.example", FlowRules(publicationEnabled: false)))
        try house.pass(.days(61))
        #expect(try await house.state("www.example").current == 2)
        #expect(house.outside.count("publish") == 0)
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(1))
        #expect(try await house.held("www.example") == 2)
        #expect(house.outside.count("publish") == 1)
    }

    @Test("a removed target is left as it is")
    func removedTarget() async throws {
        let house = try await published()
        let shown = house.outside.shown("web/alpha/www.example")
        try await house.apply(try house.spec("www.example", profiles: []))
        try house.pass(.days(70))
        #expect(try await house.state("www.example").current == 3)
        #expect(house.outside.shown("web/alpha/www.example") == shown)
        #expect(house.outside.count("publish") == 0)
        #expect(try await house.events("www.example", "placement.unmanaged").count >= 1)
    }

    @Test("a new target gets what its sibling holds")
    func newTarget() async throws {
        let house = try await published()
        try house.stop()
        try house.addProfile("web", targets: ["alpha", "beta"], steps: ["reload", "proof"])
        house.profiles.publishing["web"]?.digest = "2"
        try house.pass(.minutes(1))
        #expect(try await house.held("www.example", "web/beta") == 2)
    }

    @Test("published by hand means now: outside of the window, although it is in place, with reload and proof")
    func publishByHand() async throws {
        let house = try House(start: "2027-03-01T12:00:00Z")  // a Monday
        try house.addProfile("web", targets: ["alpha"], steps: ["reload", "proof"])
        let sunday = Window(Cells(days: [.sunday], periods: Period.all), zone: .utc)
        try await house.apply(try house.spec("www.example", FlowRules(publicationEnabled: true, window: sunday)))
        try house.pass(.minutes(1))
        #expect(try await house.held("www.example") == nil)
        _ = try await house.desk.publish("www.example")
        try house.wake(.minutes(1))
        #expect(try await house.held("www.example") == 1)
        house.outside.forget()
        _ = try await house.desk.publish("www.example")
        try house.wake(.minutes(1))
        #expect(house.outside.count("reload") == 1 && house.outside.count("probe") == 3)
    }

    @Test("a proof by hand looks, and publishes nothing")
    func proveByHand() async throws {
        let house = try await published()
        _ = try await house.desk.prove("www.example", targets: [])
        try house.wake()
        #expect(house.outside.count("probe") == 3)
        #expect(house.outside.count("publish") == 0)
        #expect(try await house.events("www.example", "proof.serving").count >= 1)
    }

    @Test("two owners of one path are refused before anything is written there")
    func twoOwners() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"], shared: true)
        try await house.apply(try house.spec("one.example"))
        await #expect(throws: DeskRefusal.self) { try await house.apply(try house.spec("two.example")) }
        try house.pass(.minutes(1))
        #expect(house.outside.count("publish") == 1)
    }
}
