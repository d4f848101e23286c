import Foundation
import TestPeers

/// The programs that judge what we write, and write what we read. A missing one fails the test.
enum Tool {
    static let openssl = PeerProgram("openssl", package: "openssl")
    static let keytool = PeerProgram("keytool", package: "openjdk-17-jre-headless")
}

extension PeerProgram {
    /// Runs it to its end, with paths as arguments; gives both of its output streams.
    /// - Throws: `PeerFailure` with the output where it did not succeed.
    @discardableResult
    func run(_ arguments: String...) async throws -> String { try await run(arguments) }

    @discardableResult
    func run(_ arguments: [String]) async throws -> String {
        try await run(arguments, in: FileManager.default.temporaryDirectory)
    }

    func succeeds(_ arguments: String...) async throws -> Bool {
        do {
            try await run(arguments)
            return true
        } catch is PeerFailure {
            return false
        }
    }
}
