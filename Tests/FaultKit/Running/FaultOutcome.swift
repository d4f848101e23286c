/// What came of one run.
public struct FaultOutcome: Sendable {
    public let ending: Ending
    public let output: String
    public let errors: String
    public let trace: Trace

    /// The call that was harmed first; nil where the fault met none.
    public var harmed: TracedCall? { trace.calls.first { $0.harm != nil } }
}
