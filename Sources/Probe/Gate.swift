import Synchronization

/// Lets work in until it is closed, and knows when the last of it has left.
final class Gate: Sendable {
    private struct State {
        var inside = 0
        var isClosed = false
        var waiting: [CheckedContinuation<Void, Never>] = []

        /// Those who may stop waiting, each handed out once.
        mutating func released() -> [CheckedContinuation<Void, Never>] {
            guard isClosed, inside == 0 else { return [] }
            defer { waiting = [] }
            return waiting
        }
    }

    private let state = Mutex(State())

    /// Runs `work`, or `refusal` where the gate is closed.
    func pass<Result: Sendable>(
        _ work: () async -> Result, otherwise refusal: () -> Result
    ) async -> Result {
        let isInside = state.withLock { state in
            if !state.isClosed { state.inside += 1 }
            return !state.isClosed
        }
        guard isInside else { return refusal() }
        let result = await work()
        let waiting = state.withLock { state in
            state.inside -= 1
            return state.released()
        }
        for continuation in waiting { continuation.resume() }
        return result
    }

    /// Lets nothing in any more, and returns when nothing is inside.
    func close() async {
        await withCheckedContinuation { continuation in
            let waiting = state.withLock { state in
                state.isClosed = true
                state.waiting.append(continuation)
                return state.released()
            }
            for continuation in waiting { continuation.resume() }
        }
    }
}
