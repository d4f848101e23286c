import PluginKit
import Yams

/// A key that stands twice in one group. The parser says where it stands first; what a person looks for is the second.
struct DuplicateKey {
    private let key: String
    private let first: Mark
    private let source: SourceFile

    init(_ key: String, firstAt mark: Mark, source: SourceFile) {
        self.key = key
        first = mark
        self.source = source
    }

    var problem: OptionProblem {
        guard let second else {
            return OptionProblem(
                SourcePosition(file: source.path, line: first.line, column: first.column),
                "The key `\(key)` stands more than once in this group.", remedy: "Keep one of them.")
        }
        return OptionProblem(
            second, "The key `\(key)` stands here again; line \(first.line) has it already.",
            remedy: "Keep one of the two.")
    }

    /// In a group of lines it begins in the same column; in braces it follows in the same line.
    private var second: SourcePosition? {
        let lines = source.text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for number in first.line...max(first.line, lines.count) where lines.indices.contains(number - 1) {
            let line = Array(lines[number - 1].unicodeScalars)
            let columns =
                number == first.line ? Array(first.column..<max(first.column, line.count)) : [first.column - 1]
            for column in columns where isKey(at: column, in: line) {
                return SourcePosition(file: source.path, line: number, column: column + 1)
            }
        }
        return nil
    }

    /// Whether the key stands at this column, counted from 0, as a word of its own before a colon.
    private func isKey(at column: Int, in line: [Unicode.Scalar]) -> Bool {
        guard line.indices.contains(column) else { return false }
        let before = column > 0 ? line[column - 1] : " "
        guard " \t{,-?".unicodeScalars.contains(before) else { return false }
        for quote in ["", "\"", "'"] {
            let word = Array((quote + key + quote).unicodeScalars)
            let rest = line[column...]
            guard rest.starts(with: word) else { continue }
            if rest.dropFirst(word.count).first(where: { $0 != " " }) == ":" { return true }
        }
        return false
    }
}
