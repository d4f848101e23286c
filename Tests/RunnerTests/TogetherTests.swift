import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("several certificates on one target, several targets of one certificate")
struct TogetherTests {
    /// Three certificates, published once, whose second versions wait for one target at once.
    private func waiting(_ house: House) async throws {
        try house.addProfile("web", targets: ["alpha"], steps: ["test", "reload", "proof"])
        let off = FlowRules(publicationEnabled: false)
        let names = ["one.example", "two.example", "three.example"]
        for name in names { try await house.apply(try house.spec(name)) }
        try house.pass(.minutes(1))
        for name in names {
            #expect(try await house.held(name) == 1)
            try await house.apply(try house.spec(name, off))
            _ = try await house.desk.renew(name, force: true)
        }
        try house.wake(.minutes(1))
        for name in names { #expect(try await house.state(name).current == 2) }
        try house.stop()
        for name in names { try await house.apply(try house.spec(name)) }
        house.outside.forget()
    }

    @Test("what is due together is staged together, tested once, reloaded once and proved each")
    func together() async throws {
        let house = try House()
        try await waiting(house)
        try house.pass(.minutes(1))
        #expect(house.outside.count("publish") == 3)
        #expect(house.outside.count("test") == 1)
        #expect(house.outside.count("reload") == 1)
        #expect(house.outside.count("probe") == 9)
        for name in ["one.example", "two.example", "three.example"] {
            #expect(try await house.publications(name).first?.state == .serving)
        }
    }

    @Test("where the test fails, all are put back and tried one by one: only the one that spoils it stays out")
    func oneByOne() async throws {
        let house = try House()
        try await waiting(house)
        house.outside.update { $0.spoilt = ["two.example"] }
        try house.pass(.seconds(45))
        #expect(try await house.publications("one.example").first?.state == .serving)
        #expect(try await house.publications("three.example").first?.state == .serving)
        #expect(try await house.placement("two.example").trouble?.code == "test.failed")
        #expect(house.outside.shown("web/alpha/two.example")?.serial != nil)
        #expect(try await house.held("two.example") == 1)
        #expect(try await house.held("one.example") == 2)
        house.outside.update { $0.spoilt = [] }
        try house.pass(.minutes(3))
        #expect(try await house.publications("two.example").first?.state == .serving)
    }

    @Test("where each is tested by itself, one that fails is put back before the reload of the others")
    func eachTested() async throws {
        let house = try House()
        try await waiting(house)
        let test = [Template(literal: "test"), try Template("{{certificate.name}}")]
        house.profiles.publishing["web"]?.test = CommandStep(test, timeout: .seconds(30), place: .here)
        house.profiles.publishing["web"]?.digest = "2"
        house.outside.update { $0.spoilt = ["two.example"] }
        try house.pass(.seconds(45))
        #expect(try await house.publications("one.example").first?.state == .serving)
        #expect(try await house.publications("three.example").first?.state == .serving)
        #expect(try await house.publications("two.example").first?.state == .rolledBack)
        let served = house.outside.update { $0.served["web/alpha/two.example"] }
        let before = try await house.ledger.version(
            of: try await house.overview("two.example").certificate.id, number: 1)
        #expect(served?.serial == before?.serial)
    }

    @Test("a failed test puts back what was there, and tells once")
    func putBack() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"], steps: ["test", "reload"])
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(1))
        let before = house.outside.shown("web/alpha/www.example")
        house.outside.update { $0.spoilt = ["www.example"] }
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake()
        #expect(house.outside.shown("web/alpha/www.example") == before)
        #expect(try await house.publications("www.example").first?.state == .rolledBack)
        #expect(try await house.held("www.example") == 1)
        #expect(house.outside.notices.count == 1)
    }

    @Test("each has the whole time of a call, however long it waited for the others")
    func timeOfACall() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        let clock = house.clock
        house.outside.update { $0.hooks["publish"] = { try await clock.sleep(.seconds(120)) } }
        for name in ["one.example", "two.example", "three.example"] { try await house.apply(try house.spec(name)) }
        try house.pass(.minutes(10))
        #expect(house.outside.update { $0.timesLeft } == Array(repeating: .minutes(5), count: 3))
        #expect(try await house.held("three.example") == 1)
    }

    @Test("what was there before never comes back where it has expired")
    func noReturnToExpired() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"], steps: ["test", "reload"])
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(1))
        house.outside.update { $0.outages["order"] = .test(.transient) }
        try house.pass(.days(91))
        house.outside.update { state in
            state.outages = [:]
            state.spoilt = ["www.example"]
        }
        try house.pass(.hours(3))
        #expect(house.outside.count("rollback") == 0)
        #expect(house.outside.shown("web/alpha/www.example")?.serial == "2")
        let trouble = try #require(try await house.placement("www.example").trouble)
        #expect(trouble.needsAttention)
    }

    @Test("no target is started after its window's end, however long it took to tell what it holds")
    func slowToTell() async throws {
        let house = try House(start: "2027-03-01T15:59:00Z")
        try house.addProfile("web", targets: ["alpha"])
        let mondayAfternoon = Window(Cells(bits: 1 << 3), zone: .utc)
        try await house.apply(
            try house.spec("www.example", FlowRules(publicationEnabled: true, window: mondayAfternoon)))
        let clock = house.clock
        house.outside.update { $0.hooks["inspect"] = { try await clock.sleep(.seconds(120)) } }
        try house.pass(.minutes(10))
        #expect(house.outside.count("inspect") == 1)
        #expect(house.outside.count("publish") == 0)
        try house.pass(.days(7))
        #expect(try await house.held("www.example") == 1)
    }

    // MARK: Rollout

    @Test("a rollout begins with the first, and goes on when it is proved")
    func rollout() async throws {
        let house = try House()
        try house.addProfile(
            "web", targets: ["alpha", "beta", "gamma", "delta"], steps: ["reload", "proof"],
            rollout: Rollout(first: 1, then: .percent(50)))
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(5))
        let order = house.outside.log.filter { $0.hasPrefix("publish") || $0.hasPrefix("probe") }.map {
            $0.split(separator: " ").prefix(2).joined(separator: " ")
        }
        let firstOfBeta = try #require(order.firstIndex(of: "publish beta"))
        let firstOfDelta = try #require(order.firstIndex(of: "publish delta"))
        #expect(order.prefix(firstOfBeta).count { $0 == "probe alpha" } == 3)
        #expect(order.prefix(firstOfDelta).count { $0 == "probe beta" } == 3)
        for target in ["alpha", "beta", "gamma", "delta"] {
            #expect(try await house.held("www.example", "web/\(target)") == 1)
        }
    }

    @Test("a failed first target stops the rollout, and once it is well the others follow")
    func rolloutStops() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha", "beta"], rollout: Rollout(first: 1, then: .percent(100)))
        house.outside.update { $0.outages["publish alpha www.example 1"] = .test(.transient) }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.hours(20))
        #expect(house.outside.count("publish alpha") >= 4)
        #expect(house.outside.count("publish beta") == 0)
        house.outside.update { $0.outages = [:] }
        try house.pass(.days(2))
        #expect(try await house.held("www.example", "web/beta") == 1)
    }

    @Test("with `onFailure: continue` a failed target keeps nobody from starting")
    func rolloutContinues() async throws {
        let house = try House()
        try house.addProfile(
            "web", targets: ["alpha", "beta"], rollout: Rollout(first: 1, then: .percent(100), stopOnFailure: false))
        house.outside.update { $0.outages["publish alpha www.example 1"] = .test(.transient) }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(30))
        #expect(try await house.held("www.example", "web/beta") == 1)
        #expect(try await house.held("www.example", "web/alpha") == nil)
    }

    /// Two targets that hold version 1 of 90 days, of which the first shows what somebody else put there.
    private func meddledWith(_ rules: FlowRules, stopOnFailure: Bool) async throws -> House {
        let house = try House()
        try house.addProfile(
            "web", targets: ["alpha", "beta"], steps: ["reload", "proof"],
            rollout: Rollout(first: 1, then: .percent(100), stopOnFailure: stopOnFailure))
        try await house.apply(try house.spec("www.example", rules))
        try house.pass(.minutes(5))
        let other = SyntheticCertificate(
            serial: "x", subjects: ["www.example"], notBefore: house.now, notAfter: house.now + .days(700),
            chainNotAfter: house.now + .days(700), key: "x", issuer: "somebody")
        house.outside.put(other, at: "web/alpha/www.example")
        try house.pass(.days(2))
        #expect(try await house.placement("www.example", "web/alpha").trouble?.needsAttention == true)
        return house
    }

    @Test("a first target that needs attention stops the rollout, and nobody looks every few minutes whether it does")
    func foreignStops() async throws {
        let house = try await meddledWith(FlowRules(publicationEnabled: true), stopOnFailure: true)
        try house.pass(.days(59))
        #expect(try await house.state("www.example").current == 2)
        let beta = try await house.placement("www.example", "web/beta")
        #expect(beta.held?.number == 1)
        let due = try #require(try await house.ledger.due(WorkKey(.publication, beta.id)))
        #expect(due.at > house.now + .minutes(10))
    }

    @Test("a first target whose turn comes only after the end of what the others hold is not waited for")
    func turnTooLate() async throws {
        let rules = FlowRules(publicationEnabled: true, publishOn: .onPreviousExpiry)
        let house = try await meddledWith(rules, stopOnFailure: true)
        // Somebody has looked at it and lets it be: it is not our turn there before its end.
        var alpha = try await house.placement("www.example", "web/alpha")
        alpha.trouble = nil
        alpha.proof = nil
        house.profiles.publishing["web"]?.proof = nil
        try house.stop()
        _ = try await house.ledger.commit(Change([.putPlacement(alpha)]), under: nil)
        try house.pass(.days(88))
        #expect(try await house.held("www.example", "web/beta") == 2)
        #expect(house.outside.shown("web/alpha/www.example")?.serial == "x")
    }

    @Test("a target whose certificate has ended does not wait for the later turn of one that is well")
    func endedWaitsForNobody() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha", "beta"], rollout: Rollout(first: 1, then: .percent(100)))
        let rules = FlowRules(publicationEnabled: true, publishOn: .afterPreviousExpiry)
        try await house.apply(try house.spec("www.example", rules))
        house.outside.update { $0.outages["publish beta www.example 2"] = .test(.transient) }
        try house.pass(.days(91))
        #expect(try await house.held("www.example", "web/alpha") == 2)
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake(.hours(2))
        #expect(try await house.held("www.example", "web/alpha") == 2)
        #expect(try await house.held("www.example", "web/beta") == 3)
    }

    @Test("with `onFailure: continue` a target that needs attention keeps nobody from starting")
    func foreignContinues() async throws {
        let house = try await meddledWith(FlowRules(publicationEnabled: true), stopOnFailure: false)
        try house.pass(.days(59))
        #expect(try await house.held("www.example", "web/beta") == 2)
    }

    @Test("a version that waits is superseded by a newer one, and never published")
    func supersede() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        house.outside.update { $0.outages["publish alpha www.example 1"] = .test(.transient) }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(1))
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake(.minutes(1))
        #expect(try await house.held("www.example") == 2)
        #expect(house.outside.log.last { $0.hasPrefix("publish") } == "publish alpha www.example 2")
        try house.pass(.days(2))
        #expect(!house.outside.log.drop { $0 != "publish alpha www.example 2" }.contains("publish alpha www.example 1"))
    }
}
