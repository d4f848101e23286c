import ArgumentParser
import Foundation
import PluginKit
import SFTPPublisher
import TestPeers

/// How fast files reach another machine, against OpenSSH's own programs, which write them unverified and not atomically.
struct SFTPBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sftp",
        abstract: "200 certificates of 3 files to one sshd, against a batch of `sftp` and an `scp` for each.")

    /// Added to each round trip by the proxy.
    private static let latency = Duration.milliseconds(20)

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "How many certificates are published in a round.") var count = 200
    @Option(help: "How many of them through the proxy.") var proxied = 50
    @Option(help: "How often, in turns; the median counts.") var rounds = 5

    func run() async throws {
        try await scratch.withDirectory { path in
            Report.heading("\(count) certificates of 3 files of 4 KB to one sshd")
            let directory = URL(filePath: path)
            chmod(path, 0o711)
            let key = try await SSHKeyPair.make("ed25519", named: "user", in: directory)
            try await Sshd.withRunning(letting: [key], in: directory) { sshd in
                let far = try FarFiles(sshd, key, in: directory)
                try await far.withPublisher { try await compare(far, $0) }
            }
        }
    }

    private func compare(_ far: FarFiles, _ publisher: any Publisher) async throws {
        // Every round replaces what the one before it left, as a renewal does.
        var version = 1
        func ours(_ sessions: Int, verifying: Bool, by port: Int, _ count: Int) async throws -> Cost {
            version += 1
            let deliveries = far.deliveries(count, version, verifying: verifying, by: port)
            return try await measure { try await Self.push(deliveries, publisher, over: sessions) }.cost
        }
        try far.makeDirectories(count)
        try await Self.push(far.deliveries(count, 1, verifying: true, by: far.sshd.port), publisher, over: 1)
        _ = try far.batch(count, by: far.sshd.port)
        var (batch, bare, verified, four): ([Duration], [Cost], [Cost], [Cost]) = ([], [], [], [])
        for _ in 0..<rounds {
            batch.append(try far.batch(count, by: far.sshd.port))
            bare.append(try await ours(1, verifying: false, by: far.sshd.port, count))
            verified.append(try await ours(1, verifying: true, by: far.sshd.port, count))
            four.append(try await ours(4, verifying: true, by: far.sshd.port, count))
        }
        let copies = try far.copies(count)
        guard let batch = batch.median, let oneByOne = verified.map(\.wall).median else { return }
        factor("one session, not read back", bare, batch, asked: 0.5)
        factor("one session, read back", verified, batch, asked: 1)
        factor("four sessions, read back", four, batch, asked: 0.5)
        Report.line(
            "the syncs alone, against the batch", String(format: "%.2f x", try far.syncs(count) / batch),
            note: "7 for each certificate of ours, none of the batch")
        Report.line(
            "an `scp` for each, against one session", String(format: "%.0f x", copies / oneByOne), asked: "20 x",
            isMet: copies / oneByOne >= 20,
            note: "\(Report.seconds(copies)) against \(Report.seconds(oneByOne))")
        try await Relay.withRunning(before: far.sshd.port) { relay in
            relay.behave(.init(latency: Self.latency / 2))
            _ = try await ours(4, verifying: true, by: relay.port, 4)  // logs in
            let slow = try far.batch(proxied, by: relay.port)
            for verifying in [false, true] {
                let fast = try await ours(4, verifying: verifying, by: relay.port, proxied).wall
                Report.line(
                    "20 ms away, four sessions, \(verifying ? "" : "not ")read back",
                    String(format: "%.1f x as fast", slow / fast), asked: "2 x", isMet: slow / fast >= 2,
                    note: "\(proxied) certificates: batch \(Report.seconds(slow)), ours \(Report.seconds(fast))")
            }
        }
    }

    private func factor(_ name: String, _ ours: [Cost], _ batch: Duration, asked: Double) {
        guard let wall = ours.map(\.wall).median, let processor = ours.map(\.processor).median else { return }
        let factor = wall / batch
        Report.line(
            "\(name), against the batch", String(format: "%.2f x", factor), asked: String(format: "%g x", asked),
            isMet: factor <= asked,
            note: "\(Report.seconds(wall)) against \(Report.seconds(batch)), CPU \(Report.seconds(processor))")
    }

    /// - Parameter sessions: as many at a time; the publisher takes a session for each.
    private static func push(_ deliveries: [Delivery], _ publisher: any Publisher, over sessions: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, delivery) in deliveries.enumerated() {
                if index >= sessions { try await group.next() }
                group.addTask { _ = try await publisher.publish(delivery, NoJournal()) }
            }
            try await group.waitForAll()
        }
    }
}
