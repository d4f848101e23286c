import Automation
import Runner
import Synchronization

/// Counts what the runner did since the start, for `/metrics`.
public final class WorkTally: Sendable {
    struct Counts: Sendable {
        var outcomes: [String: Int] = [:]
        var seconds: [String: Int64] = [:]
        var ended: [String: Int] = [:]
    }

    private struct State {
        var counts = Counts()
        var begun: [String: Instant] = [:]
    }

    private static let mostBegun = 10_000
    private let state = Mutex(State())

    public init() {}

    /// Takes what the runner reports as it happens.
    public func take(_ note: ProgressNote) {
        let stage = note.target == nil ? "renewal" : "publication"
        let work = "\(note.certificate) \(note.target ?? "")"
        state.withLock { state in
            if note.kind == .started {
                // Work that was put back reports no end.
                if state.begun.count >= Self.mostBegun { state.begun = [:] }
                state.begun[work] = note.at
                return
            }
            state.counts.outcomes["\(stage) \(note.kind)", default: 0] += 1
            guard let begun = state.begun.removeValue(forKey: work) else { return }
            state.counts.seconds[stage, default: 0] += max(0, (note.at - begun).seconds)
            state.counts.ended[stage, default: 0] += 1
        }
    }

    var counts: Counts { state.withLock { $0.counts } }
}
