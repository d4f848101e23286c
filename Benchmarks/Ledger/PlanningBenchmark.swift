import ArgumentParser
import Automation
import Foundation
import Storage
import StorageSQLite

/// How long it takes to plan all renewals anew.
struct PlanningBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "planning", abstract: "Plan every renewal anew: read, plan, write.")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "Flows in the ledger.") var flows = 1_000_000

    func run() async throws {
        try await scratch.withDirectory { directory in
            let database = FlowDatabase(in: directory, flows: flows)
            try await database.make()
            Report.heading("Planning anew, \(Report.grouped(Double(flows))) flows")
            let ledger = try database.open(chain: "benchmark")
            try await pure(ledger)
            let walked = try await measure { try await ReplanWalk(ledger: ledger).run(at: FlowDatabase.now) }
            Report.line(
                "read, planned, all written", Report.seconds(walked.cost.wall), asked: "12 s",
                isMet: walked.cost.wall < .seconds(12),
                note: "CPU \(Report.seconds(walked.cost.processor)); \(walked.result.moved) moved")
            let again = try await measure { try await ReplanWalk(ledger: ledger).run(at: FlowDatabase.now) }
            Report.line(
                "read, planned, nothing to write", Report.seconds(again.cost.wall),
                note: "CPU \(Report.seconds(again.cost.processor)); \(again.result.moved) moved")
            await ledger.close()
        }
    }

    /// The planner alone, over rows that are in memory.
    private func pure(_ ledger: SQLiteLedger) async throws {
        var (last, planned, reading): (Int64, Duration, Cost) = (0, .zero, Cost(wall: .zero, processor: .zero))
        while true {
            let page = try await measure { try await ledger.planningRows(after: last, limit: 10_000) }
            reading = reading + page.cost
            guard let end = page.result.last else { break }
            last = end.certificate
            let planning = await measure {
                var runs = 0
                for row in page.result {
                    guard let situation = row.situation else { continue }
                    if RenewalPlanner(row.rules).plan(situation, now: FlowDatabase.now) != nil { runs += 1 }
                }
                return runs
            }
            planned += planning.cost.processor
        }
        Report.line("read", Report.seconds(reading.wall), note: "CPU \(Report.seconds(reading.processor))")
        Report.line(
            "planned, CPU on one core", Report.seconds(planned), asked: "1.5 s", isMet: planned < .milliseconds(1500))
    }
}
