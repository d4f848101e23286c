/// Something that must hold of every trace.
public struct TraceRule: Sendable {
    public let name: String
    private let find: @Sendable (Trace) -> [(text: String, calls: [TracedCall])]

    /// - Parameter find: each place where the trace breaks the rule: why, and the calls that show it.
    public init(_ name: String, find: @escaping @Sendable (Trace) -> [(text: String, calls: [TracedCall])]) {
        self.name = name
        self.find = find
    }

    /// Where the trace breaks the rule; empty where it holds.
    public func violations(in trace: Trace) -> [Violation] {
        find(trace).map { Violation(rule: name, text: $0.text, calls: $0.calls) }
    }
}

extension Trace {
    /// All that the rules find.
    public func violations(of rules: [TraceRule]) -> [Violation] { rules.flatMap { $0.violations(in: self) } }
}
