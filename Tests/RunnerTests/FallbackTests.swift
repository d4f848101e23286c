import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("a fallback issuer")
struct FallbackTests {
    private func house(_ after: Span = .days(5), reuse: Bool = false) async throws -> House {
        let house = try House()
        var spec = try house.spec("www.example", FlowRules(), profiles: [])
        spec.fallback = Fallback(issuer: "second", after: after)
        spec.key.reuse = reuse
        try await house.apply(spec)
        return house
    }

    private func issued(_ after: Span = .days(5)) async throws -> House {
        let house = try await house(after)
        try house.pass(.minutes(1))
        #expect(try await house.state("www.example").current == 1)
        house.outside.forget()
        return house
    }

    private func issuer(_ house: House, _ number: Int) async throws -> String? {
        let id = try await house.overview("www.example").certificate.id
        return try await house.ledger.version(of: id, number: number)?.issuer
    }

    @Test("takes over when the first has failed for so long, and the first is asked again at the next renewal")
    func takesOver() async throws {
        let house = try await issued()
        house.outside.update { $0.outages["order"] = .test(.transient) }
        try house.pass(.days(64))
        #expect(house.outside.count("order") > 3)
        #expect(house.outside.count("second-order") == 0)
        try house.pass(.days(3))
        #expect(house.outside.count("second-order") == 1)
        #expect(try await issuer(house, 2) == "second")
        #expect(try await house.state("www.example").trouble == nil)
        house.outside.update { $0.outages = [:] }
        try house.pass(.days(65))
        #expect(try await issuer(house, 3) == "issuer")
        #expect(house.outside.count("second-order") == 1)
    }

    @Test("says so in the alerts, in the audit trail and of the version")
    func says() async throws {
        let house = try await issued(.days(1))
        house.outside.update { $0.outages["order"] = .test(.auth) }
        try house.pass(.days(63))
        let bodies = house.outside.notices.map(\.body)
        #expect(bodies.contains { $0.contains("tried at the fallback issuer second") })
        #expect(bodies.contains { $0.contains("The fallback issuer second issued this version") })
        let opened = try await house.events("www.example", "intent.opened").map(\.draft.detail)
        #expect(opened.compactMap { $0["issuer"] } == ["issuer", "issuer", "second"])
        #expect(opened.last?["fallback"] == "yes")
        #expect(try await house.events("www.example", "intent.abandoned").count == 1)
        #expect(try await house.events("www.example", "version.stored").last?.draft.detail["fallback"] == "yes")
    }

    @Test("an intent at the first issuer is abandoned with its order, and no certificate is issued twice")
    func abandons() async throws {
        let house = try await issued(.hours(2))
        house.outside.update {
            $0.processing = .days(9)
            $0.outages["poll"] = .test(.transient)
        }
        try house.pass(.days(60) + .hours(12))
        #expect(house.outside.count("order") == 1)
        house.outside.update { $0.processing = .zero }
        try house.pass(.days(20))
        #expect(house.outside.count("cancel") == 1)
        #expect(house.outside.count("second-order") == 1)
        #expect(try await house.state("www.example").current == 2)
        #expect(try await issuer(house, 2) == "second")
    }

    @Test("once the first was told to issue its result is awaited, however long it fails")
    func committed() async throws {
        let house = try await issued(.hours(2))
        house.outside.update {
            $0.processing = .minutes(20)
            $0.processes = true
            $0.outages["poll"] = .test(.transient)
        }
        try house.pass(.days(63))
        #expect(house.outside.count("order") == 1)
        #expect(house.outside.count("second-order") == 0)
        // By its own list, not every second because another's turn has come.
        #expect((4...12).contains(house.outside.count("poll")))
        house.outside.update { $0.outages = [:] }
        try house.pass(.days(2))
        #expect(try await issuer(house, 2) == "issuer")
        #expect(house.outside.count("second-order") == 0)
    }

    @Test("takes over at once where the first can bring no later end, which is then not asked again")
    func noLaterEnd() async throws {
        let house = try await issued()
        let end = try #require(try await house.state("www.example").life?.notAfter)
        house.outside.update {
            $0.issuerEnds = end
            $0.failures["second-order"] = [.test(.transient), .test(.transient)]
        }
        try house.pass(.days(61))
        #expect(house.outside.count("order") == 0)
        #expect(house.outside.count("second-order") == 3)
        #expect(try await issuer(house, 2) == "second")
        #expect(try await house.state("www.example").trouble == nil)
        #expect(house.outside.notices.contains { $0.body.contains("tried at the fallback issuer second") })
    }

    @Test("where neither can bring a later end a person is told, and a fallback that is named then takes over")
    func barred() async throws {
        let house = try await issued()
        let end = try #require(try await house.state("www.example").life?.notAfter)
        house.outside.update {
            $0.issuerEnds = end
            $0.secondEnds = end
        }
        try house.pass(.days(62))
        #expect(try await house.state("www.example").barred != nil)
        #expect(try await house.state("www.example").trouble?.needsAttention == true)
        #expect(house.outside.count("order") + house.outside.count("second-order") == 0)
        house.outside.update { $0.secondEnds = nil }
        var spec = try house.spec("www.example", FlowRules(), profiles: [])
        spec.fallback = Fallback(issuer: "second", after: .days(2))
        try await house.apply(spec)
        try house.pass(.days(1))
        #expect(try await issuer(house, 2) == "second")
    }

    @Test("takes over at once where the first asks for patience until past the deadline")
    func deadline() async throws {
        let house = try await issued()
        let end = try #require(try await house.state("www.example").life?.notAfter)
        house.outside.update { $0.failures["order"] = [.test(.rateLimited, retryAfter: end + .days(1))] }
        try house.pass(.days(61))
        #expect(house.outside.count("order") == 1)
        #expect(try await issuer(house, 2) == "second")
    }

    @Test("where both fail each is asked in turn, and the first not before the time that it asked for")
    func inTurn() async throws {
        let house = try await issued(.hours(1))
        house.outside.update {
            $0.outages["order"] = .test(.transient)
            $0.outages["second-order"] = .test(.transient)
        }
        try house.pass(.days(75))
        let orders = house.outside.log.filter { $0.contains("order") }.map { $0.hasPrefix("second") }
        let late = orders.suffix(8)
        #expect(late.contains(true) && late.contains(false))
        #expect(try await house.state("www.example").current == 1)
        let last = house.now
        house.outside.update {
            $0.outages["order"] = .test(.rateLimited, retryAfter: last + .days(4))
        }
        try house.pass(.days(2))
        house.outside.forget()
        try house.pass(.days(1))
        #expect(house.outside.count("order") == 0)
        house.outside.update { $0.outages["second-order"] = nil }
        try house.pass(.days(2))
        #expect(try await issuer(house, 2) == "second")
    }

    @Test(
        "a secret or profile of the fallback that was mended lets it be tried at once, and the first's time counts on")
    func mended() async throws {
        let house = try await issued(.days(1))
        house.outside.update {
            $0.outages["order"] = .test(.auth)
            $0.outages["second-order"] = .test(.auth)
        }
        try house.pass(.days(62))
        let before = try #require(try await house.state("www.example").trouble)
        try house.stop()
        house.outside.update { $0.outages["second-order"] = nil }
        house.profiles.issuing["second"]?.digest = "2"
        try house.pass(.days(2))
        #expect(before.failures >= 2)
        #expect(try await issuer(house, 2) == "second")
    }

    @Test("a certificate without one waits for its issuer")
    func none() async throws {
        let house = try House()
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        house.outside.update { $0.outages["order"] = .test(.transient) }
        try house.pass(.days(20))
        #expect(house.outside.count("second-order") == 0)
        #expect(try await house.state("www.example").trouble?.turns == nil)
    }
}
