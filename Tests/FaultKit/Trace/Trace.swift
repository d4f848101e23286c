/// What a run did, in the order in which the calls began.
public struct Trace: Sendable {
    public let calls: [TracedCall]
    /// The program came to its own end unharmed: what should happen last is there, or will never be.
    public let isComplete: Bool
    /// The interposer was at work.
    let wasStarted: Bool

    init(calls: [TracedCall], isComplete: Bool, wasStarted: Bool = true) {
        self.calls = calls
        self.isComplete = isComplete
        self.wasStarted = wasStarted
    }

    /// How many calls a fault could meet.
    public var countedCalls: Int { calls.reduce(0) { max($0, $1.number ?? 0) } }

    /// The labels of all counted calls.
    public var labels: Set<String> { Set(calls.lazy.filter { $0.number != nil }.map(\.label)) }

    /// The labels of all successful syncs: what ``removing(_:)`` can be asked to take away.
    public var syncLabels: Set<String> { Set(calls.lazy.filter { $0.isSync && $0.succeeded }.map(\.label)) }

    /// The trace as it would be if the program made no such calls.
    public func removing(_ isRemoved: (TracedCall) -> Bool) -> Trace {
        Trace(calls: calls.filter { !isRemoved($0) }, isComplete: isComplete)
    }

    /// The trace as it would be if the program never made the syncs with this label.
    public func removing(syncsLabelled label: String) -> Trace {
        removing { $0.isSync && $0.label == label }
    }

    /// This run and one that began after its end, on the same files: what the first left unsynced is still so.
    public func followed(by next: Trace) -> Trace {
        let start = (calls.map(\.end).max() ?? 0) + 1
        let later = next.calls.map { $0.moved(by: start) }
        return Trace(calls: calls + later, isComplete: next.isComplete, wasStarted: wasStarted && next.wasStarted)
    }

    /// The calls that had certainly ended at a tick: what a program that stopped there may be held to.
    public func calls(endedBy tick: UInt64) -> [TracedCall] { calls.filter { $0.end <= tick } }
}
