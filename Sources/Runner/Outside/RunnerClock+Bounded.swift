import Automation
import PluginKit

extension RunnerClock {
    /// Runs `body`, but cancels it when `limit` is over.
    /// - Throws: what `body` throws, or `PluginFailure` (`transient`) when the time is over and the body gave up.
    func bounded<Result: Sendable>(
        _ what: String, _ limit: Span, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await sleep(limit.duration)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                throw PluginFailure.tookTooLong(what, OptionText.words(seconds: limit.seconds))
            }
            return result
        }
    }
}
