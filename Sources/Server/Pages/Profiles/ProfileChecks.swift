import Automation
import Synchronization

/// What the last check of each profile found, while this server runs.
final class ProfileChecks: Sendable {
    struct Outcome: Sendable {
        var report: ProfileCheckReport
        var at: Instant
        var by: String
        /// Of the file that was checked.
        var digest: String
    }

    private let outcomes = Mutex<[String: Outcome]>([:])
    private let running = Mutex<Set<String>>([])

    func last(_ profile: String) -> Outcome? { outcomes.withLock { $0[profile] } }

    func note(_ profile: String, _ outcome: Outcome) { outcomes.withLock { $0[profile] = outcome } }

    /// Once at a time: each reaches all targets.
    /// - Returns: nil where such a check runs already.
    func alone<Result: Sendable>(_ profile: String, _ body: () async throws -> Result) async throws -> Result? {
        guard running.withLock({ $0.insert(profile).inserted }) else { return nil }
        defer { _ = running.withLock { $0.remove(profile) } }
        return try await body()
    }
}
