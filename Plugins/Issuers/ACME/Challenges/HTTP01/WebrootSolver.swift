import Crypto
import Foundation
import NIOPosix
import PluginKit

/// Answers http-01 by a file below the root of a web server on this machine.
struct WebrootSolver: ChallengeSolver {
    /// What was put where: enough to take it away again.
    struct Presented: Codable, Equatable {
        var root: String
        var token: String
        /// SHA-256 of the file.
        var digest: Data
        /// The directories that were missing, the outermost first; relative to the root.
        var made: [String]
    }

    let root: String

    func present(_ challenge: Challenge, _ journal: any Journal) async throws -> Handle {
        let checked = try CheckedChallenge(challenge, .http01)
        let root = root
        let made = try await Self.blocking { try Webroot(root).missing() }
        let handle = try Handle(
            Presented(root: root, token: checked.token, digest: Data(checked.digest), made: made))
        try await journal.record(.presented, handle)
        try await Self.blocking { try Webroot(root).write(checked.keyAuthorization, as: checked.token) }
        return handle
    }

    func propagated(_ challenge: Challenge, _ handle: Handle) async throws -> Bool { true }

    func cleanUp(_ challenge: Challenge, _ handle: Handle) async throws {
        let presented = try handle.decode(Presented.self)
        try await Self.blocking {
            try Webroot(presented.root).remove(presented.token, where: presented.digest, presented.made)
        }
    }

    /// A disk may make its callers wait: not on the shared pool.
    static func blocking<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await NIOThreadPool.singleton.runIfActive(body)
    }
}
