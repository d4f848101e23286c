import Synchronization

/// Runs all jobs of a simulation on one thread, in an order that one seed decides.
public final class SeededExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var random: SeededRandom
        var isDead = false
        var executed = 0
    }

    private let state: Mutex<State>

    public init(seed: UInt64) { state = Mutex(State(random: SeededRandom(seed: seed))) }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    /// Runs one job; false where there is none.
    func step() -> Bool {
        let job = state.withLock { state -> UnownedJob? in
            guard !state.isDead, !state.jobs.isEmpty else { return nil }
            state.executed += 1
            let index = Int.random(in: 0..<state.jobs.count, using: &state.random)
            state.jobs.swapAt(index, state.jobs.count - 1)
            return state.jobs.removeLast()
        }
        guard let job else { return false }
        job.runSynchronously(on: asUnownedTaskExecutor())
        return true
    }

    /// A crash: nothing that runs here ever goes on.
    func die() {
        state.withLock { state in
            state.isDead = true
            state.jobs = []
        }
    }

    var executed: Int { state.withLock { $0.executed } }
}

/// A generator that repeats for ever from its seed (xorshift64*, Vigna 2016).
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        var mixed = seed &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        state = (mixed ^ (mixed >> 31)) | 1
    }

    public mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }

    public mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

    public mutating func pick<Element>(_ choices: [Element], else fallback: Element) -> Element {
        choices.randomElement(using: &self) ?? fallback
    }
}
