import Automation

/// Writes single values, lists and groups in YAML's flow style.
package enum YAMLText {
    static func flag(_ flag: Bool) -> String { flag ? "true" : "false" }

    /// "5d": in the largest unit that it is a whole number of.
    static func span(_ span: Span) -> String {
        for (length, unit) in [(Int64(86_400), "d"), (3600, "h"), (60, "m")] where span.seconds % length == 0 {
            return "\(span.seconds / length)\(unit)"
        }
        return "\(span.seconds)s"
    }

    /// The items as texts.
    static func list(_ items: [String]) -> String { "[\(items.map(scalar).joined(separator: ", "))]" }

    /// Keys with values that are YAML already.
    static func group(_ entries: [(String, String)]) -> String {
        "{\(entries.map { "\($0.0): \($0.1)" }.joined(separator: ", "))}"
    }

    /// A text: bare where every reader of YAML takes it for one, else in double quotes.
    package static func scalar(_ text: String) -> String {
        if isBare(text) { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "&": quoted += "\\x26"  // a text with `&x` and `*x` in it looks like an anchor and its alias
            default: quoted += isPrintable(scalar) ? String(scalar) : escape(scalar)
            }
        }
        return quoted + "\""
    }

    /// Begins with a letter, so that it is no number, date or sign; and is none of the words that mean something else.
    private static func isBare(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, ("a"..."z").contains(first) || ("A"..."Z").contains(first) else {
            return false
        }
        let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        guard !words.contains(text.lowercased()) else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                || "._-/".unicodeScalars.contains(scalar)
        }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
