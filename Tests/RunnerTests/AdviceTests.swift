import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("the CA's advice (RFC 9773)")
struct AdviceTests {
    private func house() async throws -> House {
        let house = try House()
        let (from, to) = (house.now + .days(40), house.now + .days(41))
        house.outside.update {
            $0.advice = Advice(
                window: from.date..<to.date, explanation: "https://ca.example/why\u{1B}[2J",
                askAgain: (house.now + .days(400)).date)
        }
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        return house
    }

    @Test("is asked for once a day at least and once a minute at most, whatever the CA says")
    func bounds() async throws {
        let house = try await house()
        try house.pass(.days(3) + .hours(1))
        #expect(house.outside.count("advice") == 4)
        let window = try #require(house.outside.update { $0.advice?.window })
        house.outside.update { $0.advice = Advice(window: window, askAgain: Date(timeIntervalSince1970: 0)) }
        try house.pass(.days(1))
        house.outside.forget()
        try house.pass(.minutes(30))
        #expect((20...31).contains(house.outside.count("advice")))
    }

    @Test("is asked for again after an hour where the failure may pass, else after six, and never sooner than told")
    func failures() async throws {
        for (kind, hours) in [(FailureClass.transient, 1), (.auth, 6), (.policy, 6)] {
            let house = try await house()
            house.outside.update { $0.outages["advice"] = .test(kind) }
            try house.pass(.hours(Int64(hours * 3)) + .minutes(5))
            #expect(house.outside.count("advice") == 4, "\(kind)")
        }
        let house = try await house()
        let wanted = house.now + .hours(9)
        house.outside.update { $0.failures["advice"] = [.test(.rateLimited, retryAfter: wanted)] }
        try house.pass(.hours(8))
        #expect(house.outside.count("advice") == 1)
        try house.pass(.hours(2))
        #expect(house.outside.count("advice") == 2)
    }

    @Test("names the certificate by its serial and its authority's key, and only to the issuer that it came from")
    func predecessor() async throws {
        let house = try await house()
        try house.pass(.minutes(5))
        let asked = try #require(house.outside.update { $0.predecessors.first })
        #expect(asked.facts.serial == "1")
        #expect(asked.authorityKeyIdentifier == Data("test".utf8))
    }

    @Test("is not asked for once the certificate is replaced or expired")
    func over() async throws {
        let house = try await house()
        try house.pass(.minutes(5))
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake(.minutes(5))
        house.outside.forget()
        try house.pass(.days(3))
        #expect(house.outside.update { Set($0.predecessors.suffix(2).map(\.facts.number)) } == [2])
        house.outside.update { $0.outages["order"] = .test(.transient) }
        try house.pass(.days(90))
        house.outside.forget()
        try house.pass(.days(3))
        #expect(house.outside.count("advice") == 0)
    }

    @Test("comes with its explanation, as far as that is a URL, until the next version")
    func explanation() async throws {
        let house = try await house()
        try house.pass(.minutes(5))
        #expect(try await house.state("www.example").adviceExplanation == "https://ca.example/why[2J")
        let advised = try await house.events("www.example", "renewal.advised")
        #expect(advised.last?.draft.detail["explanation"] == "https://ca.example/why[2J")
        house.outside.update { $0.advice = nil }
        _ = try await house.desk.renew("www.example", force: true)
        try house.wake(.minutes(5))
        #expect(try await house.state("www.example").adviceExplanation == nil)
    }
}
