import ArgumentParser
import Foundation

/// What certflow promises to be able to do, measured: `make bench` runs all of it, README.md keeps the figures.
@main
struct CertflowBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "CertflowBenchmarks", abstract: "Measures certflow; without a subcommand, everything.",
        subcommands: benchmarks)

    private static let benchmarks: [any ParsableCommand.Type] = [
        PlanningBenchmark.self, ClaimsBenchmark.self, IssuingBenchmark.self, PublishingBenchmark.self,
        PushingBenchmark.self, SFTPBenchmark.self, TargetsBenchmark.self, RenewalBenchmark.self, ScaleBenchmark.self,
        WatchBenchmark.self, ListingBenchmark.self, ServingBenchmark.self,
        ClientsBenchmark.self, SimulationBenchmark.self,
    ]

    @OptionGroup var scratch: ScratchOptions

    /// Each in a process of its own: none finds the memory and caches of another.
    func run() async throws {
        print(Machine.description(of: scratch.directory))
        var failed: [String] = []
        for benchmark in Self.benchmarks {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            let writes = benchmark != SimulationBenchmark.self
            process.arguments = [benchmark._commandName] + (writes ? ["--directory", scratch.directory] : [])
            try process.run()
            process.waitUntilExit()
            if process.terminationStatus != 0 { failed.append(benchmark._commandName) }
        }
        guard failed.isEmpty else { throw ValidationError("ended with an error: \(failed.joined(separator: ", "))") }
    }
}
