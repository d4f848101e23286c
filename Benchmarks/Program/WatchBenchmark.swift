import ArgumentParser
import Foundation

/// What the built program costs while nothing is due, and how much more memory many flows take than few.
struct WatchBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "`certflow run --watch` at rest: wake-ups, CPU, memory.")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "Flows in the large home.") var flows = 1_000_000
    @Option(help: "How long it is watched at rest, in seconds.") var seconds = 60
    @Option(help: "The built program.") var program = WatchBenchmark.besideThis

    func run() async throws {
        try await scratch.withDirectory { directory in
            Report.heading("certflow run --watch at rest, \(seconds) s")
            var memory: [Int] = []
            for count in [1000, flows] {
                let home = try WatchedHome(program: program, path: "\(directory)/home-\(count)", flows: count)
                memory.append(try watch(home, count))
            }
            let more = (memory.last ?? 0) - (memory.first ?? 0)
            Report.line(
                "more memory with \(Report.grouped(Double(flows)))", Report.megabytes(more), asked: "15 MB",
                isMet: more < 15_000_000)
        }
    }

    /// - Returns: bytes of memory.
    private func watch(_ home: WatchedHome, _ count: Int) throws -> Int {
        try home.whileWatching { process in
            let before = try process.usage()
            Thread.sleep(forTimeInterval: TimeInterval(seconds))
            let after = try process.usage()
            let (memory, peak) = try process.memory()
            let wakeUps = Double(after.wakeUps - before.wakeUps) / Double(seconds)
            let share = (after.processor - before.processor).seconds / Double(seconds)
            let flows = Report.grouped(Double(count))
            Report.line(
                "wake-ups with \(flows) flows", String(format: "%.2f/s", wakeUps), asked: "1/s",
                isMet: wakeUps < 1.05, note: "one a second is libdispatch's own look at its threads")
            Report.line(
                "CPU with \(flows) flows", String(format: "%.3f %%", share * 100), asked: "0.1 %", isMet: share < 0.001)
            Report.line(
                "memory with \(flows) flows", Report.megabytes(memory), asked: "90 MB", isMet: memory < 90_000_000,
                note: "at most \(Report.megabytes(peak)), while it planned all anew")
            return memory
        }
    }

    static var besideThis: String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path + "/certflow"
    }
}
