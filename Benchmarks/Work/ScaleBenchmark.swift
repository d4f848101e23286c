import ArgumentParser
import Foundation
import Runner

/// Whether a certificate takes longer among many than among few.
struct ScaleBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "Time per certificate in a small and in a large home, all due at once.")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "Certificates in the small home.") var few = 1000
    @Option(help: "Certificates in the large home.") var many = 100_000

    func run() async throws {
        try await scratch.withDirectory { directory in
            Report.heading("Time per certificate, all due at once")
            // The small homes before and after the large one: a machine that others use as well is not the same for long.
            var small = try await issue(few, in: directory)
            let large = try await issue(many, in: directory)
            small = (small + (try await issue(few, in: directory))) / 2
            line("issued, of \(Report.grouped(Double(few)))", small)
            line("issued, of \(Report.grouped(Double(many)))", large, few: small)
        }
    }

    private func line(_ name: String, _ cost: Cost, few: Cost? = nil) {
        Report.line(
            name, Report.microseconds(cost.wall), note: "CPU \(Report.microseconds(cost.processor))")
        guard let few else { return }
        let (wall, processor) = (cost.wall / few.wall, cost.processor / few.processor)
        Report.line(
            "  as a share of the small one", Report.percent(wall), asked: "130 %", isMet: wall <= 1.3,
            note: "CPU \(Report.percent(processor))")
    }

    /// First versions of all of them.
    private func issue(_ count: Int, in directory: String) async throws -> Cost {
        let home = try await WorkingHome(in: directory, name: "scale-\(UUID().uuidString)")
        try await home.add(0..<count, published: false)
        let cost = try await measure { try await home.runner.run(.untilIdle) }.cost
        guard home.notes.count(.stored) == count else {
            throw ValidationError("only \(home.notes.count(.stored)) of \(count) were issued")
        }
        await home.close()
        return cost / count
    }
}
