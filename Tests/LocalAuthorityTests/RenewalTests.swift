import Automation
import Certificates
import Foundation
import LocalAuthority
import PluginKit
import Testing

@Suite struct RenewalTests {
    private static let year: Int64 = 365 * 86_400

    private func bench(_ changes: [String: Options.Value] = [:]) async throws -> Bench {
        let bench = Bench(
            [
                "rootLifetime": .duration(.seconds(10 * Self.year)),
                "intermediateLifetime": .duration(.seconds(Self.year)),
                "lifetime": .duration(.seconds(90 * 86_400)),
            ]
            .merging(changes) { $1 })
        try await bench.create()
        return bench
    }

    private func intermediate(_ bench: Bench) async throws -> SignedCertificate {
        try SignedCertificate(der: #require(await LocalAuthority.certificates(bench.context).first))
    }

    @Test("the intermediate is renewed when it would cut certificates short, and no sooner")
    func renews() async throws {
        let bench = try await bench()
        let first = try await intermediate(bench)
        bench.clock.set(first.notAfter - .days(90))
        let last = try await bench.issue(Order("a.example.com", id: "1")).chain
        #expect(last.issuers == [first] && last.leaf.notAfter - last.leaf.notBefore == .days(90))
        bench.clock.advance(.seconds(1))
        let next = try await bench.issue(Order("a.example.com", id: "2")).chain
        #expect(next.issuers != [first])
        #expect(next.leaf.notAfter - next.leaf.notBefore == .days(90))
        #expect(next.issuers.first?.notAfter == bench.now + .days(365))
        #expect(next.issuers.first?.subject == first.subject)
        let root = try SignedCertificate(der: #require(await LocalAuthority.certificates(bench.context).last))
        for chain in [last, next] {
            try chain.verify(
                key: chain.leaf.publicKey, subjects: chain.leaf.subjects, at: bench.now, roots: [root])
        }
    }

    @Test("many orders renew it once")
    func renewsOnce() async throws {
        let bench = try await bench()
        bench.clock.set(try await intermediate(bench).notAfter - .days(10))
        let before = bench.state.stores
        var issuers: Set<SignedCertificate> = []
        for number in 0..<10 {
            issuers.formUnion(try await bench.issue(Order("a.example.com", id: "\(number)")).chain.issuers)
        }
        #expect(issuers.count == 1)
        #expect(bench.state.stores == before + 1)
    }

    @Test("of two that renew at once one wins, and both go on with its intermediate")
    func survivesRivals() async throws {
        let bench = try await bench()
        bench.clock.set(try await intermediate(bench).notAfter - .days(10))
        let rival = try Order("rival.example.com", id: "rival")
        bench.state.beforeNextStore { _ in _ = try await bench.issue(rival) }
        let issued = try await bench.issue(Order("a.example.com"))
        #expect(try await intermediate(bench) == issued.chain.issuers.first)
        #expect(try KeyedCertificate.list(reading: Secret(#require(bench.state.bytes("intermediates")))).count == 2)
    }

    @Test("a crash in the renewal leaves the old intermediate or the new one", arguments: [false, true])
    func survivesCrashes(takesEffect: Bool) async throws {
        let bench = try await bench()
        let old = try await intermediate(bench)
        bench.clock.set(old.notAfter - .days(10))
        bench.state.crash(atStore: 1, takesEffect: takesEffect)
        let order = try Order("a.example.com")
        await #expect(throws: MemoryState.Crash.self) { try await bench.issue(order) }
        #expect(bench.journal.entries.isEmpty)
        bench.state.stopCrashing()
        #expect((try await intermediate(bench) == old) == !takesEffect)
        let issued = try await bench.issue(order)
        #expect(issued.chain.issuers != [old])
        #expect(try KeyedCertificate.list(reading: Secret(#require(bench.state.bytes("intermediates")))).count == 2)
    }

    @Test("without a later end from the root there is no renewal, and certificates end with the intermediate")
    func stopsAtRoot() async throws {
        let bench = try await bench(["rootLifetime": .duration(.seconds(Self.year))])
        let only = try await intermediate(bench)
        bench.clock.set(only.notAfter - .days(5))
        let stores = bench.state.stores
        let issued = try await bench.issue(Order("a.example.com"))
        #expect(issued.chain.issuers == [only] && issued.chain.leaf.notAfter == only.notAfter)
        #expect(bench.state.stores == stores)
        #expect(try await bench.issuer().expires() == only.notAfter.date)
    }

    @Test("with the root's key taken away the intermediate signs to its end")
    func worksWithoutRoot() async throws {
        let bench = try await bench()
        let only = try await intermediate(bench)
        bench.state.set("root", nil)
        bench.clock.set(only.notAfter - .days(5))
        let issued = try await bench.issue(Order("a.example.com"))
        #expect(issued.chain.leaf.notAfter == only.notAfter)
        #expect(try await bench.issuer().expires() == only.notAfter.date)
        #expect(try await bench.issuer().check().findings.contains { $0.weight == .warning })
    }

    @Test("a lifetime longer than an intermediate's does not make a new one for each order")
    func longLifetimes() async throws {
        let bench = try await bench(["lifetime": .duration(.seconds(3 * Self.year))])
        var issuers: Set<SignedCertificate> = []
        for number in 0..<365 {
            bench.clock.advance(.days(1))
            issuers.formUnion(try await bench.issue(Order("a.example.com", id: "\(number)")).chain.issuers)
        }
        #expect((9...11).contains(issuers.count), "\(issuers.count)")
        #expect(try KeyedCertificate.list(reading: Secret(#require(bench.state.bytes("intermediates")))).count <= 8)
    }

    @Test("other name constraints bring a new intermediate, another order of the same names does not")
    func followsConstraints() async throws {
        let bench = try await bench()
        let plain = try await intermediate(bench)
        let rules: (String...) -> [String: Options.Value] = { names in
            ["permittedNames": .list(names.map { .text($0) }), "nameConstraints": .flag(true)]
        }
        let limited = bench.with(rules("example.com", "10.0.0.0/8"))
        let first = try await limited.issue(Order("a.example.com", id: "1")).chain.issuers
        #expect(first != [plain])
        let reordered = bench.with(rules("10.0.0.0/8", "example.com"))
        #expect(try await reordered.issue(Order("a.example.com", id: "2")).chain.issuers == first)
        let wider = bench.with(rules("example.com", "example.org", "10.0.0.0/8"))
        let second = try await wider.issue(Order("a.example.org", id: "3")).chain
        #expect(second.issuers != first)
        try second.verify(key: second.leaf.publicKey, subjects: second.leaf.subjects, at: bench.now)
        #expect(try await bench.issue(Order("x.example.net", id: "4")).chain.issuers != second.issuers)
    }

    // MARK: Warnings

    private func warnings(_ bench: Bench) async throws -> [String] {
        try await bench.issuer().check().findings.filter { $0.weight == .warning }.map(\.message)
    }

    @Test("check warns from a tenth of the root's life on, not of an intermediate that will be renewed")
    func warnsOfRoot() async throws {
        let bench = try await bench()
        let root = try SignedCertificate(der: #require(await LocalAuthority.certificates(bench.context).last))
        #expect(try await warnings(bench) == [])
        let findings = try await bench.issuer().check().findings
        #expect(findings.count == 2 && findings.allSatisfy { $0.weight == .fact })
        #expect(findings.contains { $0.message.contains(root.fingerprint.description) })
        bench.clock.set(try await intermediate(bench).notAfter - .days(2))
        #expect(try await warnings(bench) == [])
        let tenth = (root.notAfter - root.notBefore) / 10
        bench.clock.set(root.notAfter - tenth)
        _ = try await bench.issue(Order("a.example.com"))
        #expect(try await warnings(bench) == [])
        bench.clock.advance(.seconds(1))
        let warned = try await warnings(bench)
        #expect(warned.count == 1 && warned[0].contains("root"))
    }

    @Test("check warns sooner where certificates live longer than a tenth of the root's life")
    func warnsByLifetime() async throws {
        let bench = try await bench([
            "lifetime": .duration(.seconds(2 * Self.year)), "intermediateLifetime": .duration(.seconds(5 * Self.year)),
        ])
        let root = try SignedCertificate(der: #require(await LocalAuthority.certificates(bench.context).last))
        bench.clock.set(root.notAfter - .days(2 * 365) - .hours(1))
        _ = try await bench.issue(Order("a.example.com"))
        #expect(try await warnings(bench) == [])
        bench.clock.advance(.hours(2))
        #expect(try await warnings(bench).count == 2, "root and intermediate end together")
    }

    @Test("check says that certificates can't live longer than an intermediate does")
    func warnsOfLongLifetimes() async throws {
        let bench = try await bench(["lifetime": .duration(.seconds(2 * Self.year))])
        #expect(try await warnings(bench).contains { $0.contains("730d") || $0.contains("2y") })
    }

    @Test("an ended authority is a problem with a remedy")
    func reportsEnd() async throws {
        let bench = try await bench(["rootLifetime": .duration(.seconds(Self.year))])
        bench.clock.advance(.days(366))
        let report = try await bench.issuer().check()
        #expect(report.hasProblem)
        #expect(report.findings.filter { $0.weight == .problem }.allSatisfy { $0.remedy?.isEmpty == false })
    }

    @Test("the end that is told is that of what signs next")
    func tellsEnd() async throws {
        let bench = try await bench()
        let first = try await intermediate(bench)
        #expect(try await bench.issuer().expires() == first.notAfter.date)
        bench.clock.set(first.notAfter - .days(10))
        let told = try #require(try await bench.issuer().expires())
        #expect(told == (bench.now + .days(365)).date)
        #expect(try await bench.issue(Order("a.example.com")).chain.issuers.first?.notAfter.date == told)
    }
}
