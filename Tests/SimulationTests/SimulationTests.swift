import Foundation
import SimulationKit
import Storage
import Testing

@Suite("the real runner through a year of trouble")
struct SimulationTests {
    /// One seed through the in-memory ledger.
    static func run(_ seed: UInt64, scale: Scenario.Scale = .year, count: Int = 50) async throws -> Simulation.Report {
        let key = try #require(Secret32(Array(repeating: 1, count: 32)))
        let ledger = MemoryLedger(auditKey: key, chain: "chain-0")
        return try await Simulation(Scenario(seed: seed, scale: scale, count: count)).run { chain in
            ledger.reopen(auditKey: key, chain: chain)
            return ledger
        }
    }

    @Test("a seed replays exactly")
    func replays() async throws {
        let first = try await Self.run(7, count: 10)
        let second = try await Self.run(7, count: 10)
        #expect(first.trace == second.trace && first.jobs == second.jobs)
        #expect(first.renewals > 10)
    }

    @Test("a year of fifty certificates ends without a violation", arguments: seeds(.year))
    func year(seed: UInt64) async throws { try await hold(seed, .year) }

    @Test("a day of ten-minute lives ends without a violation", arguments: seeds(.day))
    func day(seed: UInt64) async throws { try await hold(seed, .day) }

    private func hold(_ seed: UInt64, _ scale: Scenario.Scale) async throws {
        let report = try await Self.run(seed, scale: scale)
        #expect(report.renewals > 50)
        #expect(report.violations.isEmpty, "replay with SIMULATION_SEEDS=\(seed)-\(seed)")
    }

    /// 160 years and 40 days, or those of SIMULATION_SEEDS ("7-7").
    private static func seeds(_ scale: Scenario.Scale) -> ClosedRange<UInt64> {
        let named = ProcessInfo.processInfo.environment["SIMULATION_SEEDS"]?.split(separator: "-").compactMap { UInt64($0) }
        if let named, let first = named.first, let last = named.last, first <= last { return first...last }
        return scale == .year ? 1...160 : 1...40
    }
}
