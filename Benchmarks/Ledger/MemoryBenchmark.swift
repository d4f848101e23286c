import ArgumentParser
import Automation
import Foundation
import Storage
import StorageSQLite

/// How much more memory a ledger of many flows takes than one of few.
struct MemoryBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory", abstract: "Resident memory after planning and claiming, with few flows and with many.")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "Flows in the large ledger.") var flows = 1_000_000
    @Option(help: ArgumentHelp("Measures one ledger and prints its bytes.", visibility: .hidden)) var path: String?

    func run() async throws {
        if let path {
            print(try await resident(path))
            return
        }
        try await scratch.withDirectory { directory in
            Report.heading("Memory")
            var sizes: [Int] = []
            for count in [1000, flows] {
                let database = try FlowDatabase(in: directory, flows: count)
                try await database.fill()
                let size = try inOwnProcess(database.path)
                sizes.append(size)
                Report.line("with \(Report.grouped(Double(count))) flows", megabytes(size))
            }
            Report.line("more", megabytes((sizes.last ?? 0) - (sizes.first ?? 0)), asked: "15 MB")
        }
    }

    private func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1_000_000) }

    /// Filling leaves its traces in memory, so a fresh process measures.
    private func inOwnProcess(_ path: String) throws -> Int {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["memory", "--path", path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Int(String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    /// Plans all, then claims and completes a thousand while half of all flows are due.
    private func resident(_ path: String) async throws -> Int {
        let ledger = try FlowDatabase.open(path, chain: "memory")
        _ = try await ReplanWalk(ledger: ledger).run(at: FlowDatabase.now)
        for _ in 0..<10 {
            let claims = try await ledger.claim(
                ClaimRequest(
                    limit: 100, now: FlowDatabase.now, leaseUntil: FlowDatabase.now + .minutes(5), owner: "benchmark"))
            for claim in claims {
                let next = DueRecord(claim.work, at: claim.dueAt + .days(60), group: claim.group)
                _ = try await ledger.commit(Change(release: .init(claim.work, next: next)), under: claim.fence)
            }
        }
        let size = residentBytes()
        await ledger.close()
        return size
    }
}
