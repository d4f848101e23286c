import ArgumentParser
import Foundation
import Runner

/// How long one renewal takes with its publication while nothing else is done.
struct RenewalBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renewal", abstract: "One renewal with its publication, alone, from the wake to the end.")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "How often; the median counts.") var rounds = 40

    func run() async throws {
        try await scratch.withDirectory { directory in
            Report.heading("One renewal with its publication of 3 files, alone")
            let home = try await WorkingHome(in: directory, name: "renewal")
            try await home.add(0..<1, published: true)
            let bare = try BarePublication(in: "\(directory)/bare")
            let times = Times()
            try await home.whileRunning { [rounds] in
                try await home.notes.wait(for: 1, .published)
                for round in 1...rounds {
                    let syncs = try bare.publish(round) + RawDatabase.bareCommits(20, in: directory) * 9
                    _ = try await home.desk.renew(WorkingHome.name(0), force: true)
                    let start = ContinuousClock.now
                    home.runner.wake()
                    try await home.notes.wait(for: 1 + round, .published)
                    times.add(ContinuousClock.now - start, syncs)
                }
            }
            await home.close()
            guard let whole = times.whole.median, let syncs = times.syncs.median else { return }
            Report.line(
                "from the wake to published", Report.milliseconds(whole), asked: "25 ms",
                isMet: whole < .milliseconds(25),
                note: "its 9 commits and 7 syncs of files alone take \(Report.milliseconds(syncs))")
        }
    }
}

/// What several rounds took; filled by one task and read by another afterwards.
private final class Times: @unchecked Sendable {  // sound: read after the task that fills it has ended
    private(set) var whole: [Duration] = []
    private(set) var syncs: [Duration] = []

    func add(_ whole: Duration, _ syncs: Duration) {
        self.whole.append(whole)
        self.syncs.append(syncs)
    }
}
