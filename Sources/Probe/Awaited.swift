import Synchronization

/// A value that comes once, from a thread of its own, to one task that waits for it no longer than it wants.
final class Awaited<Value: Sendable>: Sendable {
    /// What `value` throws when the time is up.
    struct Overdue: Error {}

    private enum State {
        case open
        case waiting(CheckedContinuation<Value, any Error>)
        case settled(Result<Value, any Error>)
    }

    private let state = Mutex(State.open)

    /// The first result counts, later ones change nothing.
    func settle(_ result: Result<Value, any Error>) {
        let waiter: CheckedContinuation<Value, any Error>? = state.withLock { state in
            switch state {
            case .open:
                state = .settled(result)
                return nil
            case .waiting(let continuation):
                state = .settled(result)
                return continuation
            case .settled: return nil
            }
        }
        waiter?.resume(with: result)
    }

    /// - Throws: `Overdue`, `CancellationError`, or what it was settled with. To be called once.
    func value(within limit: Duration) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { timer in
            timer.addTask {
                try await Task.sleep(for: limit)
                self.settle(.failure(Overdue()))
            }
            defer { timer.cancelAll() }
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { wait($0) }
            } onCancel: {
                settle(.failure(CancellationError()))
            }
        }
    }

    private func wait(_ continuation: CheckedContinuation<Value, any Error>) {
        let result: Result<Value, any Error>? = state.withLock { state in
            if case .settled(let result) = state { return result }
            state = .waiting(continuation)
            return nil
        }
        if let result { continuation.resume(with: result) }
    }
}
