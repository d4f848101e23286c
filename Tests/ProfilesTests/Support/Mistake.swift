import PluginKit
import Testing

@testable import Profiles

/// A text with one mistake, whose place is marked by `▸`, and what a person has to be told of it.
struct Mistake: Sendable, CustomTestStringConvertible {
    let source: SourceFile
    let position: SourcePosition
    let message: String
    let remedy: String

    var testDescription: String { "\(message) \(remedy)" }

    /// - Parameters:
    ///   - message: a part of what is wrong.
    ///   - remedy: a part of what to do.
    init(_ marked: String, file: String = "mistake.yaml", _ message: String, _ remedy: String) {
        let before = marked.prefix { $0 != "▸" }
        source = SourceFile(String(before) + String(marked.dropFirst(before.count + 1)), path: file)
        position = SourcePosition(file: file, line: 1, column: 1).advanced(over: before.utf8)
        self.message = message
        self.remedy = remedy
    }

    /// It is the only problem, stands at the mark, and says both.
    func expect(in problems: [OptionProblem], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(problems.count == 1, "\(problems)", sourceLocation: sourceLocation)
        guard let problem = problems.first else { return }
        #expect(problem.position == position, "\(problem)", sourceLocation: sourceLocation)
        #expect(problem.message.contains(message), "\(problem.message)", sourceLocation: sourceLocation)
        #expect(problem.remedy.contains(remedy), "\(problem.remedy)", sourceLocation: sourceLocation)
    }
}
