import Automation
import Foundation
import Runner
import SimulationKit
import Storage
import Testing

@testable import Server

@Suite("the register keeps up")
struct RegisterFreshnessTests {
    @Test("what was committed before a look is seen by it: new, changed, renamed and removed certificates")
    func readsItsWrites() async throws {
        let house = try ListingHouse()
        #expect(try await house.list().all == 0)
        let id = try await house.add(.init("a.example.com"))
        try await house.add(.init("b.example.com"))
        #expect(try await house.names([("sort", "name")]) == ["a.example.com", "b.example.com"])
        try await house.change("a.example.com") { $0.issuer = "other" }
        #expect(try await house.names([("issuer", "other")]) == ["a.example.com"])
        var record = try #require(try await house.ledger.certificate(id))
        record.name = "c.example.com"
        try await house.commit([.changeCertificate(record)], "a.example.com")
        #expect(try await house.names([("sort", "name")]) == ["b.example.com", "c.example.com"])
        try await house.commit([.removeCertificate(id)], "c.example.com", "certificate.removed")
        #expect(try await house.names() == ["b.example.com"])
    }

    @Test("a changed profile shows at once on every certificate that names it")
    func profileChanges() async throws {
        let house = try ListingHouse()
        try await house.add(.init("a.example.com"))
        #expect(try await house.row("a.example.com").marks.serving.words == "2 of 2")
        try house.addProfile("web", targets: ["alpha"])
        #expect(try await house.row("a.example.com").marks.serving.words == "1 of 1")
        #expect(house.register.targets(TargetQuery(), at: ListingHouse.now).counts == [.serving: 1, .unmanaged: 1])
    }

    @Test("what is being done shows while it is done, and no longer")
    func activities() async throws {
        let house = try ListingHouse()
        let id = try await house.add(.init("a.example.com"))
        let work = WorkKey(.renewal, id)
        try await house.commit([.schedule(DueRecord(work, at: ListingHouse.now))], "a.example.com")
        let claims = try await house.ledger.claim(
            ClaimRequest(
                limit: 1, now: ListingHouse.now, leaseUntil: ListingHouse.now + .minutes(5), owner: "runner"))
        #expect(try await house.row("a.example.com").marks.renewed.kind == .running)
        #expect(try await house.names([("renewed", "running")]) == ["a.example.com"])
        let fence = try #require(claims.first?.fence)
        _ = try await house.ledger.commit(Change(release: .init(work, next: nil)), under: fence)
        #expect(try await house.row("a.example.com").marks.renewed.kind == .done)
    }

    @Test("a pause that ends by itself is over in the list when its time has come")
    func pauseEnds() async throws {
        let house = try ListingHouse()
        var plan = ListingHouse.Plan("a.example.com")
        plan.pause = Pause(by: "anna", reason: "", since: ListingHouse.now, until: ListingHouse.now + .hours(1))
        let id = try await house.add(plan)
        #expect(try await house.row("a.example.com").marks.renewed.kind == .held)
        let later = ListingHouse.now + .hours(2)
        try await house.register.freshen(at: later)
        #expect(house.register.row(id, at: later)?.marks.renewed.kind == .done)
    }

    @Test("many who look at once each see what was committed before their look")
    func together() async throws {
        let house = try ListingHouse()
        try await house.register.freshen(at: ListingHouse.now)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let id = try await house.add(.init("n\(number).example.com"))
                    try await house.register.freshen(at: ListingHouse.now)
                    return house.register.row(id, at: ListingHouse.now) != nil
                }
            }
            for try await isSeen in group { #expect(isSeen) }
        }
        #expect(house.register.count == 40)
    }

    @Test("after any changes the register says what one says that is built anew", arguments: UInt64(1)...4)
    func equalsOneBuiltAnew(seed: UInt64) async throws {
        let house = try ListingHouse()
        var random = SeededRandom(seed: seed)
        var names: [String] = []
        var made = 0
        for round in 0..<12 {
            // Enough of them in the first round that blocks are split later on.
            for _ in 0..<(round == 0 ? 400 : Int.random(in: 0...150, using: &random)) {
                made += 1
                let plan = randomPlan("n\(made)-\(Int.random(in: 0...9, using: &random)).example.com", &random)
                try await house.add(plan)
                names.append(plan.name)
            }
            for _ in 0..<20 { try await disturb(house, &names, &random) }
            try await house.register.freshen(at: ListingHouse.now)
        }
        let anew = CertificateRegister(ledger: house.ledger, profiles: { [shelf = house.shelf] in shelf.set })
        try await anew.freshen(at: ListingHouse.now)
        #expect(house.register.count == names.count)
        for sort in ["attention", "name", "last"] {
            let query = ListQuery.read([("sort", sort), ("size", "500"), ("page", "2")]).query
            let (kept, fresh) = (
                house.register.list(query, at: ListingHouse.now), anew.list(query, at: ListingHouse.now)
            )
            #expect(kept.rows == fresh.rows)
            #expect(kept.counts == fresh.counts && kept.total == fresh.total)
        }
        var query = TargetQuery()
        query.size = 500
        #expect(
            house.register.targets(query, at: ListingHouse.now).rows == anew.targets(query, at: ListingHouse.now).rows)
        #expect(
            house.register.csv(ListQuery(), at: ListingHouse.now).joined()
                == anew.csv(ListQuery(), at: ListingHouse.now).joined())
        let search = ListQuery.read([("q", "broke 7"), ("size", "500")]).query
        #expect(house.register.list(search, at: ListingHouse.now).rows == anew.list(search, at: ListingHouse.now).rows)
    }

    private func randomPlan(_ name: String, _ random: inout SeededRandom) -> ListingHouse.Plan {
        var plan = ListingHouse.Plan(name)
        plan.targets = Array(["alpha", "beta", "gone"].prefix(Int.random(in: 0...3, using: &random)))
        plan.age = Int64.random(in: 0...95, using: &random)
        plan.version = Int.random(in: 0...3, using: &random)
        plan.labels = ["team": "t\(Int.random(in: 0...4, using: &random))"]
        if Int.random(in: 0...5, using: &random) == 0, plan.version > 1 { plan.held = ["alpha": 1] }
        if Int.random(in: 0...5, using: &random) == 0 {
            plan.trouble = ListingHouse.trouble("It broke", needsPerson: Bool.random(using: &random))
        }
        return plan
    }

    private func disturb(
        _ house: ListingHouse, _ names: inout [String], _ random: inout SeededRandom
    ) async throws {
        let index = Int.random(in: 0..<names.count, using: &random)
        let name = names[index]
        let record = try #require(try await house.ledger.certificate(named: name))
        switch Int.random(in: 0...4, using: &random) {
        case 0:
            try await house.commit([.removeCertificate(record.id)], name)
            names.remove(at: index)
        case 1:
            try await house.change(name) { $0.subjects += [.dns("extra-\(name)")] }
        case 2:
            try await house.change(name) {
                $0.pause = Pause(by: "anna", reason: "why", since: ListingHouse.now, until: nil)
            }
        case 3:
            let overview = try #require(try await house.ledger.overview(record.id))
            var state = overview.state
            state.trouble = state.trouble == nil ? ListingHouse.trouble("It broke again \(name)") : nil
            try await house.commit([.putRenewal(state)], name)
        default:
            guard var placement = try await house.ledger.placements(of: record.id).first else { return }
            placement.trouble = ListingHouse.trouble("It broke there", needsPerson: true)
            placement.proof = ProofRecord(outcome: .different, at: ListingHouse.now)
            try await house.commit([.putPlacement(placement)], name)
        }
    }
}
