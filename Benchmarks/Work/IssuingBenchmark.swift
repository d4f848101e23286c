import ArgumentParser
import Foundation
import Runner

/// How many certificates the local authority brings about: key, signing request, signature, checks, storing.
struct IssuingBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issuing", abstract: "The local authority from key to stored version, by the runner.")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "Certificates per round, P-256.") var count = 3000
    @Option(help: "How often; the median counts.") var rounds = 3

    func run() async throws {
        try await scratch.withDirectory { directory in
            Report.heading("Local authority: key, request, signature, checks, storing")
            let home = try await WorkingHome(in: directory, name: "issuing")
            var costs: [Cost] = []
            var bare: [Duration] = []
            for round in 0..<rounds {
                bare.append(try RawDatabase.bareCommits(200, in: directory))
                try await home.add(round * count..<(round + 1) * count, published: false)
                costs.append(try await measure { try await home.runner.run(.untilIdle) }.cost / count)
            }
            guard home.notes.count(.stored) == rounds * count else {
                throw ValidationError("only \(home.notes.count(.stored)) of \(rounds * count) were issued")
            }
            await home.close()
            guard let wall = costs.map(\.wall).median, let processor = costs.map(\.processor).median,
                let bare = bare.median
            else { return }
            Report.line(
                "certificates", "\(Report.grouped(1 / wall.seconds))/s", asked: "800/s", isMet: wall.seconds <= 1 / 800,
                note: "CPU \(Report.microseconds(processor)) each; a bare commit \(Report.microseconds(bare))")
        }
    }
}
