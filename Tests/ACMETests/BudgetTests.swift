import Automation
import Foundation
import PluginKit
import Testing

@testable import ACME

@Suite("Budgets below a CA's limits")
struct BudgetTests {
    private static let kept: [String: Options.Value] = ["budgets": .text("lets-encrypt")]

    @Test("exactly the same names are certified four times in seven days, over restarts")
    func exactSet() async throws {
        let bench = Bench(Self.kept)
        for number in 0..<4 {
            _ = try await bench.issue(Ask("a.example.com", id: "\(number)"), by: bench.restarted())
            bench.clock.advance(86_400)
        }
        let failure = await expect(.rateLimited, "acme.budget") {
            try await bench.issue(Ask("a.example.com", id: "5"), by: bench.restarted())
        }
        let rest = try #require(failure?.retryAfter?.timeIntervalSince(bench.clock.now))
        #expect((2.9 * 86_400...3.1 * 86_400).contains(rest))
        _ = try await bench.issue(Ask("b.example.com", id: "6"), by: bench.restarted())
        bench.clock.advance(rest + 60)
        _ = try await bench.issue(Ask("a.example.com", id: "7"), by: bench.restarted())
    }

    @Test("one write of the state for each order, none where no budget is kept")
    func writes() async throws {
        let bench = Bench(Self.kept)
        _ = try await bench.issue(Ask("a.example.com"))
        let stores = bench.state.stores
        _ = try await bench.issue(Ask("a.example.com", id: "2"))
        #expect(bench.state.stores == stores + 1)
        let other = Bench()
        _ = try await other.issue(Ask("a.example.com"))
        #expect(other.state.stores == 2, "the account's key and URL")
        #expect(
            try ACMESettings(
                Options(["directory": .text("https://acme-v02.api.letsencrypt.org/directory")]), isRehearsal: false
            ).keepsBudgets)
    }

    @Test("a name whose validation failed four times within an hour is left alone")
    func failures() async throws {
        let bench = Bench(Self.kept)
        await bench.authority.set { $0.invalid = ["a.example.com": ["type": Problem.prefix + "dns", "detail": "no"]] }
        for number in 0..<4 {
            await expect(.transient, "acme.validation-failed") {
                try await bench.issue(Ask("a.example.com", id: "\(number)"))
            }
        }
        await expect(.rateLimited, "acme.budget") { try await bench.issue(Ask("a.example.com", id: "5")) }
        bench.clock.advance(3601)
        await expect(.transient, "acme.validation-failed") { try await bench.issue(Ask("a.example.com", id: "6")) }
    }

    @Test("renewals that name their predecessor count for nothing")
    func replacements() throws {
        var record = BudgetRecord()
        let names: Set<Subject> = [.dns("a.example.com")]
        record.sets[BudgetRecord.digest(names)] = [1, 2, 3, 4]
        record.orders[0] = 300
        record.domains["example.com"] = [0: 50]
        #expect(record.obstacle(names, isReplacement: true, now: 100) == nil)
        #expect(record.obstacle(names, isReplacement: false, now: 100) != nil)
    }

    @Test("orders, sets and registered domains each have their limit")
    func limits() throws {
        let names: Set<Subject> = [.dns("a.example.com")]
        var orders = BudgetRecord()
        orders.orders = [0: 269]
        #expect(orders.obstacle(names, isReplacement: false, now: 100) == nil)
        orders.orders = [0: 270]
        #expect(orders.obstacle(names, isReplacement: false, now: 100)?.until == Date(timeIntervalSince1970: 11_100))
        var domains = BudgetRecord()
        domains.domains = ["example.com": [0: 45]]
        #expect(domains.obstacle(names, isReplacement: false, now: 100) != nil)
        #expect(domains.obstacle([.dns("example.org")], isReplacement: false, now: 100) == nil)
        #expect(domains.obstacle([.dns("*.x.example.com")], isReplacement: false, now: 8 * 86_400) == nil)
        domains.forget(8 * 86_400)
        #expect(domains == BudgetRecord())
    }

    @Test("a count that can't be read is begun anew")
    func damaged() async throws {
        let bench = Bench(Self.kept)
        _ = try await bench.issue(Ask("a.example.com"))
        for name in bench.state.names where name.hasPrefix("budget") { bench.state.set(name, "junk") }
        _ = try await bench.issue(Ask("a.example.com", id: "2"), by: bench.restarted())
    }
}
