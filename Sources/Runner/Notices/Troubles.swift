import Automation
import Foundation
import PluginKit
import Storage

/// What becomes of the trouble record when a stage failed.
enum Troubles {
    /// - Parameter atStake: what should be replaced: the current version, or what the target holds.
    static func next(
        after before: Trouble?, _ failure: StageFailure, stage: RetryPolicy.Stage, atStake: Life?, now: Instant,
        entropy: (Int) -> [UInt8]
    ) -> Trouble {
        let failures = (before?.failures ?? 0) + 1
        let share = entropy(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let retryAt = RetryPolicy.next(
            after: failures, kind: kind(failure.failure.kind), stage: stage, at: now, replaced: atStake,
            retryAfter: failure.failure.retryAfter.map(Instant.init), share: share)
        return Trouble(
            failures: failures, since: before?.since ?? now, lastAt: now, retryAt: retryAt,
            kind: failure.failure.kind, code: failure.failure.code, message: failure.failure.message,
            remedy: failure.failure.remedy, step: failure.step, output: failure.output.map { String($0.prefix(8192)) },
            told: before?.told ?? .none, felt: before?.felt ?? 0)
    }

    /// Work that ended its process three times.
    static func crashing(_ before: Trouble?, _ what: String, now: Instant, retry: String) -> Trouble {
        Trouble(
            failures: (before?.failures ?? 0) + 1, since: before?.since ?? now, lastAt: now, retryAt: nil, kind: .bug,
            code: "stage.crash-loop", message: "\(what) was started three times and never ended.",
            remedy: "Look for a crash in the log of the machine; when it is mended, run `\(retry)`.",
            told: before?.told ?? .none, needsAttention: true)
    }

    private static func kind(_ kind: FailureClass) -> RetryPolicy.Kind {
        switch kind {
        case .auth, .configuration, .policy: .needsPerson
        case .transient, .rateLimited, .conflict, .unknownOutcome, .bug: .passing
        }
    }
}
