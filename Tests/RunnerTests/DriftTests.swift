import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("targets that show something else")
struct DriftTests {
    private static let place = "web/alpha/www.example"

    /// A certificate that is published, with two versions behind it.
    private func published(
        _ steps: Set<String> = ["reload", "proof"], _ rules: FlowRules = FlowRules(publicationEnabled: true),
        start: String = "2027-03-01T12:00:00Z"
    ) async throws -> House {
        let house = try House(start: start)
        try house.addProfile("web", targets: ["alpha"], steps: steps)
        try await house.apply(try house.spec("www.example", rules))
        try house.pass(.minutes(1))
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake(.minutes(1))
        _ = try await house.desk.publish("www.example")
        try house.wake(.minutes(1))
        #expect(try await house.held("www.example") == 2)
        house.outside.forget()
        return house
    }

    @Test("what somebody else put on a proved target is found by the next proof and published over")
    func drift() async throws {
        let house = try await published()
        let ours = house.outside.shown("web/alpha/www.example")
        let other = SyntheticCertificate(
            serial: "x", subjects: ["www.example"], notBefore: house.now, notAfter: house.now + .days(30),
            chainNotAfter: house.now + .days(30), key: "x", issuer: "somebody")
        house.outside.put(other, at: "web/alpha/www.example")
        try house.pass(.hours(30))
        #expect(house.outside.shown("web/alpha/www.example") == ours)
    }

    @Test("what is gone from a target is published again, though its service answers no more")
    func gone() async throws {
        let house = try await published()
        let ours = house.outside.shown("web/alpha/www.example")
        house.outside.put(nil, at: "web/alpha/www.example")
        try house.pass(.hours(30))
        #expect(house.outside.shown("web/alpha/www.example") == ours)
    }

    @Test("a service that is down is looked at every hour, told of once, and left alone while its files are there")
    func down() async throws {
        let house = try await published()
        house.outside.update { $0.served = [:] }
        try house.pass(.days(3))
        #expect(house.outside.count("publish") == 0)
        #expect(try await house.events("www.example", "proof.unreachable").count == 1)
        house.outside.update { $0.served = $0.places }
        try house.pass(.hours(2))
        #expect(try await house.placement("www.example").proof?.outcome == .serving)
    }

    @Test("a certificate that is not ours and lives longer is never overwritten, but told of")
    func foreign() async throws {
        let house = try await published()
        let other = SyntheticCertificate(
            serial: "x", subjects: ["www.example"], notBefore: house.now, notAfter: house.now + .days(700),
            chainNotAfter: house.now + .days(700), key: "x", issuer: "somebody")
        house.outside.put(other, at: "web/alpha/www.example")
        try house.pass(.days(70))
        #expect(house.outside.shown("web/alpha/www.example") == other)
        #expect(try await house.placement("www.example").trouble?.needsAttention == true)
        #expect(house.outside.notices.contains { $0.body.contains("none of www.example") })
    }

    @Test("a rolled back target is no drift")
    func heldIsNoDrift() async throws {
        let house = try await published()
        _ = try await house.desk.rollback("www.example", to: 1, targets: [], untilReleased: true)
        try house.wake(.minutes(1))
        house.outside.forget()
        try house.pass(.days(5))
        #expect(house.outside.count("probe") >= 12)
        #expect(house.outside.count("publish") == 0)
    }

    @Test("an address that does not answer is no drift: nothing is published or forgotten while another shows ours")
    func deadAddress() async throws {
        let house = try await published()
        house.outside.update { $0.hasDeadAddress = true }
        try house.pass(.days(3))
        #expect(house.outside.count("publish") == 0)
        #expect(house.outside.count("reload") == 0)
        #expect(try await house.held("www.example") == 2)
        #expect(try await house.placement("www.example").proof?.outcome == .unreachable)
        house.outside.update { $0.hasDeadAddress = false }
        try house.pass(.hours(2))
        #expect(try await house.placement("www.example").proof?.outcome == .serving)
    }

    @Test("another certificate of this home on the target is not taken for a version of this one")
    func otherCertificate() async throws {
        let house = try await published()
        try await house.apply(try house.spec("other.example", FlowRules(), profiles: []))
        for _ in 0..<6 {
            _ = try await house.desk.renew("other.example", force: true)
            try house.wake(.minutes(1))
        }
        let other = try await house.overview("other.example")
        let chain = try #require(
            try await house.ledger.material(of: other.certificate.id, number: other.state.current)?.chain)
        house.outside.put(chain.first.flatMap { SyntheticCertificate(der: $0) }, at: Self.place)
        try house.pass(.hours(30))
        #expect(try await house.placement("www.example").held?.number ?? 0 <= 2)
        try house.pass(.days(90))
        let current = try await house.state("www.example").current
        #expect(current > 2)
        #expect(try await house.held("www.example") == current)
    }

    @Test("what is gone from a target is published by the answer of the last resort, not by the next window")
    func goneOutsideTheWindow() async throws {
        let sunday = Window(Cells(days: [.sunday], periods: Period.all), zone: .utc)
        for (answer, waits) in [(LastResort.publish, false), (.wait, true)] {
            // A Monday.
            let rules = FlowRules(publicationEnabled: true, lastResort: answer, publicationWindow: sunday)
            let house = try await published(["reload", "proof"], rules)
            house.outside.put(nil, at: Self.place)
            try house.pass(.hours(30))
            #expect((house.outside.shown(Self.place) == nil) == waits)
            try house.pass(.days(6))
            #expect(house.outside.shown(Self.place) != nil)
        }
    }

    @Test("a proof by hand ends the trouble about what it finds served")
    func mended() async throws {
        let house = try await published()
        house.outside.update { $0.refusals = ["reload alpha"] }
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake(.minutes(1))
        let trouble = try #require(try await house.placement("www.example").trouble)
        #expect(trouble.step == "reload")
        #expect(try await house.held("www.example") == 2)
        // A person publishes it again, and the service takes it up.
        house.outside.update { $0.refusals = [] }
        _ = try await house.desk.publish("www.example")
        try house.wake(.minutes(1))
        #expect(try await house.placement("www.example").trouble == nil)
        #expect(try await house.held("www.example") == 3)
    }
}
