import Automation
import Foundation
import PluginKit
import Storage
import Testing

@testable import Runner
@testable import SimulationKit

@Suite("claims and leases")
struct ClaimTests {
    @Test("a certificate is issued and published, and its leases are given back")
    func wholeWay() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"], steps: ["test", "reload", "proof"])
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(1))
        #expect(try await house.held("www.example") == 1)
        #expect(try await house.publications("www.example").first?.state == .serving)
        #expect(
            house.outside.log.filter { !$0.hasPrefix("probe") && !$0.hasPrefix("advice") }.map { $0.prefix(7) } == [
                "order 1", "inspect", "publish", "switch ", "test al", "reload ",
            ])
        #expect(try await house.ledger.leases().isEmpty)
    }

    @Test("a process that slept past its lease stops before it switches")
    func lostLease() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        let clock = house.clock
        // The machine sleeps while the publisher stages.
        house.outside.update { $0.hooks["publish"] = { clock.pass(.minutes(3)) } }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.seconds(20))
        #expect(house.outside.count("publish") == 1)
        #expect(house.outside.count("switch") == 0)
        #expect(house.outside.shown("web/alpha/www.example") == nil)
        #expect(try await house.held("www.example") == nil)

        house.outside.update { $0.hooks = [:] }
        try house.pass(.minutes(10))
        #expect(try await house.held("www.example") == 1)
    }

    @Test("a process whose work another one took over writes nothing more")
    func takenOver() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        let (ledger, clock) = (house.ledger, house.clock)
        house.outside.update {
            $0.hooks["publish"] = { _ = try await ledger.releaseLeases(exceptOf: "another", at: clock.now + .days(1)) }
        }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(2))
        #expect(house.outside.count("switch") == 0)
        #expect(try await house.publications("www.example").first?.state == .waiting)
    }

    @Test("a ledger that closes under a driver ends the runner at once, not at the next beat")
    func closedLedger() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        let ledger = house.ledger
        house.outside.update { $0.hooks["publish"] = { await ledger.close() } }
        try await house.apply(try house.spec("www.example"))
        let begun = house.now
        #expect(throws: HouseProblem.self) { try house.runOnce(.untilIdle) }
        #expect(house.now < begun + .seconds(15))
    }

    @Test("leases of long work are prolonged")
    func heartbeat() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        let clock = house.clock
        house.outside.update { $0.hooks["publish"] = { try await clock.sleep(.seconds(200)) } }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(5))
        #expect(house.outside.count("publish") == 1)
        #expect(try await house.held("www.example") == 1)
    }

    @Test("what a killed runner had begun is gone on with by the next, with the key and order it had")
    func resumes() async throws {
        let house = try House()
        house.outside.update { $0.processing = .minutes(10) }
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        try house.pass(.seconds(20))
        #expect(house.outside.count("order") == 1)
        house.crash()
        try house.pass(.minutes(12))
        #expect(house.outside.count("order") == 1)
        #expect(house.outside.count("poll") >= 1)
        #expect(try await house.state("www.example").current == 1)
    }

    @Test("what was switched and not recorded is found in place, and its tests, reload and proof follow")
    func switchedUnrecorded() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"], steps: ["test", "reload", "proof"])
        let clock = house.clock
        house.outside.update { $0.hooks["reload"] = { try await clock.sleep(.seconds(40)) } }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.seconds(20))
        #expect(house.outside.count("reload") == 1)
        house.crash()
        house.outside.update { $0.hooks = [:] }
        house.outside.forget()
        try house.pass(.minutes(1))
        #expect(house.outside.count("publish") == 0)
        #expect(house.outside.count("test") == 1 && house.outside.count("reload") == 1)
        #expect(try await house.publications("www.example").first?.state == .serving)
    }

    @Test("three starts without an end stop a crash loop until somebody looks")
    func crashLoop() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        let clock = house.clock
        house.outside.update { $0.hooks["order"] = { try await clock.sleep(.seconds(50)) } }
        try await house.apply(try house.spec("www.example"))
        for _ in 1...3 {
            try house.pass(.seconds(10))
            house.crash()
        }
        #expect(house.outside.count("order") == 3)
        try house.pass(.days(3))
        #expect(house.outside.count("order") == 3)
        #expect(try await house.state("www.example").trouble?.code == "stage.crash-loop")
        #expect(house.outside.notices.contains { $0.title.contains("www.example") })

        house.outside.update { $0.hooks = [:] }
        _ = try await house.desk.renew("www.example", force: false)
        try house.wake()
        #expect(try await house.state("www.example").current == 1)
        #expect(try await house.state("www.example").trouble == nil)
    }

    @Test("an ended runner finishes the step that runs, and the next one goes on from there")
    func stops() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"], steps: ["test", "reload", "proof"])
        let clock = house.clock
        house.outside.update { $0.hooks["switch"] = { try await clock.sleep(.seconds(10)) } }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.seconds(6))
        #expect(house.outside.count("switch") == 1)
        try house.stop()
        #expect(house.outside.shown("web/alpha/www.example") != nil)
        #expect(try await house.ledger.leases().isEmpty)
        try house.pass(.minutes(1))
        #expect(house.outside.count("publish") == 1)
        #expect(try await house.publications("www.example").first?.state == .serving)
        #expect(try await house.events("www.example", "attempt.interrupted").isEmpty)
    }

    @Test("a certificate that is removed while its publication runs does not end the runner")
    func removedMeanwhile() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha"])
        let ledger = house.ledger
        try await house.apply(try house.spec("gone.example"))
        let id = try await house.overview("gone.example").certificate.id
        house.outside.update {
            $0.hooks["switch"] = { _ = try await ledger.commit(Change([.removeCertificate(id)])) }
        }
        try house.pass(.minutes(1))
        house.outside.update { $0.hooks = [:] }
        try await house.apply(try house.spec("www.example"))
        try house.pass(.minutes(2))
        #expect(try await house.held("www.example") == 1)
        #expect(try await house.ledger.leases().isEmpty)
    }

    // MARK: Limits and order

    @Test("one issuer is asked by so many at a time as its limit says, and a target by one")
    func limits() async throws {
        let house = try House()
        house.settings.perIssuer = 3
        try house.addProfile("web", targets: ["alpha"])
        for number in 0..<12 { try await house.apply(try house.spec("site-\(number).example")) }
        try house.pass(.minutes(10))
        let most = house.outside.update { $0.mostAtOnce }
        #expect(most["issuer"] == 3)
        #expect(most["alpha"] == 1)
        for number in 0..<12 { #expect(try await house.held("site-\(number).example") == 1) }
    }

    @Test("an issuer takes as many at a time as its plug-in says: sixty-four, or fewer than the home would let it")
    func concurrency() async throws {
        for (own, home, expected) in [(64, nil, 64), (2, nil, 2), (2, 5, 2), (64, 5, 5)] as [(Int, Int?, Int)] {
            let house = try House()
            house.outside.update { $0.concurrency = own }
            house.settings.perIssuer = home
            let clock = house.clock
            house.outside.update { $0.hooks["order"] = { try await clock.sleep(.seconds(100)) } }
            for number in 0..<80 {
                try await house.apply(try house.spec("site-\(number).example", FlowRules(), profiles: []))
            }
            try house.pass(.minutes(1))
            #expect(house.outside.update { $0.mostAtOnce["issuer"] } == expected)
        }
    }

    @Test("what people ask for is not held up by a catch-up")
    func byHandFirst() async throws {
        let house = try House()
        house.settings.concurrent = 2
        house.settings.concurrentByHand = 1
        let clock = house.clock
        for number in 0..<6 {
            try await house.apply(try house.spec("site-\(number).example", FlowRules(), profiles: []))
        }
        house.outside.update { $0.hooks["order"] = { try await clock.sleep(.seconds(100)) } }
        try house.pass(.seconds(5))
        #expect(house.outside.count("order") == 2)
        let last = try await house.overview("site-5.example").certificate.id
        _ = try await house.desk.renew("site-5.example", force: false)
        try house.wake(.seconds(5))
        #expect(house.outside.count("order") == 3)
        #expect(house.outside.log.contains("order \(last)/none/0"))
    }

    @Test("after downtime what is overdue runs once, least time to its deadline first")
    func catchUp() async throws {
        let house = try House()
        house.settings.concurrent = 1
        for (name, days) in [("long.example", 90), ("short.example", 30), ("middle.example", 60)] {
            house.outside.update { $0.life = .days(Int64(days)) }
            try await house.apply(try house.spec(name, FlowRules(), profiles: []))
            try house.pass(.minutes(1))
        }
        try house.stop()
        house.outside.forget()
        house.outside.update { $0.life = .days(400) }
        house.clock.pass(.days(89))
        try house.pass(.minutes(5))
        var names: [String] = []
        for line in house.outside.log where line.hasPrefix("order") {
            let id = line.split(separator: " ").last?.split(separator: "/").first.flatMap { Int64($0) } ?? 0
            names.append(try await house.ledger.certificate(id)?.name ?? "")
        }
        #expect(names == ["short.example", "middle.example", "long.example"])
    }

    @Test("a breaker keeps work from a target that fails for all, but none whose end is near")
    func breaker() {
        let breakers = Breakers()
        let now = Instant(seconds: 1_800_000_000)
        func claim(_ deadline: Instant) -> Claim {
            Claim(
                work: WorkKey(.publication, 1), fence: Fence(token: 1), until: now, dueAt: now, deadline: deadline,
                group: 7, starts: 1, isManual: false)
        }
        func failure(_ kind: FailureClass, _ retryAfter: Instant? = nil) -> PluginFailure {
            PluginFailure(kind, code: "test", message: "", remedy: "", retryAfter: retryAfter?.date)
        }
        for _ in 1...4 { breakers.failed(7, failure(.transient), at: now) }
        breakers.failed(7, failure(.auth), at: now)
        #expect(breakers.closedOff(claim(now + .days(1)), group: 7, at: now) == nil)
        breakers.failed(7, failure(.transient), at: now)
        #expect(breakers.closedOff(claim(now + .days(1)), group: 7, at: now) == now + .minutes(1))
        #expect(breakers.closedOff(claim(now + .minutes(5)), group: 7, at: now) == nil)
        #expect(breakers.closedOff(claim(now + .days(1)), group: 7, at: now + .minutes(2)) == nil)
        // One that asks for patience is let alone at once; the limit of one name keeps no other away.
        breakers.failed(8, failure(.transient, now + .minutes(4)), at: now)
        breakers.failed(9, failure(.rateLimited, now + .minutes(4)), at: now)
        #expect(breakers.closedOff(claim(now + .days(1)), group: 8, at: now) == now + .minutes(4))
        #expect(breakers.closedOff(claim(now + .days(1)), group: 9, at: now) == nil)
        breakers.succeeded(7)
        #expect(breakers.closedOff(claim(now + .days(1)), group: 7, at: now) == nil)
    }

    @Test("a run until idle does what is due and ends; one by hand does only what was asked for")
    func modes() async throws {
        let house = try House()
        try house.addProfile("web", targets: ["alpha", "beta"], rollout: Rollout(first: 1, then: .count(1)))
        try await house.apply(try house.spec("www.example"), try house.spec("other.example", FlowRules(), profiles: []))
        _ = try await house.desk.renew("other.example", force: false)
        try house.runOnce(.byHand)
        #expect(try await house.state("other.example").current == 1)
        #expect(try await house.state("www.example").current == 0)
        try house.runOnce(.untilIdle)
        #expect(try await house.held("www.example", "web/beta") == 1)
    }

    @Test("an idle runner looks at its clock once a minute, and at nothing else")
    func idle() async throws {
        let house = try House()
        try await house.apply(try house.spec("www.example", FlowRules(), profiles: []))
        try house.pass(.minutes(1))
        let before = house.jobs
        try house.pass(.hours(1))
        #expect(house.jobs - before < 60 * 20)
    }
}
