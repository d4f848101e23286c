import PluginKit
import Yams

/// Turns YAML into `OptionNode`s: every value a string, a list or a group, each with where it stands.
///
/// Less than YAML on purpose: no anchors and aliases (a few lines of them can stand for billions of values), no merge
/// keys, tags or directives, one document. What it refuses is named with its place and with what to write instead. The
/// parser recurses: call it on a thread with at least 1 MiB of stack.
package enum YAMLReader {
    /// How many groups and lists may stand within each other; our formats need seven.
    private static let depthLimit = 64

    /// - Returns: nil where the text holds no document: empty, or comments only.
    /// - Throws: the first thing that can't be read.
    package static func read(_ source: SourceFile) throws(OptionProblem) -> OptionNode? {
        try TextScreen(source.text, file: source.path).check()
        do {
            // Without rules nothing is resolved: whether `on` is a flag or a word is for the schema to say.
            let parser = try Parser(yaml: source.text, resolver: .basic, encoding: .utf8)
            // Nodes hold their anchors weakly: only the parser keeps them.
            defer { withExtendedLifetime(parser) {} }
            return try parser.singleRoot().map { try convert($0, file: source.path, depth: 0) }
        } catch let problem as OptionProblem {
            throw problem
        } catch {
            throw YAMLProblem.of(error, in: source)
        }
    }

    private static func convert(_ node: Node, file: String, depth: Int) throws -> OptionNode {
        let position = position(node, file)
        guard depth < depthLimit else { throw YAMLProblem.tooDeep(at: position) }
        if let anchor = node.anchor { throw YAMLProblem.anchor(anchor.rawValue, at: position) }
        switch node {
        case .scalar(let scalar):
            try checkTag(node, allowed: .str, at: position)
            let isNothing = scalar.style == .plain && ["~", "null", "Null", "NULL"].contains(scalar.string)
            return OptionNode(
                .scalar(isNothing ? "" : scalar.string), at: position, isPlain: scalar.style == .plain)
        case .sequence(let items):
            try checkTag(node, allowed: .seq, at: position)
            return OptionNode(.list(try items.map { try convert($0, file: file, depth: depth + 1) }), at: position)
        case .mapping(let pairs):
            try checkTag(node, allowed: .map, at: position)
            return OptionNode(.group(try pairs.map { try entry($0, $1, file: file, depth: depth) }), at: position)
        case .alias(let alias): throw YAMLProblem.alias(alias.anchor.rawValue, at: position)
        }
    }

    private static func entry(_ key: Node, _ value: Node, file: String, depth: Int) throws -> OptionNode.Entry {
        let position = position(key, file)
        guard case .scalar(let name) = key else { throw YAMLProblem.key(at: position) }
        if let anchor = name.anchor { throw YAMLProblem.anchor(anchor.rawValue, at: position) }
        try checkTag(key, allowed: .str, at: position)
        guard name.string != "<<" else { throw YAMLProblem.merge(at: position) }
        return OptionNode.Entry(
            key: name.string, keyPosition: position, node: try convert(value, file: file, depth: depth + 1))
    }

    private static func checkTag(_ node: Node, allowed: Tag.Name, at position: SourcePosition) throws {
        guard node.tag.description != allowed.rawValue else { return }
        throw YAMLProblem.tag(node.tag.description, at: position)
    }

    private static func position(_ node: Node, _ file: String) -> SourcePosition {
        SourcePosition(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }
}
