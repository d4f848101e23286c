import Runner
import Synchronization

/// Counts what a runner tells, and lets one task wait for a count.
final class Notes: Sendable {
    private struct State {
        var counts: [ProgressNote.Kind: Int] = [:]
        var failure: String?
        var waiter: (kind: ProgressNote.Kind, count: Int, continuation: CheckedContinuation<Void, any Error>)?
    }

    struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    private let state = Mutex(State())

    func take(_ note: ProgressNote) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            state.counts[note.kind, default: 0] += 1
            if note.kind == .failed { state.failure = "\(note.certificate): \(note.text)" }
            guard let waiter = state.waiter else { return nil }
            guard state.failure != nil || state.counts[waiter.kind, default: 0] >= waiter.count else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume(with: outcome)
    }

    func count(_ kind: ProgressNote.Kind) -> Int { state.withLock { $0.counts[kind, default: 0] } }

    /// Returns when so many of that kind were told, counted from the start.
    /// - Throws: the first failure that the runner tells.
    func wait(for count: Int, _ kind: ProgressNote.Kind) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let isOver = state.withLock { state -> Bool in
                if state.failure != nil || state.counts[kind, default: 0] >= count { return true }
                state.waiter = (kind, count, continuation)
                return false
            }
            if isOver { continuation.resume(with: outcome) }
        }
    }

    private var outcome: Result<Void, any Error> {
        state.withLock { $0.failure.map { .failure(Failed(description: $0)) } ?? .success(()) }
    }
}
