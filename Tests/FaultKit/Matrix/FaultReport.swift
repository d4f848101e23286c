/// What a matrix found.
public struct FaultReport: Sendable, CustomStringConvertible {
    /// One run after which something was wrong.
    public struct Failure: Sendable, CustomStringConvertible {
        /// nil: the run that nothing harmed.
        public let fault: Fault?
        /// The call that was harmed.
        public let harmed: TracedCall?
        public let text: String

        public var description: String {
            let met = harmed.map { " (\($0))" } ?? ""
            return "\(fault.map(\.description) ?? "unharmed")\(met): \(text)"
        }
    }

    /// What must be met: a label by a kind of fault.
    public struct Goal: Sendable, Hashable, Comparable, CustomStringConvertible {
        public let label: String
        public let kind: Fault.Kind

        public static func < (one: Self, other: Self) -> Bool {
            (one.label, one.kind.rawValue) < (other.label, other.kind.rawValue)
        }

        public var description: String { "\(kind.rawValue) at '\(label)'" }
    }

    /// How many runs were made, and how many of them met a fault.
    public internal(set) var runs = 0
    public internal(set) var harmedRuns = 0
    /// The counted calls of the longest run that nothing harmed.
    public internal(set) var countedCalls = 0
    /// All that can be met, by the labels of every run that nothing harmed.
    public internal(set) var goals: Set<Goal> = []
    /// What was met.
    public internal(set) var met: Set<Goal> = []
    public internal(set) var failures: [Failure] = []

    public var missed: [Goal] { goals.subtracting(met).sorted() }
    /// The share of goals met: 1 is all of them.
    public var coverage: Double {
        goals.isEmpty ? 1 : Double(goals.intersection(met).count) / Double(goals.count)
    }

    public var description: String {
        let share = (coverage * 1000).rounded() / 10
        let head = """
            \(runs) runs, \(harmedRuns) harmed, \(countedCalls) counted calls, \
            \(goals.intersection(met).count) of \(goals.count) goals met (\(share) %), \(failures.count) failures
            """
        let shown = failures.prefix(20).map { "\n  \($0)" }.joined()
        let more = failures.count > 20 ? "\n  and \(failures.count - 20) more" : ""
        return head + missed.map { "\n  missed: \($0)" }.joined() + shown + more
    }
}
