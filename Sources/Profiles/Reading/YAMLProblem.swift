import PluginKit
import Yams

/// What can be wrong with YAML text itself, in the words of an operator.
enum YAMLProblem {
    static func alias(_ name: String, at position: SourcePosition) -> OptionProblem {
        OptionProblem(
            position, "`*\(name)` is an alias, and aliases are not read here.",
            remedy: "Write the value out; in a text, write the `*` as \"\\x2A\".")
    }

    static func anchor(_ name: String, at position: SourcePosition) -> OptionProblem {
        OptionProblem(
            position, "`&\(name)` is an anchor, and anchors are not read here.",
            remedy: "Remove it; where it is meant as text, put it in quotes.")
    }

    static func merge(at position: SourcePosition) -> OptionProblem {
        OptionProblem(
            position, "`<<` is a merge key, and merge keys are not read here.", remedy: "Write the merged keys out.")
    }

    static func tag(_ name: String, at position: SourcePosition) -> OptionProblem {
        OptionProblem(
            position, "`\(name)` is a tag, and tags are not read here.",
            remedy: "Remove it; where it is meant as text, put it in quotes.")
    }

    static func directive(at position: SourcePosition) -> OptionProblem {
        OptionProblem(
            position, "A line that begins with `%` is a YAML directive, and directives are not read here.",
            remedy: "Remove it; where it is meant as text, indent it or put it in quotes.")
    }

    static func key(at position: SourcePosition) -> OptionProblem {
        OptionProblem(
            position, "A key must be a word, not a list or a group.",
            remedy: "Write `key: value`; put text with brackets or braces in quotes.")
    }

    static func tooDeep(at position: SourcePosition) -> OptionProblem {
        OptionProblem(
            position, "This is nested too deeply.", remedy: "Look for brackets, braces or indentation that go astray.")
    }

    /// What the parser said, with where it was and what to do.
    static func of(_ error: any Error, in source: SourceFile) -> OptionProblem {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            return ParserComplaint(context: context, problem: problem, mark: mark, source: source).translated
        case .duplicatedKeysInMapping(let keys, let context):
            return DuplicateKey(keys.first ?? "", firstAt: context.mark, source: source).problem
        default:
            return OptionProblem(
                .start(of: source.path), "The file can't be read as YAML: \(error).",
                remedy: "Write it anew, a few lines at a time.")
        }
    }
}
