import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("revoking")
struct RevocationTests {
    private func house(versions: Int = 1, reuse: Bool = false) async throws -> House {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        var spec = try house.spec("www.example")
        spec.key.reuse = reuse
        try await house.apply(spec)
        try house.pass(.minutes(1))
        for number in 1..<max(versions, 1) {
            _ = try await house.desk.renew("www.example", force: true)
            try house.wake(.minutes(1))
            #expect(try await house.held("www.example") == number + 1)
        }
        house.outside.forget()
        return house
    }

    private func carryOut(
        _ house: House, version: Int? = nil, reason: RevocationReason = .superseded
    ) async throws -> Revocation.Outcome {
        let revocation = Revocation(house.dependencies(house.shelf), house.desk)
        let plan = try await revocation.plan("www.example", version: version, issuer: nil)
        return try house.carryOut { try await revocation.carryOut(plan, reason) }
    }

    @Test("asks who issued it with the code of the reason, then replaces it at once with a new key on the targets")
    func current() async throws {
        let house = try await house(reuse: true)
        let before = house.outside.shown("web/alpha/www.example")
        let outcome = try await carryOut(house, reason: .keyCompromise)
        #expect(!outcome.wasRevoked)
        #expect(house.outside.log.contains("revoke 1 1"))
        guard case .renewal(let asked) = outcome.replacement else {
            Issue.record("not replaced")
            return
        }
        try house.wake(.minutes(1))
        #expect(try await house.held("www.example") == 2)
        #expect(house.outside.shown("web/alpha/www.example")?.key != before?.key)
        guard case .ended(let attempt) = try await house.desk.outcome(of: asked) else {
            Issue.record("not served")
            return
        }
        #expect(attempt.outcome == .succeeded)
        let event = try #require(try await house.events("www.example", "version.revoked").last?.draft)
        #expect(event.actor == "tester" && event.reason == "why")
        #expect(event.detail == ["version": "1", "issuer": "issuer", "reason": "keyCompromise"])
    }

    @Test("an older version is revoked alone, and later ones with its key are named")
    func older() async throws {
        let house = try await house(versions: 3, reuse: true)
        let revocation = Revocation(house.dependencies(house.shelf), house.desk)
        #expect(try await revocation.plan("www.example", version: 1, issuer: nil).sameKey == [2, 3])
        let outcome = try await carryOut(house, version: 2)
        #expect(outcome.replacement == .notCurrent)
        try house.wake(.minutes(5))
        #expect(house.outside.log.contains("revoke 2 4"))
        #expect(house.outside.count("order") == 0)
        #expect(try await house.state("www.example").current == 3)
    }

    @Test("what is revoked already counts as done, so that it may be asked for again after a crash")
    func again() async throws {
        let house = try await house()
        house.outside.update {
            $0.outages["revoke"] = PluginFailure(.policy, code: "ca.already-revoked", message: "before", remedy: "none")
        }
        let outcome = try await carryOut(house)
        #expect(outcome.wasRevoked)
        try house.wake(.minutes(1))
        #expect(try await house.state("www.example").current == 2)
    }

    @Test("with auto-renewal off, what was issued here is replaced, what was imported is not")
    func renewalOff() async throws {
        let house = try await house()
        try await house.apply(try house.spec("www.example", FlowRules(renewalEnabled: false, publicationEnabled: true)))
        guard case .renewal = try await carryOut(house).replacement else {
            Issue.record("not replaced")
            return
        }
        try house.wake(.minutes(1))
        #expect(try await house.held("www.example") == 2)
        try await house.imported("www.example", from: house.now - .days(1), to: house.now + .days(200))
        #expect(try await house.desk.noteRevoked("www.example", asking: true) == .notRenewed)
        try house.wake(.minutes(1))
        #expect(try await house.state("www.example").current == 3)
        #expect(try await house.desk.noteRevoked("www.example", version: 1, asking: true) == .notCurrent)
    }

    @Test("where the CA refuses, nothing is done, and the audit trail says so")
    func refused() async throws {
        let house = try await house()
        house.outside.update { $0.outages["revoke"] = .test(.auth) }
        await #expect(throws: PluginFailure.self) { try await carryOut(house) }
        let id = try await house.overview("www.example").certificate.id
        #expect(try await house.ledger.version(of: id, number: 1)?.revokedAt == nil)
        #expect(try await house.events("www.example", "revocation.failed").last?.draft.detail["code"] == "test.auth")
        #expect(try await house.events("www.example", "version.revoked").isEmpty)
    }

    @Test("what can't be revoked is refused with what to use instead")
    func refusals() async throws {
        let house = try await house()
        let revocation = Revocation(house.dependencies(house.shelf), house.desk)
        func code(_ name: String, _ version: Int?, _ issuer: String?) async -> String? {
            do {
                _ = try await revocation.plan(name, version: version, issuer: issuer)
                return nil
            } catch {
                return (error as? DeskRefusal)?.code
            }
        }
        #expect(await code("www.example", nil, nil) == nil)
        #expect(await code("ww.example", nil, nil) == "certificate.unknown")
        #expect(await code("www.example", 7, nil) == "version.unknown")
        #expect(await code("www.example", nil, "second") == "issuer.no-revocation")
        #expect(await code("www.example", nil, "third") == "profile.missing")
        try await house.imported("www.example", from: house.now - .days(1), to: house.now + .days(200))
        #expect(await code("www.example", 2, nil) == "revocation.imported")
        #expect(await code("www.example", 2, "issuer") == nil)
        house.clock.pass(.days(201))
        #expect(await code("www.example", 1, nil) == "revocation.expired")
    }
}
