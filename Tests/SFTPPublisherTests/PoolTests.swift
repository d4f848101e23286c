import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import SFTPPublisher

@Suite("Sessions are shared, and replaced when they died")
struct PoolTests {
    @Test("many certificates go over one session, one after the other, and over at most four side by side")
    func shared() async throws {
        try await Bench.with { bench in
            try await Relay.withRunning(before: bench.sshd.port) { relay in
                let relayed = try bench.by(relay)
                for number in 1...20 { try await relayed.below("one-\(number)").publish(1) }
                #expect(relay.accepted == 1)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 1...40 { group.addTask { try await relayed.below("many-\(number)").publish(1) } }
                    try await group.waitForAll()
                }
                #expect((2...4).contains(relay.accepted))
                #expect(bench.pool.count == relay.accepted)
                for number in 1...40 { #expect(try await relayed.below("many-\(number)").inspected() == 1) }
            }
        }
    }

    @Test("a session that died is replaced, without anybody noticing")
    func replaced() async throws {
        try await Bench.with { bench in
            try await Relay.withRunning(before: bench.sshd.port) { relay in
                let relayed = try bench.by(relay)
                try await relayed.publish(1)
                relay.cut()
                // As far as this side can know: the end has to arrive first.
                try await waitUntil { relay.open == 0 }
                try await relayed.publish(2)
                #expect(relay.accepted == 2)
                #expect(bench.pool.count == 1)
            }
        }
    }

    @Test("a session that nobody uses is closed")
    func idle() async throws {
        try await Bench.with(pool: SessionPool(idleTime: .seconds(1), agent: nil)) { bench in
            try await Relay.withRunning(before: bench.sshd.port) { relay in
                let relayed = try bench.by(relay)
                try await relayed.publish(1)
                #expect(bench.pool.count == 1)
                try await waitUntil { bench.pool.count == 0 && relay.open == 0 }
                #expect(try await relayed.inspected() == 1)
            }
        }
    }

    @Test("of many hosts' idle sessions those unused the longest are closed")
    func mostIdle() async throws {
        try await Bench.with(pool: SessionPool(mostIdle: 2, agent: nil)) { bench in
            try await Relay.withRunning(before: bench.sshd.port) { first in
                try await Relay.withRunning(before: bench.sshd.port) { second in
                    try await bench.by(first).publish(1)
                    try await bench.below("second").by(second).publish(1)
                    try await bench.by(first).publish(2)
                    #expect(bench.pool.count == 2)
                    try await bench.below("third").publish(1)
                    #expect(bench.pool.count == 2)
                    try await waitUntil { second.open == 0 }
                    #expect(first.open == 1 && first.accepted == 1)
                }
            }
        }
    }

    @Test("other users, keys and hosts get sessions of their own")
    func identities() async throws {
        try await Bench.with { bench in
            var root = bench
            root.values["user"] = .text("root")
            try await bench.publish(1)
            _ = try await root.inspected()
            #expect(bench.pool.count == 2)
            var wrong = bench
            let other = try await SSHKeyPair.make("ed25519", named: "other", in: bench.home)
            wrong.values["privateKey"] = .secret(Secret(text: try other.text))
            let place = wrong
            #expect(await failure { try await place.inspected() }?.code == "sftp.auth-refused")
            #expect(bench.pool.count == 2)
        }
    }

    @Test("a host that says nothing holds up nobody else")
    func dead() async throws {
        try await Bench.with { bench in
            try await Relay.withRunning(before: bench.sshd.port) { relay in
                relay.behave(.init(fromServer: 0, atLimit: .stall))
                var silent = try bench.by(relay)
                silent.values["timeout"] = .duration(.seconds(600))
                let place = silent
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // More than there are threads in the shared pool: none of them may wait there.
                    for _ in 0..<8 {
                        group.addTask {
                            let refusal = await failure { try await place.inspected() }
                            #expect(
                                refusal?.message.hasPrefix("CancellationError") == true, "\(refusal?.message ?? "-")")
                        }
                    }
                    try await waitUntil { relay.accepted == 4 }
                    for number in 1...10 { try await bench.below("live-\(number)").publish(1) }
                    #expect(bench.pool.count == 5)
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test("who waits for a session can be cancelled, and nobody is let in after the end")
    func ending() async throws {
        try await Bench.with(pool: SessionPool(most: 1, agent: nil)) { bench in
            let target = try bench.target
            try await bench.pool.withSession(with: target.destination) { _ in
                await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await bench.inspected() }
                    group.cancelAll()
                    await #expect(throws: CancellationError.self) { try await group.next() }
                }
            }
            await bench.pool.close()
            await #expect(throws: CancellationError.self) { try await bench.inspected() }
            #expect(bench.pool.count == 0)
        }
    }

    @Test("who waits when the pool is closed waits no longer", .timeLimit(.minutes(5)))
    func closing() async throws {
        try await Bench.with(pool: SessionPool(most: 1, agent: nil)) { bench in
            let target = try bench.target
            try await bench.pool.withSession(with: target.destination) { _ in
                await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<3 { group.addTask { _ = try await bench.inspected() } }
                    try? await waitUntil { bench.pool.waiting == 3 }
                    await bench.pool.close()
                    for _ in 0..<3 { await #expect(throws: CancellationError.self) { try await group.next() } }
                }
            }
            #expect(bench.pool.count == 0)
        }
    }

    @Test("who is cancelled right when a session becomes free leaves it to the next", .timeLimit(.minutes(5)))
    func wakePassedOn() async throws {
        try await Bench.with(pool: SessionPool(most: 1, agent: nil)) { bench in
            let destination = try bench.target.destination
            for _ in 0..<50 {
                try await withThrowingTaskGroup(of: Void.self) { patient in
                    try await withThrowingTaskGroup(of: Void.self) { hasty in
                        try await bench.pool.withSession(with: destination) { _ in
                            hasty.addTask { try? await bench.pool.withSession(with: destination) { _ in } }
                            try await waitUntil { bench.pool.waiting == 1 }
                            patient.addTask { try await bench.pool.withSession(with: destination) { _ in } }
                            try await waitUntil { bench.pool.waiting == 2 }
                        }
                        hasty.cancelAll()
                    }
                    try await patient.waitForAll()
                }
            }
            #expect(bench.pool.count == 1)
        }
    }

    @Test("a target that is down behind its jump host is transient; a jump host that lets nobody through is not")
    func downBehindJump() async throws {
        var closed = Sshd.Settings()
        closed.lines = ["AllowTcpForwarding no"]
        for (settings, kind, code) in [
            (Sshd.Settings(), FailureClass.transient, "sftp.unreachable"), (closed, .configuration, "sftp.refused"),
        ] {
            try await Bench.with(settings) { bench in
                var jumped = bench
                jumped.values["port"] = .integer(try FreePort.next())
                jumped.values["jump"] = .group(
                    Options(["host": .text("127.0.0.1"), "port": .integer(bench.sshd.port), "user": .text(Sshd.user)]))
                let through = jumped
                let refusal = await failure { try await through.inspected() }
                #expect(refusal?.kind == kind)
                #expect(refusal?.code == code, "\(refusal?.message ?? "-")")
            }
        }
    }

    @Test("a jump host is gone through, each with its own host key and user")
    func jump() async throws {
        try await Bench.with { bench in
            try await withTemporaryDirectory { directory in
                let key = try await SSHKeyPair.make("ecdsa", named: "jumper", in: directory)
                var settings = Sshd.Settings()
                settings.hostKeys = ["ecdsa"]
                try await Sshd.withRunning(settings, letting: [key], in: directory) { outer in
                    var jumped = bench
                    let hostKey = try #require(outer.hostKeys["ecdsa"])
                    func jump(_ more: [String: Options.Value]) -> Options.Value {
                        .group(
                            Options(
                                [
                                    "host": .text("127.0.0.1"), "port": .integer(outer.port), "user": .text("root"),
                                    "hostKey": .text(hostKey.fingerprint),
                                ].merging(more) { $1 }))
                    }
                    let own = Options.Value.secret(Secret(text: try key.text))
                    jumped.values["jump"] = jump(["privateKey": own])
                    let through = jumped
                    for number in 1...3 { try await through.publish(number) }
                    #expect(try await bench.inspected() == 3)
                    let result = try await through.publisher.run(
                        Command(["sh", "-c", "head -c 60000 /dev/zero | tr '\\0' y"], timeout: .seconds(60)),
                        for: through.look(1))
                    #expect(result.output.utf8.count == 60_000)
                    // Its user has another key there.
                    jumped.values["jump"] = jump([:])
                    let refused = jumped
                    #expect(await failure { try await refused.inspected() }?.code == "sftp.auth-refused")
                    let wrong = try #require(bench.sshd.hostKeys["ed25519"]).fingerprint
                    jumped.values["jump"] = jump(["privateKey": own, "hostKey": .text(wrong)])
                    let changed = jumped
                    let refusal = await failure { try await changed.inspected() }
                    #expect(refusal?.code == "sftp.host-key-changed")
                    #expect(refusal?.message.contains(":\(outer.port) ") == true)
                }
            }
        }
    }
}
