import PluginKit
import Yams

/// Translates what libyaml complains of: its words name its own insides, not what a person did.
struct ParserComplaint {
    /// What the parser was at when it failed, and where that began.
    let context: YamlError.Context?
    let problem: String
    let mark: Mark
    let source: SourceFile

    var translated: OptionProblem {
        switch problem {
        case "found undefined alias": return unquoted("*", "an alias", at: mark)
        case _ where at("while scanning an alias"): return unquoted("*", "an alias", at: start)
        case _ where at("while scanning an anchor"): return unquoted("&", "an anchor", at: start)
        case _ where at("while scanning a tag") || problem == "found undefined tag handle":
            return unquoted("!", "a tag", at: start)
        case "found character that cannot start any token": return strayCharacter
        case "found unexpected end of stream", "found unexpected document indicator":
            return OptionProblem(position(start), "The quote that opens here is never closed.", remedy: "Close it.")
        case "but found another document":
            return OptionProblem(
                position(mark), "A second document begins here; a file holds one.",
                remedy: "Remove the line `---`, or move what follows it to a file of its own.")
        case "mapping values are not allowed in this context":
            return OptionProblem(
                position(mark), "A value can't begin here.",
                remedy: "Put text that holds a colon in quotes, or check how far this line is indented.")
        case "block sequence entries are not allowed in this context":
            return OptionProblem(
                position(mark), "An item of a list can't begin here.",
                remedy: "Begin each item on a line of its own, indented like its neighbours.")
        case "could not find expected ':'":
            return OptionProblem(
                position(start), "This line is no `key: value`.",
                remedy: "Add the colon with a space behind it, or check how far the line is indented.")
        case "did not find expected key", "did not find expected '-' indicator":
            if let bracket = rest(of: mark).first, "]}".contains(bracket) {
                return OptionProblem(
                    position(mark), "This `\(bracket)` closes nothing.",
                    remedy: "Remove it; where it is meant as text, put the text in quotes.")
            }
            return OptionProblem(
                position(mark), "This does not line up with what begins in line \(start.line).",
                remedy: "Indent it like its neighbours, with spaces.")
        case "did not find expected ',' or ']'": return unclosed("list", "]")
        case "did not find expected ',' or '}'": return unclosed("group", "}")
        case _ where problem.hasPrefix("Maximum nesting level"): return YAMLProblem.tooDeep(at: position(mark))
        case _ where at("while parsing a quoted scalar") || problem.contains("escape"):
            return OptionProblem(
                position(mark), "This escape is not known.",
                remedy: "Use single quotes, or write each `\\` twice.")
        default:
            return OptionProblem(
                position(mark), "This can't be read as YAML: \(problem).",
                remedy: "Check quotes, brackets and indentation here and in the line before.")
        }
    }

    /// Where what the parser was at began.
    private var start: Mark { context?.mark ?? mark }

    private func at(_ words: String) -> Bool { context?.text.hasPrefix(words) == true }

    private func position(_ mark: Mark) -> SourcePosition {
        SourcePosition(file: source.path, line: mark.line, column: mark.column)
    }

    private var strayCharacter: OptionProblem {
        let character = rest(of: mark).first ?? " "
        guard character == "\t" else { return unquoted(String(character), "something else", at: mark) }
        return OptionProblem(
            position(mark), "A tab stands here; YAML is indented with spaces only.",
            remedy: "Replace it with spaces.")
    }

    private func unquoted(_ sign: String, _ meaning: String, at mark: Mark) -> OptionProblem {
        let text = rest(of: mark).prefix { !" \t,]}\r\n".contains($0) }.prefix(60)
        return OptionProblem(
            position(mark), "`\(sign)` at the start of a text means \(meaning) in YAML.",
            remedy: "Put the text in quotes: \"\(text)\".")
    }

    private func unclosed(_ kind: String, _ bracket: String) -> OptionProblem {
        OptionProblem(
            position(mark), "The \(kind) that begins in line \(start.line) goes wrong here.",
            remedy:
                "Put a comma between items, close the \(kind) with `\(bracket)`, and put text with brackets, braces or commas in quotes."
        )
    }

    /// What stands at `mark` and behind it in its line.
    private func rest(of mark: Mark) -> String {
        let lines = source.text.split(omittingEmptySubsequences: false) { $0.isNewline }
        guard lines.indices.contains(mark.line - 1) else { return "" }
        return String(lines[mark.line - 1].unicodeScalars.dropFirst(max(0, mark.column - 1)))
    }
}
