import PluginKit

/// Collects the problems of a file while it is read: all of them, not only the first.
final class Findings {
    private var found: Set<OptionProblem> = []

    /// In the order of the file.
    var problems: [OptionProblem] {
        found.sorted { left, right in
            let (one, other) = (left.position, right.position)
            return (one.file, one.line, one.column, left.message) < (
                other.file, other.line, other.column, right.message
            )
        }
    }

    var isEmpty: Bool { found.isEmpty }

    func report(_ position: SourcePosition, _ message: String, _ remedy: String) {
        report(OptionProblem(position, message, remedy: remedy))
    }

    /// The same problem is kept once: what several targets share is checked for each.
    func report(_ problem: OptionProblem) { found.insert(problem) }
}

extension String {
    /// What a message repeats of what was written: not more than a line.
    var shown: String { count > 80 ? prefix(80) + "…" : self }
}
