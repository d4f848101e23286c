import Foundation
import Synchronization
import TestPeers

/// Connects to a service all the time with the `openssl` command: each connection is new, its handshake is judged against
/// the root and the name, and the service has to answer after it.
final class LiveClient: Sendable {
    /// How a service is spoken to.
    struct Dialogue: Sendable {
        /// The name that `openssl s_client` has for how it begins in plain text.
        var startTLS: String?
        /// What is said once the handshake is through, after which the service ends the connection, and what is in its
        /// answer.
        var question: String
        var answer: String

        static let http = Self(question: "GET / HTTP/1.0\r\nHost: \(LiveHome.certificate)\r\n\r\n", answer: "HTTP/1.")
        static let imap = Self(question: "a LOGOUT\r\n", answer: "a OK")
        static let smtp = Self(question: "QUIT\r\n", answer: "221 ")
        static let plainSMTP = Self(startTLS: "smtp", question: "QUIT\r\n", answer: "221 ")
        /// Asks to log in as somebody who is unknown (PostgreSQL, 55.7: StartupMessage, version 3.0).
        static let postgresql = Self(
            startTLS: "postgres", question: "\0\0\0\u{17}\0\u{3}\0\0user\0stranger\0\0",
            answer: "\"stranger\" does not exist")
    }

    private struct State {
        var isStopped = false
        var connections = 0
        var last = ""
        var seen: Set<String> = []
        var failures: [String] = []
    }

    /// Between two connections, so that nine clients leave something of the processors to the others.
    private static let pause = Duration.milliseconds(40)

    private let port: Int
    private let dialogue: Dialogue
    private let question: URL
    private let root: URL
    private let state = Mutex(State())

    /// - Parameter root: a file; what the client needs besides lies beside it.
    init(port: Int, _ dialogue: Dialogue, root: URL) throws {
        self.port = port
        self.dialogue = dialogue
        question = root.deletingLastPathComponent().appending(path: "question-\(port)")
        try Data(dialogue.question.utf8).write(to: question)
        self.root = root
    }

    var failures: [String] { state.withLock { $0.failures } }
    /// The fingerprints of all certificates that were shown to it, and of the one that was shown last.
    var seen: Set<String> { state.withLock { $0.seen } }
    var last: String { state.withLock { $0.last } }
    var connections: Int { state.withLock { $0.connections } }

    func stop() { state.withLock { $0.isStopped = true } }

    /// Returns when a connection has ended that began after the call.
    func nextConnection() async throws {
        let before = connections
        try await until("the client connects") { connections >= before + 2 }
    }

    func run() async throws {
        while !state.withLock({ $0.isStopped }) {
            do {
                let fingerprint = try await connect()
                state.withLock { state in
                    state.last = fingerprint
                    state.seen.insert(fingerprint)
                }
            } catch {
                state.withLock { $0.failures.append("connection \($0.connections + 1): \(error)") }
            }
            state.withLock { $0.connections += 1 }
            try await Task.sleep(for: Self.pause)
        }
    }

    /// - Returns: the fingerprint of what was shown.
    private func connect() async throws -> String {
        let said = try await OpenSSL.program.run(
            [
                "s_client", "-connect", "127.0.0.1:\(port)", "-servername", LiveHome.certificate, "-CAfile", root.path,
                "-verify_return_error", "-verify_hostname", LiveHome.certificate, "-nocommands", "-ign_eof",
            ] + (dialogue.startTLS.map { ["-starttls", $0] } ?? []), in: root.deletingLastPathComponent(),
            input: question)
        guard said.contains(dialogue.answer) else { throw Wrong("no answer after the handshake: \(said)") }
        let leaf = try PublishedSet.leaf(said, "what the service shows", certificates: 1)
        return try PublishedSet.fingerprint(of: leaf).map { String(format: "%02x", $0) }.joined()
    }
}
