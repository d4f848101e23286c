import Foundation
import TestPeers

/// The built program, serving its pages on a free port.
struct ServedProgram: Sendable {
    let program: BuiltProgram
    /// "https://localhost:PORT"
    let url: String
    /// Of the link that makes the first administrator.
    let code: String

    /// Hashing passwords as they are hashed in earnest takes seconds in a debug build.
    static let environment = ["CERTFLOW_TEST_SCRYPT_ROUNDS": "1024"]

    /// Runs `certflow serve` on a home that was made, beside `body`.
    static func withRunning<Result: Sendable>(
        _ program: BuiltProgram, log: URL, isolation: isolated (any Actor)? = #isolation,
        _ body: (ServedProgram) async throws -> Result
    ) async throws -> Result {
        let (result, ending) = try await program.staying(["serve", "--listen", "127.0.0.1:0"], log: log) { _ in
            try await until("it serves: \(text(log))") { text(log).contains("/setup?code=") }
            let said = text(log)
            guard let url = said.firstMatch(of: #/Serving at (https://localhost:\d+)/#)?.1,
                let code = said.firstMatch(of: #/setup\?code=([A-Za-z0-9_-]+)/#)?.1
            else { throw PeerFailure("It says neither where it serves nor the first link:\n\(said)") }
            return try await body(ServedProgram(program: program, url: String(url), code: String(code)))
        }
        guard case .exited(0) = ending else {
            throw PeerFailure("`certflow serve` ended with \(ending) after SIGTERM:\n\(text(log))")
        }
        return result
    }

    private static func text(_ log: URL) -> String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
}
