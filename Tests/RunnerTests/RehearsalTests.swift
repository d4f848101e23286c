import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("a rehearsed renewal")
struct RehearsalTests {
    private func house() async throws -> House {
        let house = try House()
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        try house.pass(.minutes(1))
        house.outside.forget()
        return house
    }

    private func rehearse(
        _ house: House, _ name: String = "www.example", within limit: Span = .minutes(10)
    ) throws -> RenewalRehearsal.Report {
        let rehearsal = RenewalRehearsal(house.dependencies(house.shelf), Person(name: "tester", reason: "why"))
        let clock = house.clock
        return try house.carryOut {
            try await rehearsal.run(name, within: limit, until: { try? await clock.sleep(.seconds(80_000)) }) { _ in }
        }
    }

    @Test("goes the whole way against the staging, says how long each step took, and stores nothing")
    func whole() async throws {
        let house = try await house()
        let before = try await house.overview("www.example")
        house.outside.update { $0.processing = .seconds(20) }
        let report = try rehearse(house)
        #expect(report.issuer == "issuer")
        #expect(report.version.subjects.map(\.description) == ["www.example"])
        #expect(report.steps.map(\.name) == ["key made", "ordered", "issued", "checked"])
        #expect(report.steps.map(\.took).reduce(.zero, +) >= .seconds(20))
        #expect(house.outside.count("rehearse-order") == 1 && house.outside.count("order") == 0)
        let after = try await house.overview("www.example")
        #expect(after.state == before.state && after.certificate == before.certificate)
        #expect(try await house.ledger.versions(of: after.certificate.id, limit: 10).count == 1)
        let events = try await house.events("www.example", "renewal.rehearsed").map(\.draft)
        #expect(events.map(\.detail) == [["issuer": "issuer", "outcome": "succeeded"]])
        #expect(events.first?.actor == "tester" && events.first?.reason == "why")
    }

    @Test("cleans up what it placed where it fails or takes too long, and the audit trail says why")
    func failing() async throws {
        let house = try await house()
        house.outside.update {
            $0.processing = .seconds(20)
            $0.outages["rehearse-poll"] = .test(.auth)
        }
        #expect(throws: PluginFailure.self) { try rehearse(house) }
        #expect(house.outside.count("rehearse-cancel") == 1)
        house.outside.update {
            $0.processing = .hours(3)
            $0.outages = [:]
        }
        #expect(throws: PluginFailure.self) { try rehearse(house, within: .minutes(2)) }
        #expect(house.outside.count("rehearse-cancel") == 2)
        let outcomes = try await house.events("www.example", "renewal.rehearsed").map { $0.draft.detail["code"] }
        #expect(outcomes == ["test.auth", "stage.timed-out"])
        #expect(try await house.state("www.example").trouble == nil)
    }

    @Test("is refused in words where the issuer has no staging")
    func refused() async throws {
        let house = try await house()
        var spec = try house.spec("other.example", FlowRules(), profiles: [])
        spec.issuer = "second"
        try await house.apply(spec)
        #expect {
            try rehearse(house, "other.example")
        } throws: { error in
            (error as? DeskRefusal)?.code == "issuer.no-rehearsal"
        }
        #expect(throws: DeskRefusal.self) { try rehearse(house, "nothing.example") }
    }
}
