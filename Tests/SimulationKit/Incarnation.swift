import Automation
import Runner
import Synchronization

/// One life of a runner: from a start to a stop, or to a crash.
struct Incarnation {
    let executor: SeededExecutor
    private let runner: Runner
    private let outcome: Outcome

    private final class Outcome: Sendable {
        private let state = Mutex<(isOver: Bool, error: String?)>((false, nil))

        func end(_ error: String?) { state.withLock { $0 = (true, error) } }
        var isOver: Bool { state.withLock { $0.isOver } }
        var error: String? { state.withLock { $0.error } }
    }

    init(_ runner: Runner, seed: UInt64, _ mode: Runner.Mode = .untilStopped) {
        let executor = SeededExecutor(seed: seed)
        let outcome = Outcome()
        Task(executorPreference: executor) {
            do {
                try await runner.run(mode)
                outcome.end(nil)
            } catch {
                outcome.end("the runner ended: \(error)")
            }
        }
        self.executor = executor
        self.runner = runner
        self.outcome = outcome
    }

    func wake() { runner.wake() }

    /// Lets it run until a moment.
    /// - Returns: what must not be: that it ended, or spins.
    func drain(until end: Instant, _ clock: VirtualClock, _ patience: Int) -> [String] {
        var spinning = 0
        while true {
            if executor.step() {
                spinning += 1
                if spinning > patience { return ["the runner spins at \(clock.now)"] }
                continue
            }
            if outcome.isOver { return [outcome.error ?? "the runner ended by itself at \(clock.now)"] }
            spinning = 0
            let rest = end - clock.now
            guard rest > .zero else { return [] }
            _ = clock.advance(upTo: clock.monotonic + rest.duration)
        }
    }

    /// Lets it run until it ends by itself, or for that long.
    func drain(atMost span: Span, _ clock: VirtualClock) -> [String] {
        let end = clock.monotonic + span.duration
        while !outcome.isOver {
            guard executor.step() || clock.advance(upTo: end) else { return ["the runner did not end"] }
        }
        return outcome.error.map { [$0] } ?? []
    }

    /// Dies in the middle of work, where it comes to work before `limit`; else idle.
    /// - Parameter isAtWork: whether something is claimed.
    func crash(
        _ clock: VirtualClock, after jobs: Int, before limit: Instant, whereAtWork isAtWork: () async throws -> Bool
    ) async rethrows {
        while clock.now < limit {
            if executor.step() {
                if try await isAtWork() { break }
            } else if !clock.advance(upTo: clock.monotonic + (limit - clock.now).duration) {
                break
            }
        }
        crash(clock, after: jobs)
    }

    /// Dies between any two jobs: nothing of it ever goes on.
    func crash(_ clock: VirtualClock, after jobs: Int) {
        for _ in 0..<jobs where !executor.step() {
            guard clock.advance(upTo: clock.monotonic + .seconds(120)) else { break }
        }
        executor.die()
        clock.forget()
    }

    /// Stops as a service does on SIGTERM.
    func stop(_ clock: VirtualClock) -> [String] {
        runner.stop()
        while !outcome.isOver {
            guard executor.step() || clock.advance(upTo: clock.monotonic + .seconds(86_400)) else {
                return ["the runner did not stop"]
            }
        }
        clock.forget()
        return outcome.error.map { [$0] } ?? []
    }
}
