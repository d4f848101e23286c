import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("retries")
struct RetryTests {
    /// The moments of all failed attempts, as spans since the first.
    private func failures(_ house: House, _ kind: WorkKey.Kind) async throws -> [Span] {
        let attempts = try await house.ledger.attempts(of: nil, work: nil, limit: 100)
            .filter { $0.work.kind == kind && $0.outcome == .failed }.reversed()
        guard let first = attempts.first else { return [] }
        return attempts.map { $0.endedAt - first.endedAt }
    }

    /// The first version is on its target, and the second is asked for.
    private func renewing(steps: Set<String>) async throws -> House {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"], steps: steps)
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(1))
        _ = try await house.desk.renew("www.example", force: true)
        return house
    }

    @Test("a passing failure is tried again after 1, 10 and 100 minutes, then daily, each a fifth more or less")
    func passing() async throws {
        let house = try House()
        house.outside.update { $0.outages["order"] = .test(.transient) }
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        try house.pass(.days(3))
        let moments = try await failures(house, .renewal)
        try #require(moments.count >= 5)
        let gaps = zip(moments, moments.dropFirst()).map { $1 - $0 }
        for (gap, minutes) in zip(gaps, [1, 10, 100, 1440]) {
            #expect(gap >= .seconds(Int64(minutes) * 48) && gap <= .seconds(Int64(minutes) * 72 + 5))
        }
    }

    @Test("no retry is later than a tenth of what is left of the certificate on the target")
    func tenth() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        house.outside.update { $0.life = .hours(20) }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(1))
        let end = try #require(try await house.placement("www.example").held?.life.notAfter)
        house.outside.update { $0.outages["publish alpha www.example 2"] = .test(.transient) }
        try house.pass(.hours(19))
        let moments = try await house.ledger.attempts(of: nil, work: nil, limit: 200)
            .filter { $0.outcome == .failed }.map(\.endedAt).reversed()
        try #require(moments.count > 5)
        for (earlier, later) in zip(moments, moments.dropFirst()) {
            // A breaker may add a fiftieth.
            let left = end - earlier
            #expect(later - earlier <= max(left / 10, .minutes(5)) + left / 50 + .seconds(10))
        }
    }

    @Test("after the expiry it is tried hourly")
    func afterExpiry() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        house.outside.update { $0.life = .days(20) }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(1))
        house.outside.update { $0.outages["order"] = .test(.transient) }
        try house.pass(.days(21))
        house.outside.forget()
        try house.pass(.hours(10))
        #expect((7...13).contains(house.outside.count("order")))
    }

    @Test("the other side's wish to be left alone is never undercut")
    func retryAfter() async throws {
        let house = try House()
        let wanted = house.now + .hours(7)
        house.outside.update { $0.failures["order"] = [.test(.rateLimited, retryAfter: wanted)] }
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        try house.pass(.hours(7) - .minutes(1))
        #expect(house.outside.count("order") == 1)
        try house.pass(.minutes(5))
        #expect(try await house.state("www.example").current == 1)
    }

    @Test(
        "refused credentials alert at once, and are tried again daily", arguments: [FailureClass.auth, .configuration])
    func needsPerson(kind: FailureClass) async throws {
        let house = try House()
        house.outside.update { $0.outages["order"] = .test(kind) }
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        try house.pass(.minutes(5))
        #expect(house.outside.notices.count == 1)
        try house.pass(.hours(18))
        #expect(house.outside.count("order") == 1)
        try house.pass(.hours(12))
        #expect(house.outside.count("order") == 2)
    }

    @Test("a changed profile lets a refused renewal be tried at once")
    func changedProfile() async throws {
        let house = try House()
        house.outside.update { $0.outages["order"] = .test(.auth) }
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        try house.pass(.minutes(5))
        #expect(house.outside.count("order") == 1)
        try house.stop()
        house.outside.update { $0.outages = [:] }
        house.profiles.issuing["issuer"]?.digest = "2"
        try house.pass(.minutes(5))
        #expect(try await house.state("www.example").current == 1)
    }

    @Test("a changed flow lets a refused publication be tried at once")
    func changedFlow() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        house.outside.update { $0.outages["publish"] = .test(.auth) }
        house.outside.update { $0.outages["publish alpha www.example 1"] = .test(.auth) }
        var spec = try house.spec("www.example")
        try await house.apply(spec)
        try house.pass(.minutes(5))
        #expect(house.outside.count("publish") == 1)
        house.outside.update { $0.outages = [:] }
        spec.note = "mended"
        try await house.apply(spec)
        try house.pass(.minutes(1))
        #expect(try await house.held("www.example") == 1)
    }

    @Test("a proof that fails three times needs attention, once per open period at most")
    func felt() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"], steps: ["reload", "proof"], rollsBack: false)
        house.outside.update { $0.refusals = ["reload alpha"] }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.days(4))
        #expect(house.outside.count("reload") == 3)
        let trouble = try #require(try await house.placement("www.example").trouble)
        #expect(trouble.needsAttention && trouble.felt == 3)
        let moments = try await house.ledger.attempts(of: nil, work: nil, limit: 10)
            .filter { $0.step == "reload" }.map(\.endedAt)
        for (later, earlier) in zip(moments, moments.dropFirst()) {
            #expect(later.seconds / 14_400 > earlier.seconds / 14_400)
        }
    }

    @Test("what stayed in place although its publication failed has its next try among the runs that are shown")
    func shownRetry() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"], steps: ["reload"], rollsBack: false)
        house.outside.update { $0.refusals = ["reload alpha"] }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(1))
        let placement = try await house.placement("www.example")
        let retryAt = try #require(placement.trouble?.retryAt)
        #expect(placement.held?.number == 1)
        let overview = try #require(try await house.ledger.overview(placement.certificate))
        let standing = try await StandingReader(ledger: house.ledger, profiles: house.profiles)
            .standing(overview, at: house.now)
        let next = try #require(standing.nextPublication)
        #expect(next.run.at >= retryAt && next.run.cause == .retry && next.target.placement.name == "web/alpha")
        let before = house.outside.count("reload")
        try house.pass(next.run.at - house.now + .minutes(2))
        #expect(house.outside.count("reload") == before + 1)
    }

    @Test("a rollback that is ended later is no second failure: neither felt again, nor waited for anew")
    func resumedRollback() async throws {
        let house = try await renewing(steps: ["reload"])
        house.outside.update { state in
            state.refusals = ["reload alpha"]
            state.outages["rollback"] = .test(.transient)
        }
        try house.wake(.seconds(30))
        let failed = try #require(try await house.placement("www.example").trouble)
        #expect(try await house.publications("www.example").first?.state == .rollingBack)
        #expect(failed.felt == 1)
        house.outside.update { state in
            state.refusals = []
            state.outages = [:]
        }
        try house.pass(.minutes(2))
        let after = try #require(try await house.placement("www.example").trouble)
        #expect(try await house.publications("www.example").first?.state == .rolledBack)
        #expect(after.felt == 1 && after.failures == failed.failures && after.retryAt == failed.retryAt)
        let retryAt = try #require(failed.retryAt)
        try house.pass(retryAt - house.now + .minutes(2))
        #expect(try await house.held("www.example") == 2)
    }

    @Test("a rollback that fails again leaves what it was for as it was: its step, and how often it was felt")
    func rollbackFailsAgain() async throws {
        let house = try await renewing(steps: ["reload"])
        house.outside.update { state in
            state.refusals = ["reload alpha"]
            state.failures["rollback"] = [.test(.transient), .test(.transient)]
        }
        try house.wake(.seconds(30))
        house.outside.update { $0.refusals = [] }
        try house.pass(.minutes(40))
        #expect(house.outside.count("rollback") == 3)
        #expect(try await house.publications("www.example").first?.state == .rolledBack)
        let trouble = try #require(try await house.placement("www.example").trouble)
        #expect(trouble.step == "reload" && trouble.felt == 1 && trouble.code == "reload.failed")
    }

    @Test("a rollback that could not be ended is soon tried again, however often the version failed before")
    func quickRollback() async throws {
        let house = try await renewing(steps: ["test"])
        house.outside.update { $0.refusals = ["test alpha"] }
        try house.wake(.days(8))
        #expect(try await house.placement("www.example").trouble?.failures ?? 0 > 5)
        house.outside.update { $0.outages["rollback"] = .test(.transient) }
        house.outside.forget()
        _ = try await house.desk.publish("www.example")
        try house.wake(.minutes(50))
        #expect(try await house.publications("www.example").first?.state == .rollingBack)
        // Each minute, and less often while the target's breaker is closed.
        #expect(house.outside.count("rollback") >= 3)
    }

    @Test("an unknown outcome is looked at before anything is repeated")
    func unknownOutcome() async throws {
        struct Cut: Error {}
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        let outside = house.outside
        outside.update { $0.hooks["switch"] = { throw Cut() } }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.seconds(20))
        #expect(try await house.placement("www.example").trouble?.kind == .unknownOutcome)
        outside.update { $0.hooks = [:] }
        let looks = outside.count("inspect")
        try house.pass(.minutes(2))
        #expect(outside.count("inspect") == looks + 1)
        #expect(try await house.held("www.example") == 1)
        #expect(try await house.placement("www.example").trouble == nil)
    }
}
