import ArgumentParser
import Foundation
import TestPeers

/// The built program with many targets at once: what memory it takes, and what one that hangs costs the others.
struct TargetsBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "targets", abstract: "One certificate to 200 machines over SSH at once, and to one that hangs.")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "How many machines: addresses of this one.") var count = 200
    @Option(help: "How often, in turns; the median counts.") var rounds = 7
    @Option(help: "The built program.") var program = WatchBenchmark.besideThis

    func run() async throws {
        try await scratch.withDirectory { path in
            Report.heading("One certificate to \(count) machines at once")
            let directory = URL(filePath: path)
            chmod(path, 0o711)
            let key = try await SSHKeyPair.make("ed25519", named: "user", in: directory)
            try await withServers(FarHome.addresses(count), key, in: directory) { servers in
                guard let last = servers.last else { return }
                try await Relay.withRunning(before: last.sshd.port) { relay in
                    relay.behave(.init(fromServer: 0, atLimit: .stall))
                    let home = FarHome(program: program, servers: servers, in: directory)
                    try home.make(key, hangingAt: relay.port)
                    try compare(home)
                }
            }
        }
    }

    /// As many servers as it takes: one listens at 16 addresses at most.
    private func withServers(
        _ addresses: [String], _ key: SSHKeyPair, in directory: URL, after servers: [FarServer] = [],
        _ body: ([FarServer]) async throws -> Void
    ) async throws {
        guard !addresses.isEmpty else { return try await body(servers) }
        var settings = Sshd.Settings()
        settings.addresses = Array(addresses.prefix(15))
        try await Sshd.withRunning(settings, letting: [key], in: directory) { sshd in
            let server = FarServer(sshd: sshd, addresses: Array(addresses.prefix(15)))
            try await withServers(Array(addresses.dropFirst(15)), key, in: directory, after: servers + [server], body)
        }
    }

    private func compare(_ home: FarHome) throws {
        var (alone, beside, peaks): ([Duration], [Duration], [Int]) = ([], [], [])
        for _ in 0..<rounds {
            let run = try home.publish("alone")
            alone.append(run.last)
            peaks.append(run.peak)
            beside.append(try home.publish("beside").last)
        }
        guard let alone = alone.median, let beside = beside.median, let peak = peaks.max() else { return }
        Report.line(
            "memory at the peak", Report.megabytes(peak), asked: "100 MB", isMet: peak < 100_000_000,
            note: "all published after \(Report.seconds(alone))")
        let more = beside / alone - 1
        Report.line(
            "more time beside one that hangs", String(format: "%.1f %%", more * 100), asked: "1 %", isMet: more < 0.01,
            note: "until the last of the others: \(Report.seconds(beside)) against \(Report.seconds(alone))")
    }
}
