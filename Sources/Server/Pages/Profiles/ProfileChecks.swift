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

extension House {
    private static let longestProblem = 300

    /// That somebody had addresses asked, and what kept them from being reached.
    func note(_ report: ProfileCheckReport, of key: String, by principal: Principal) async throws {
        let usable = report.targets.filter(\.usable).count
        var event = people.event("profile.checked", principal.actor, key)
        event.detail = ["targets": report.notReached ?? "\(usable) of \(report.targets.count) passed"]
        let problems = report.targets.flatMap(\.findings).filter { $0.weight == .problem }
        if let first = problems.first {
            event.detail["problem"] = String(first.message.prefix(Self.longestProblem))
        }
        try await people.commit([], [event])
    }
}
