import Automation
import Runner
import Synchronization

/// A clock that stands still while anything runs, and jumps to the next sleeper when nothing does.
public final class VirtualClock: Sendable {
    private struct Sleeper {
        let until: Duration
        let id: Int
        let continuation: UnsafeContinuation<Void, any Error>
    }

    private struct State {
        var monotonic: Duration = .zero
        /// The wall clock at `monotonic` zero.
        var origin: Instant
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
        var nextID = 0
    }

    private let state: Mutex<State>

    public init(start: Instant) { state = Mutex(State(origin: start)) }

    public var now: Instant {
        state.withLock { $0.origin + Span(seconds: $0.monotonic.components.seconds) }
    }

    public var monotonic: Duration { state.withLock { $0.monotonic } }

    /// Sets the wall clock without time passing.
    func jump(by span: Span) { state.withLock { $0.origin = $0.origin + span } }

    /// Lets time pass without waking anybody: the machine is off.
    func pass(_ span: Span) { state.withLock { $0.monotonic += span.duration } }

    func sleep(_ pause: Duration) async throws {
        guard pause > .zero else { return }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                let isCancelled = state.withLock { state -> Bool in
                    if state.cancelled.remove(id) != nil { return true }
                    state.sleepers.append(Sleeper(until: state.monotonic + pause, id: id, continuation: continuation))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// When the next sleeper wakes; nil where nobody sleeps.
    var nextWake: Duration? { state.withLock { $0.sleepers.map(\.until).min() } }

    /// Moves on to the next sleeper, not past `limit`, and wakes it.
    /// - Returns: false where nobody wakes before `limit`.
    func advance(upTo limit: Duration) -> Bool {
        let sleeper = state.withLock { state -> Sleeper? in
            guard let first = state.sleepers.min(by: { ($0.until, $0.id) < ($1.until, $1.id) }), first.until <= limit
            else {
                state.monotonic = max(state.monotonic, limit)
                return nil
            }
            state.monotonic = max(state.monotonic, first.until)
            state.sleepers.removeAll { $0.id == first.id }
            return first
        }
        sleeper?.continuation.resume()
        return sleeper != nil
    }

    /// A crash: nobody wakes any more.
    func forget() {
        state.withLock { state in
            state.sleepers = []
            state.cancelled = []
        }
    }

    var runnerClock: RunnerClock {
        RunnerClock(now: { self.now }, monotonic: { self.monotonic }, sleep: { try await self.sleep($0) })
    }
}
