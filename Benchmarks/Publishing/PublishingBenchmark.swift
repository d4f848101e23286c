import ArgumentParser
import FilesystemPublisher
import Foundation
import PluginKit

/// How fast files are published, as a share of what the disk does at most for the same syncs.
struct PublishingBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publishing", abstract: "Publications of 3 files against a bare loop of the same syncs.")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "How often each is done, in turns; the median counts.") var rounds = 300

    func run() async throws {
        try await scratch.withDirectory { directory in
            Report.heading("Publications of 3 files, layout versioned")
            let backend = FilesystemPublisher.backend()
            let publisher = try await backend.make(Options(), .measured)
            let bare = try BarePublication(in: "\(directory)/bare")
            let target = "\(directory)/target"
            _ = try await publisher.publish(delivery(0, to: target), NoJournal())
            var bareTimes: [Duration] = []
            var times: [Duration] = []
            var processor: [Duration] = []
            for round in 1...rounds {
                bareTimes.append(try bare.publish(round))
                let delivery = delivery(round, to: target)
                let cost = try await measure { try await publisher.publish(delivery, NoJournal()) }.cost
                times.append(cost.wall)
                processor.append(cost.processor)
            }
            await backend.close()
            guard let bareTime = bareTimes.median, let time = times.median, let processor = processor.median else {
                return
            }
            let share = bareTime / time
            Report.line(
                "share of the bare loop's rate", Report.percent(share), asked: "60 %", isMet: share >= 0.6,
                note: "\(Report.milliseconds(time)) (CPU \(Report.milliseconds(processor))), "
                    + "bare \(Report.milliseconds(bareTime))")
        }
    }

    private func delivery(_ number: Int, to directory: String) -> Delivery {
        let contents: [Artifact.Content] = [.fullchain, .chain, .privateKey]
        let files = zip(BarePublication.sizes, contents)
        let artifacts = files.map { file, content in
            Artifact(
                content: content, digest: Data("\(number) \(file.0)".utf8),
                bytes: Secret([UInt8](repeating: 65, count: file.1)))
        }
        let facts = VersionFacts(
            certificate: "www.example.com", number: number, subjects: ["www.example.com"],
            fingerprint: Fingerprint(sha256: Data(repeating: UInt8(truncatingIfNeeded: number), count: 32)),
            serial: "0\(number)", notBefore: Date(timeIntervalSince1970: 1_800_000_000 + Double(number)),
            notAfter: Date(timeIntervalSince1970: 1_900_000_000))
        let options = Options([
            "directory": .text(directory), "layout": .text("versioned"), "keep": .integer(rounds + 1),
            "files": .list(
                files.enumerated().map { index, file in
                    .group(Options(["name": .text(file.0.0), "content": .artifact(index, file.1)]))
                }),
        ])
        return Delivery(
            id: String(format: "%032x", number), version: facts, target: "here", options: options,
            artifacts: artifacts, deadline: .distantFuture)
    }
}

/// The ledger's part is measured elsewhere.
struct NoJournal: Journal {
    func record(_ step: Step, _ handle: Handle) async throws {}
    func note(_ text: String) {}
}

struct NoState: PluginState {
    func value(_ key: String) async throws -> Secret? { nil }
    func store(_ new: Secret, _ key: String, replacing: Data?) async throws -> Bool { false }
}

extension PluginContext {
    /// What a publisher that is measured alone is made with.
    static var measured: PluginContext {
        PluginContext(state: NoState(), clock: MachineClock(), entropy: { [UInt8](repeating: 0, count: $0) })
    }
}
