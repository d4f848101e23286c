import Foundation
import PluginKit
import Profiles

/// Writes a profile's values as YAML: what a form says of it.
enum ProfileYAML {
    /// - Returns: the text, and for each of its lines the path of what stands there: "with.user".
    static func text(_ root: OptionNode, comment: String = "") -> (text: String, places: [String]) {
        var lines = comment.split(separator: "\n", omittingEmptySubsequences: false).map { (String($0), "") }
        if comment.isEmpty { lines = [] }
        guard case .group(let entries) = root.value else { return ("", []) }
        for entry in entries { add(entry.key, entry.node, at: entry.key, indent: "", &lines) }
        return (lines.map { $0.0 + "\n" }.joined(), lines.map(\.1))
    }

    private static func add(
        _ key: String, _ node: OptionNode, at place: String, indent: String, _ lines: inout [(String, String)]
    ) {
        let name = "\(indent)\(YAMLText.scalar(key)):"
        switch node.value {
        case .group(let entries) where place == "with" && !entries.isEmpty:
            lines.append((name, place))
            for entry in entries {
                add(entry.key, entry.node, at: "\(place).\(entry.key)", indent: indent + "  ", &lines)
            }
        case .list(let items) where items.contains(where: isGroup):
            lines.append((name, place))
            for item in items { lines.append(("\(indent)  - \(inline(item))", place)) }
        default: lines.append(("\(name) \(inline(node))", place))
        }
    }

    private static func isGroup(_ node: OptionNode) -> Bool {
        if case .group = node.value { true } else { false }
    }

    /// On one line, in YAML's flow style.
    static func inline(_ node: OptionNode) -> String {
        switch node.value {
        case .scalar(let text):
            if node.isPlain, text.isEmpty { return "null" }
            return node.isPlain && isSafe(text) ? text : YAMLText.scalar(text)
        case .list(let items): return "[\(items.map(inline).joined(separator: ", "))]"
        case .group(let entries):
            return "{\(entries.map { "\(YAMLText.scalar($0.key)): \(inline($0.node))" }.joined(separator: ", "))}"
        }
    }

    /// What stood there without quotes may stay so where nothing in it means anything to YAML: numbers, flags, words.
    private static func isSafe(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-") || text.utf8.count > 1 else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "/"),
                UInt8(ascii: "+"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    /// One value as somebody typed it.
    /// - Throws: what is wrong with it.
    static func node(_ text: String) throws(OptionProblem) -> OptionNode? {
        try YAMLReader.read(SourceFile(text, path: "the field"))
    }

    static let nowhere = SourcePosition(file: "the form", line: 1, column: 1)

    static func scalar(_ text: String, isPlain: Bool = false) -> OptionNode {
        OptionNode(.scalar(text), at: nowhere, isPlain: isPlain)
    }

    static func group(_ entries: [(String, OptionNode)]) -> OptionNode {
        OptionNode(.group(entries.map { .init(key: $0.0, keyPosition: nowhere, node: $0.1) }), at: nowhere)
    }

    /// The comment lines that a file begins with.
    static func comment(of text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("#") }.joined(
            separator: "\n")
    }
}
