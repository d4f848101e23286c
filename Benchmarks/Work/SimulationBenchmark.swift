import ArgumentParser
import Foundation
import SimulationKit

/// The real runner through years of trouble, with more seeds than the tests have time for.
struct SimulationBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulation", abstract: "2,000 seeds of the simulation: years, and days of short lives.")

    @Option(help: "Seeds; every fifth is a day of ten-minute lives.") var seeds = 2000
    @Option(help: "The first seed.") var first: UInt64 = 1

    func run() async throws {
        Report.heading("Simulation")
        let (outcomes, cost) = try await measure { try await runAll() }
        let wrong = outcomes.filter { !$0.violations.isEmpty }
        Report.line(
            "seeds, with a violation among them", "\(outcomes.count), \(wrong.count)", asked: "2,000, 0",
            isMet: outcomes.count >= 2000 && wrong.isEmpty,
            note: "\(Report.grouped(Double(outcomes.reduce(0) { $0 + $1.renewals }))) renewals, CPU "
                + Report.seconds(cost.processor))
        for outcome in wrong.prefix(20) {
            print("  seed \(outcome.seed): \(outcome.violations.prefix(3).joined(separator: "; "))")
            print("    replay: \(Self.trial(outcome.seed).command)")
        }
        guard wrong.isEmpty else { throw ExitCode.failure }
    }

    /// As many at a time as there are cores.
    private func runAll() async throws -> [Simulation.Report] {
        try await withThrowingTaskGroup(of: Simulation.Report.self) { group in
            var reports: [Simulation.Report] = []
            var next = first
            let end = first + UInt64(max(0, seeds))
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount where next < end {
                group.addTask { [next] in try await Self.run(next) }
                next += 1
            }
            while let report = try await group.next() {
                reports.append(report)
                guard next < end else { continue }
                group.addTask { [next] in try await Self.run(next) }
                next += 1
            }
            return reports.sorted { $0.seed < $1.seed }
        }
    }

    private static func run(_ seed: UInt64) async throws -> Simulation.Report { try await trial(seed).run() }

    private static func trial(_ seed: UInt64) -> Trial { Trial(seed, seed.isMultiple(of: 5) ? .day : .year) }
}
