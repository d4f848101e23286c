import FaultKit
import Foundation
import Synchronization
import TestPeers
import Testing

/// nginx serves what the program publishes, while a client makes one handshake after the other.
@Suite("nginx serves each new certificate", .timeLimit(.minutes(30)))
struct NginxTests {
    /// Certificates that live ten minutes, each looked at six minutes after the one before: due by its own rule.
    private static let step = Duration.seconds(360)
    private static let renewals = 5

    @Test("and no handshake fails, over five renewals of a certificate that lives ten minutes")
    func renewals() async throws {
        try await withServed(lifetime: "10m") { stage, client in
            try await renew(stage, client)
            #expect(client.seen.count == Self.renewals + 1, "each certificate was served to the client")
            #expect(client.handshakes > 3 * Self.renewals)
            try await LedgerCheck(stage, at: Self.step * Self.renewals).check(versions: Self.renewals + 1)
        }
    }

    /// A life of a minute is the shortest there is: the second renewal is due a minute after the start.
    @Test("and no handshake fails, over two renewals that `run --watch` comes to by itself")
    func byItself() async throws {
        try await withServed(lifetime: "1m") { stage, client in
            _ = try await stage.program().staying(["run", "--watch"]) { process in
                while client.seen.count < 3, client.failures.isEmpty { try await client.nextHandshake() }
                kill(process, SIGTERM)
            }
            #expect(client.seen.count >= 3)
            let history = try await stage.program().succeed("history", Stage.certificate, "--output", "json")
            #expect(!history.contains("\"failed\""), "\(history)")
        }
    }

    /// Runs `body` beside an nginx that serves what the stage publishes, and a client that looks at it all the time.
    private func withServed(
        lifetime: String, _ body: (_ stage: Stage, _ client: Client) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let stage = try await Stage.prepared(in: directory.appending(path: "stage").path) { stage in
                try await stage.makePublished(layouts: ["versioned"], lifetime: lifetime)
            }
            let live = URL(filePath: stage.directory("versioned")).appending(path: "live")
            let nginx = try Nginx.Managed(
                chain: live.appending(path: "fullchain.pem"), key: live.appending(path: "privkey.pem"), in: directory)
            let root = directory.appending(path: "root.pem")
            try await stage.program().succeed(
                "issuer", "show", "local-authority", "--format", "pem", "--out", root.path)
            try stage.writeProfile(
                "versioned",
                """
                test: {command: [\(nginx.test.joined(separator: ", "))], timeout: 20s}
                reload: {command: [\(nginx.reload.joined(separator: ", "))], timeout: 20s}
                prove:
                  tls: {connect: "127.0.0.1:\(nginx.port)", serverName: \(Stage.certificate), within: 1m}
                """)
            try await nginx.withRunning {
                let client = Client(port: nginx.port, root: root, directory: directory)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await client.run() }
                    defer { client.stop() }
                    try await body(stage, client)
                    client.stop()
                    try await group.waitForAll()
                }
                #expect(client.failures.isEmpty, "\(client.failures.joined(separator: "\n"))")
            }
        }
    }

    private func renew(_ stage: Stage, _ client: Client) async throws {
        try await client.nextHandshake()
        for renewal in 1...Self.renewals {
            let time = Self.step * renewal
            try await client.move(to: time)
            try await stage.program(at: time).succeed("run")
            let status = try await stage.program(at: time).succeed("status", "--output", "json")
            #expect(status.contains("\"serving\""), "\(status)")
            let published = try #require(try PublishedSet.read(stage, "versioned"))
            try await client.nextHandshake()
            #expect(client.last == published.leaf.serialNumber.description, "the new one is served")
        }
    }
}

/// Makes handshakes with the `openssl` command, each judged against the root.
private final class Client: Sendable {
    private struct State {
        var offset = Duration.zero
        var isStopped = false
        var handshakes = 0
        var last = ""
        var seen: Set<String> = []
        var failures: [String] = []
    }

    private let port: Int
    private let root: URL
    private let directory: URL
    private let state = Mutex(State())

    init(port: Int, root: URL, directory: URL) {
        self.port = port
        self.root = root
        self.directory = directory
    }

    var failures: [String] { state.withLock { $0.failures } }
    var seen: Set<String> { state.withLock { $0.seen } }
    var last: String { state.withLock { $0.last } }
    var handshakes: Int { state.withLock { $0.handshakes } }

    func stop() { state.withLock { $0.isStopped = true } }

    /// Judges certificates by the time that `offset` from now is: from the next handshake on, for which this waits.
    func move(to offset: Duration) async throws {
        state.withLock { $0.offset = offset }
        try await nextHandshake()
    }

    /// Returns when a handshake has ended that began after the call.
    func nextHandshake() async throws {
        let before = handshakes
        while handshakes < before + 2 { try await Task.sleep(for: .milliseconds(2)) }
    }

    func run() async throws {
        while !state.withLock({ $0.isStopped }) {
            let time = Date().timeIntervalSince1970 + Double(state.withLock { $0.offset }.components.seconds)
            do {
                let said = try await OpenSSL.program.run(
                    [
                        "s_client", "-connect", "127.0.0.1:\(port)", "-servername", Stage.certificate, "-CAfile",
                        root.path, "-attime", String(Int(time)), "-verify_return_error", "-verify_hostname",
                        Stage.certificate,
                    ], in: directory)
                let leaf = try PublishedSet.leaf(said, "what nginx shows", certificates: 1)
                state.withLock { state in
                    state.last = leaf.serialNumber.description
                    state.seen.insert(state.last)
                }
            } catch {
                state.withLock { $0.failures.append("\(error)") }
            }
            state.withLock { $0.handshakes += 1 }
        }
    }
}
