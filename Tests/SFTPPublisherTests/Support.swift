import FileContract
import Foundation
import PluginKit
import TestPeers

@testable import SFTPPublisher

/// A server, a user with a key, and what they publish: the sample sets, with the options of a profile.
struct Bench: SamplePublishing, Sendable {
    let sshd: Sshd
    let key: SSHKeyPair
    /// What stands for certflow's home.
    let home: URL
    let pool: SessionPool
    var layout = FileOptions.Layout.versioned
    var directory: String
    var values: [String: Options.Value]
    var files: [String: [String: String]] = [:]

    var publisher: SFTPPublisher { SFTPPublisher(pool: pool, home: home.path) }

    /// Runs a server whose only user has a key, and whose host key is known.
    static func with<Result: Sendable>(
        _ settings: Sshd.Settings = Sshd.Settings(), pool: SessionPool = SessionPool(agent: nil),
        isolation: isolated (any Actor)? = #isolation, _ body: (Bench) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let key = try await SSHKeyPair.make("ed25519", named: "user", in: directory)
            return try await Sshd.withRunning(settings, letting: [key], in: directory) { sshd in
                let home = directory.appending(path: "home")
                try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
                if let type = settings.hostKeys.first {
                    try sshd.knownHosts(type: type)
                        .write(to: home.appending(path: "known_hosts"), atomically: true, encoding: .utf8)
                }
                let bench = Bench(
                    sshd: sshd, key: key, home: home, pool: pool, directory: "\(sshd.data.path)/tls",
                    values: [
                        "host": .text("127.0.0.1"), "port": .integer(sshd.port), "user": .text(Sshd.user),
                        "privateKey": .secret(Secret(text: try key.text)), "timeout": .duration(.seconds(60)),
                    ])
                do {
                    let result = try await body(bench)
                    await pool.close()
                    return result
                } catch {
                    await pool.close()
                    throw error
                }
            }
        }
    }

    /// The same by way of a relay.
    func by(_ relay: Relay) throws -> Bench {
        guard let key = sshd.hostKeys.values.first else { throw PeerFailure("The server has no host key.") }
        var relayed = self
        relayed.values["port"] = .integer(relay.port)
        relayed.values["hostKey"] = .text(key.fingerprint)
        return relayed
    }

    /// The same with another directory.
    func below(_ name: String) -> Bench {
        var other = self
        other.directory = "\(sshd.data.path)/\(name)"
        return other
    }

    /// The number of the set that is there, as the publisher sees it.
    func inspected() async throws -> Int? {
        switch try await publisher.inspect(look(1)) {
        case .nothing: return nil
        case .certificates(let found):
            return (0...9).first { SampleSet.certificate($0) == found.first }
        case .unreadable(let words): throw PeerFailure(words)
        case .unknowable: throw PeerFailure("unknowable")
        }
    }

    /// The path that readers use.
    func path(_ file: String) -> String { layout == .versioned ? "\(directory)/live/\(file)" : "\(directory)/\(file)" }

    /// The target as the publisher reads it out of the options.
    var target: SFTPTarget { get throws { try SFTPTarget(options, home: home.path) } }

    func knowing(_ text: String) throws {
        try text.write(to: home.appending(path: "known_hosts"), atomically: true, encoding: .utf8)
    }
}

/// What something is refused with.
func failure(_ body: () async throws -> some Any) async -> PluginFailure? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? PluginFailure
            ?? PluginFailure(.bug, code: "test.other", message: "\(error)", remedy: "Look at the test.")
    }
}

/// Waits for something that others bring about.
func waitUntil(_ isSo: () -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(60)
    while !isSo() {
        guard ContinuousClock.now < end else { throw PeerFailure("What was waited for did not come.") }
        try await Task.sleep(for: .milliseconds(5))
    }
}
