import Automation
import PluginKit

/// Takes values out of one group of keys. Reports what is unknown or of the wrong kind; nil then stands for "not given".
struct GroupReader {
    /// Of the group.
    let position: SourcePosition
    let findings: Findings
    private let entries: [String: OptionNode.Entry]
    /// The keys that unknown ones were probably meant to be.
    private let slips: Set<String>

    /// - Parameters:
    ///   - keys: all that may stand there.
    ///   - misplaced: keys that belong elsewhere, with where.
    /// - Returns: nil, reported, where the node is no group. An empty value counts as an empty group.
    init?(_ node: OptionNode, keys: [String], misplaced: [String: String] = [:], _ findings: Findings) {
        position = node.position
        self.findings = findings
        var entries: [String: OptionNode.Entry] = [:]
        var slips: Set<String> = []
        switch node.value {
        case .group(let written):
            for entry in written {
                if keys.contains(entry.key) {
                    entries[entry.key] = entry
                } else {
                    let near = NearestKey.of(entry.key, among: keys)
                    if let near { slips.insert(near) }
                    findings.report(
                        entry.keyPosition, "Unknown key `\(entry.key.shown)`.",
                        misplaced[entry.key] ?? near.map { "Did you mean `\($0)`?" }
                            ?? "Known here: \(keys.map { "`\($0)`" }.joined(separator: ", ")).")
                }
            }
        case .scalar(""): break
        default:
            findings.report(
                node.position, "This must be a group of keys.",
                "Write `key: value` lines here; known are \(keys.map { "`\($0)`" }.joined(separator: ", ")).")
            return nil
        }
        self.entries = entries
        self.slips = slips
    }

    func has(_ key: String) -> Bool { entries[key] != nil }

    func node(_ key: String) -> OptionNode? { entries[key]?.node }

    /// Where the key stands; the group where it does not.
    func keyPosition(_ key: String) -> SourcePosition { entries[key]?.keyPosition ?? position }

    /// Where the value stands; the group where there is none.
    func position(of key: String) -> SourcePosition { entries[key]?.node.position ?? position }

    /// The group under `key`; nil where it is not given or is no group.
    func group(_ key: String, keys: [String], misplaced: [String: String] = [:]) -> GroupReader? {
        node(key).flatMap { GroupReader($0, keys: keys, misplaced: misplaced, findings) }
    }

    /// A text that is not empty and holds no control characters; `multiline` allows line breaks and tabs.
    func text(_ key: String, multiline: Bool = false) -> String? {
        node(key).flatMap { Self.text($0, of: key, multiline: multiline, findings) }
    }

    /// A name of ours; what it names is for the message.
    func name(_ key: String) -> String? {
        guard let text = text(key) else { return nil }
        return Self.name(text, at: position(of: key), findings)
    }

    func flag(_ key: String) -> Bool? {
        guard let text = text(key) else { return nil }
        if let flag = OptionText.flag(text) { return flag }
        findings.report(
            position(of: key), "`\(text.shown)` is neither yes nor no.", "Write `\(key): true` or `\(key): false`.")
        return nil
    }

    func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = text(key) else { return nil }
        if let number = Int(text), range.contains(number) { return number }
        findings.report(
            position(of: key), "`\(text.shown)` is no whole number from \(range.lowerBound) to \(range.upperBound).",
            "Write such a number.")
        return nil
    }

    func span(_ key: String, in range: ClosedRange<Span>) -> Span? {
        guard let text = text(key) else { return nil }
        if let seconds = OptionText.seconds(text), range.contains(.seconds(seconds)) { return .seconds(seconds) }
        let shape = OptionSchema.Shape.duration(range.lowerBound.seconds...range.upperBound.seconds)
        findings.report(position(of: key), "`\(text.shown)` is no such time.", "Write \(shape.words).")
        return nil
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        guard let text = text(key) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        findings.report(
            position(of: key), "`\(text.shown)` is not known as `\(key)`.",
            NearestKey.remedy(for: text, among: Choice.allCases.map(\.rawValue)))
        return nil
    }

    /// The items of a list; nil, reported, where it is none.
    /// - Parameter example: how a list looks here.
    func items(_ key: String, example: String) -> [OptionNode]? {
        guard let node = node(key) else { return nil }
        if case .list(let items) = node.value { return items }
        findings.report(
            node.position, "`\(key)` must be a list.", "Write it as `\(key): \(example)`, or a line `- a` for each.")
        return nil
    }

    /// Whether a key that is not given was probably meant by one that is unknown.
    func isMisspelt(_ key: String) -> Bool { slips.contains(key) }

    /// Reports that a key is missing, unless it is there with a slip: that is reported already.
    func missing(_ key: String, _ remedy: String) {
        guard !isMisspelt(key) else { return }
        findings.report(position, "`\(key)` is missing.", remedy)
    }

    // MARK: Single nodes

    static func text(_ node: OptionNode, of key: String, multiline: Bool = false, _ findings: Findings) -> String? {
        guard case .scalar(let text) = node.value else {
            findings.report(node.position, "`\(key)` takes a single value.", "Write one value, in quotes where needed.")
            return nil
        }
        guard !text.isEmpty else {
            findings.report(node.position, "`\(key)` has no value.", "Give it one, or remove the key.")
            return nil
        }
        let isClean = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.generalCategory != .control || (multiline && (scalar == "\n" || scalar == "\t"))
        }
        guard isClean else {
            findings.report(node.position, "`\(key)` holds control characters.", "Remove them.")
            return nil
        }
        return text
    }

    static func name(_ text: String, at position: SourcePosition, _ findings: Findings) -> String? {
        if OptionText.isName(text) { return text }
        findings.report(
            position, "`\(text.shown)` can't be a name.",
            "Use letters, digits and `. _ - *`, at most 200, without `..`, and neither `.` nor `-` at the start.")
        return nil
    }
}
