import ArgumentParser
import Foundation
import SimulationKit

/// Runs seeds of the simulation: one that failed again, or many.
@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Runs the real runner through a year, or a day, of trouble.")

    @Argument(help: "year (lives from 160 hours) or day (lives from 10 minutes).")
    var scale: Scenario.Scale

    @Argument(help: "A seed, or a range of them: 7, 1-160.")
    var seeds: SeedRange

    @Option(help: "How many certificates (50 in a year, 20 in a day).")
    var certificates: Int?

    @Option(help: "memory or sqlite.")
    var engine = Trial.Engine.memory

    @Flag(help: "Tell everything that happens.")
    var narrate = false

    func run() async throws {
        let tell: (@Sendable (String) -> Void)? = narrate ? { @Sendable line in Self.say(line) } : nil
        var failed = 0
        for seed in seeds.range {
            let trial = Trial(seed, scale, count: certificates, on: engine)
            let report = try await trial.run(narrate: tell)
            Self.say(
                "\(trial): \(report.renewals) renewals, \(report.publications) publications, \(report.jobs) jobs, "
                    + "trace \(String(report.trace, radix: 16)), \(report.excusedExpiries) expiries excused, "
                    + "\(report.violations.count) violations")
            for violation in report.violations { Self.say("  \(violation)") }
            if !report.violations.isEmpty {
                failed += 1
                Self.say("  replay: \(trial.command)")
            }
        }
        guard failed == 0 else { throw ExitCode(1) }
    }

    /// A line at once, also into a pipe.
    private static func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
}

/// "7" or "1-160".
struct SeedRange: ExpressibleByArgument {
    let range: ClosedRange<UInt64>

    init?(argument: String) {
        let ends = argument.split(separator: "-").compactMap { UInt64($0) }
        guard let first = ends.first, let last = ends.last, first <= last, ends.count <= 2 else { return nil }
        range = first...last
    }
}

extension Scenario.Scale: ExpressibleByArgument {}
extension Trial.Engine: ExpressibleByArgument {}
