import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import SFTPPublisher

@Suite("Connections that break, stall or are slow")
struct BrokenConnectionTests {
    /// As large as the files of a real certificate.
    private static func padded(_ delivery: Delivery) -> Delivery {
        var delivery = delivery
        delivery.artifacts = delivery.artifacts.map { artifact in
            let text = artifact.bytes.withBytes { String(decoding: $0, as: UTF8.self) }
            let padding = String(repeating: "x", count: 4096 - text.utf8.count - 1)
            return Artifact(
                content: artifact.content, digest: artifact.digest,
                bytes: Secret(text: String(text.dropLast(4)) + padding + "\nend\n"))
        }
        return delivery
    }

    /// What readers find of the sample files: each one whole.
    private static func visible(_ bench: Bench) throws -> Set<Int?> {
        Set(
            try SampleSet.files.map { file in
                guard let data = FileManager.default.contents(atPath: bench.path(file.name)) else { return nil }
                guard let number = SampleSet.number(of: Secret(data)) else {
                    throw PeerFailure("\(file.name) is not whole")
                }
                return number
            })
    }

    private static func leftovers(_ bench: Bench) -> [String] {
        let all = FileManager.default.enumerator(atPath: bench.directory)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.contains("staging") || $0.contains(".certflow-") }
    }

    enum Side: Sendable, CaseIterable { case client, server }

    @Test(
        "wherever the connection is cut, readers have the old or the new set, and the next try leaves nothing else",
        arguments: FileOptions.Layout.allCases, Side.allCases)
    func cut(layout: FileOptions.Layout, side: Side) async throws {
        try await Bench.with { bench in
            var bench = bench
            bench.layout = layout
            try await Relay.withRunning(before: bench.sshd.port) { relay in
                var kinds: Set<FailureClass> = []
                var isThrough = false
                for kibibytes in 1...200 {
                    bench.directory = "\(bench.sshd.data.path)/tls-\(kibibytes)"
                    _ = try await bench.publisher.publish(Self.padded(bench.delivery(1)), MemoryJournal())
                    let limit = kibibytes * 1024
                    relay.behave(side == .client ? .init(fromClient: limit) : .init(fromServer: limit))
                    let journal = MemoryJournal()
                    let relayed = try bench.by(relay)
                    let refusal = await failure {
                        try await relayed.publisher.publish(Self.padded(relayed.delivery(2)), journal)
                    }
                    let seen = try Self.visible(bench)
                    guard let refusal else {
                        #expect(seen == [2])
                        isThrough = true
                        break
                    }
                    kinds.insert(refusal.kind)
                    #expect([.transient, .unknownOutcome].contains(refusal.kind), "\(kibibytes): \(refusal)")
                    #expect(seen.isSubset(of: [1, 2]), "\(kibibytes)")
                    if layout == .versioned { #expect(seen.count == 1, "\(kibibytes)") }
                    if refusal.kind == .transient, journal.entries.isEmpty { #expect(seen == [1], "\(kibibytes)") }
                    let again = Self.padded(bench.delivery(2, resuming: journal.newest))
                    _ = try await bench.publisher.publish(again, MemoryJournal())
                    #expect(try Self.visible(bench) == [2])
                    try await bench.publisher.sweep(bench.look(2), keeping: [])
                    #expect(Self.leftovers(bench) == [], "\(kibibytes)")
                }
                #expect(isThrough)
                #expect(relay.accepted > 5)
                #expect(kinds.contains(.transient))
            }
        }
    }

    @Test("a connection that breaks while the set is switched is an unknown outcome, and a look tells")
    func unknownOutcome() async throws {
        try await Bench.with { bench in
            var bench = bench
            // Whose first call after the journal's is what readers see.
            bench.layout = .flat
            try await bench.publish(1)
            try await Relay.withRunning(before: bench.sshd.port) { relay in
                let relayed = try bench.by(relay)
                let journal = CuttingJournal { relay.cut() }
                let refusal = await failure { try await relayed.publisher.publish(relayed.delivery(2), journal) }
                #expect(refusal?.kind == .unknownOutcome)
                #expect(refusal?.code == "sftp.outcome-unknown")
                #expect(try Self.visible(bench).isSubset(of: [1, 2]))
            }
        }
    }

    @Test("a server that falls silent costs its timeout, is transient, and the next call gets another session")
    func stall() async throws {
        try await Bench.with { bench in
            try await Relay.withRunning(before: bench.sshd.port) { relay in
                let patient = try bench.by(relay)
                var relayed = patient
                relayed.values["timeout"] = .duration(.seconds(1))
                for limit in [0, 10, 1000, 2000] {
                    relay.behave(.init(fromServer: limit, atLimit: .stall))
                    let refusal = await failure { try await relayed.inspected() }
                    #expect(refusal?.kind == .transient)
                    #expect(refusal?.code == "sftp.timeout", "\(limit): \(refusal?.message ?? "-")")
                }
                relay.behave(.init())
                #expect(try await patient.inspected() == nil)
            }
        }
    }

    @Test("a connection that is lost while keys are exchanged is made again, and never taken for another host key")
    func handshake() async throws {
        var settings = Sshd.Settings()
        settings.hostKeys = ["ecdsa", "ed25519"]
        try await Bench.with(settings) { bench in
            try await Relay.withRunning(before: bench.sshd.port) { relay in
                let pinned = try bench.by(relay)
                var known = bench
                known.values["port"] = .integer(relay.port)
                try bench.knowing(bench.sshd.knownHosts("[127.0.0.1]:\(relay.port)", type: "ecdsa"))
                for place in [known, pinned] {
                    for limit in [0, 10, 100, 1300] {
                        relay.behave(.init(fromServer: limit), for: 1)
                        #expect(try await place.inspected() == nil, "\(limit)")
                        await bench.pool.closeIdle()
                        relay.behave(.init(fromServer: limit))
                        let refusal = await failure { try await place.inspected() }
                        #expect(refusal?.kind == .transient)
                        #expect(refusal?.code == "sftp.connection-lost", "\(limit): \(refusal?.message ?? "-")")
                    }
                }
            }
        }
    }

    @Test("a cancelled call gives up a silent server soon, and says nothing else of it")
    func cancelled() async throws {
        try await Bench.with { bench in
            try await Relay.withRunning(before: bench.sshd.port) { relay in
                let relayed = try bench.by(relay)
                relay.behave(.init(fromServer: 1000, atLimit: .stall))
                await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await relayed.inspected() }
                    try? await waitUntil { relay.accepted == 1 }
                    group.cancelAll()
                    await #expect(throws: CancellationError.self) { try await group.next() }
                }
            }
        }
    }

    @Test("a slow server is waited for")
    func slow() async throws {
        try await Bench.with { bench in
            try await Relay.withRunning(before: bench.sshd.port) { relay in
                relay.behave(.init(delay: .milliseconds(10)))
                let relayed = try bench.by(relay)
                try await relayed.publish(1)
                #expect(try await relayed.inspected() == 1)
            }
        }
    }

    @Test("nobody who listens is transient, and a name without an address too")
    func unreachable() async throws {
        try await Bench.with { bench in
            var bench = bench
            bench.values["port"] = .integer(try FreePort.next())
            let refusal = await failure { try await bench.inspected() }
            #expect(refusal?.kind == .transient)
            #expect(refusal?.code == "sftp.unreachable")
            bench.values["host"] = .text("no-such-host.invalid")
            let unknown = await failure { try await bench.inspected() }
            #expect(unknown?.kind == .transient)
            #expect(unknown?.code == "sftp.no-address" || unknown?.code == "sftp.timeout")
        }
    }
}

/// Does something when the set is staged, right before the switch.
private struct CuttingJournal: Journal {
    var whenStaged: @Sendable () -> Void

    func record(_ step: Step, _ handle: Handle) async throws { if step == .staged { whenStaged() } }
    func note(_ text: String) {}
}
