import Foundation

/// A few threads for work that computes for long: keys and key derivations never sit on the cooperative pool.
///
/// Every job that was handed over is run before the threads end.
///
/// `@unchecked Sendable` is sound: `jobs` and `isEnding` are touched under `condition` alone.
public final class WorkerThreads: @unchecked Sendable {
    private let condition = NSCondition()
    private var jobs: [@Sendable () -> Void] = []
    private var isEnding = false

    /// - Parameter count: one per core is enough.
    public init(count: Int) {
        for number in 0..<max(1, count) {
            let thread = Thread { [self] in work() }
            thread.name = "certflow-worker-\(number)"
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    /// Runs `body` on one of the threads.
    public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            condition.withLock {
                jobs.append { continuation.resume(with: Swift.Result(catching: body)) }
                condition.signal()
            }
        }
    }

    /// Ends the threads once all jobs are done. What is handed over later never runs.
    public func end() {
        condition.withLock {
            isEnding = true
            condition.broadcast()
        }
    }

    private func work() {
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        condition.withLock {
            while jobs.isEmpty, !isEnding { condition.wait() }
            return jobs.isEmpty ? nil : jobs.removeFirst()
        }
    }
}
