import ArgumentParser

/// What certflow promises to be able to do, measured: `make bench` runs all of it, README.md keeps the figures.
@main
struct CertflowBenchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "CertflowBenchmarks", abstract: "Measures certflow.",
        subcommands: [ClaimsBenchmark.self, PlanningBenchmark.self, MemoryBenchmark.self])
}
