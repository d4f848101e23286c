import Automation
import PluginKit
import Synchronization

/// The journal of a rehearsal: remembers the last handle, so that what was placed can be cleaned up, and when each step
/// was reached. Nothing of it outlives the process.
final class RehearsalJournal: Journal {
    private struct State {
        var handle: Handle?
        var marks: [(name: String, at: Duration)] = []
        var notes: [String] = []
    }

    private let state = Mutex(State())
    private let monotonic: @Sendable () -> Duration
    private let tell: @Sendable (String) -> Void

    init(_ monotonic: @escaping @Sendable () -> Duration, tell: @escaping @Sendable (String) -> Void) {
        self.monotonic = monotonic
        self.tell = tell
    }

    func record(_ step: Step, _ handle: Handle) async throws {
        state.withLock { $0.handle = handle }
        mark(step.rawValue)
    }

    func note(_ text: String) {
        state.withLock { if $0.notes.count < 100 { $0.notes.append(String(text.prefix(500))) } }
        tell(text)
    }

    /// Only the first time: a step that is recorded again is still going on.
    func mark(_ name: String) {
        state.withLock { state in
            if !state.marks.contains(where: { $0.name == name }) { state.marks.append((name, monotonic())) }
        }
    }

    func keep(_ handle: Handle) { state.withLock { $0.handle = handle } }

    var handle: Handle? { state.withLock { $0.handle } }

    /// How long it took from each mark to the next.
    var steps: [RenewalRehearsal.Step] {
        let marks = state.withLock { $0.marks }
        return zip(marks, marks.dropFirst()).map { RenewalRehearsal.Step(name: $1.name, took: $1.at - $0.at) }
    }
}
