/// How single values are written.
public enum OptionText {
    /// `true`, `yes`, `on` and their opposites, in any case.
    public static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off": false
        default: nil
        }
    }

    /// `90s`, `15m`, `2h`, `7d`, `1y` (365 days), in seconds; nil where it is something else or overflows.
    public static func seconds(_ text: String) -> Int64? {
        guard let unit = text.last, let number = Int64(text.dropLast()), number >= 0 else { return nil }
        let factors: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "y": 365 * 86_400]
        guard let factor = factors[unit] else { return nil }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : seconds
    }

    /// The largest unit that holds the value whole: 5400 is `90m`.
    public static func words(seconds: Int64) -> String {
        let units: [(Int64, String)] = [(365 * 86_400, "y"), (86_400, "d"), (3600, "h"), (60, "m")]
        for (factor, unit) in units where seconds >= factor && seconds % factor == 0 {
            return "\(seconds / factor)\(unit)"
        }
        return "\(seconds)s"
    }

    /// An absolute path without doubled or trailing slashes, so that one place has one spelling.
    public static func normalized(path: String) -> String {
        "/" + path.split(separator: "/").joined(separator: "/")
    }

    /// A name of ours (certificate, profile, target, secret): letters, digits and `. _ - *`, at most 200, no `..`, and
    /// never at its start a `.` or `-`: so that it is safe as a path component, an argument and a table cell.
    public static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 200, !text.contains("..") else { return false }
        guard first != UInt8(ascii: "."), first != UInt8(ascii: "-") else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"): true
            default: false
            }
        }
    }
}

extension OptionSchema.Shape {
    /// The shape in words, as a remedy names it.
    public var words: String {
        switch self {
        case .text: "text"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .flag: "`true` or `false`"
        case .duration(let range):
            "a time such as `30s`, `5m` or `2h`, from \(OptionText.words(seconds: range.lowerBound)) to "
                + OptionText.words(seconds: range.upperBound)
        case .host: "a host name or an IP address"
        case .path: "an absolute path without `..`"
        case .fileName: "a file name without `/`"
        case .url: "an https:// address"
        case .mode: "permission bits in quotes, such as \"0640\""
        case .choice(let values): "one of " + values.map { "`\($0)`" }.joined(separator: ", ")
        case .secret: "`{secret: NAME}`"
        case .content: "one of " + Artifact.Content.allCases.map(\.rawValue).joined(separator: ", ")
        case .list(let element): "a list, each \(element.words)"
        case .group: "a group of keys"
        case .template: "text, which may name contents, secrets and what was answered"
        case .json: "JSON in the form of YAML, whose strings may name contents, secrets and what was answered"
        case .map(let element): "a group of keys of your own, each \(element.words)"
        }
    }

    /// - Throws: `TemplateProblem` where finished text does not fit this shape.
    public func accept(_ text: String) throws(TemplateProblem) {
        let fits: Bool
        switch self {
        case .path: fits = Self.isSafePath(text)
        case .fileName:
            fits = !text.isEmpty && text != "." && text != ".." && !text.utf8.contains { $0 == 47 || $0 == 0 }
        case .host: fits = Self.isHost(text)
        case .url:
            fits = text.hasPrefix("https://") && text.utf8.count > 8 && !text.utf8.contains { $0 <= 32 || $0 == 127 }
        case .mode: fits = (3...4).contains(text.utf8.count) && UInt32(text, radix: 8) != nil
        case .choice(let values):
            guard !values.contains(text) else { return }
            throw TemplateProblem("`\(text)` is not known here.", remedy: NearestKey.remedy(for: text, among: values))
        default: fits = !text.utf8.contains(0)
        }
        guard fits else { throw TemplateProblem("`\(text)` is not \(words).", remedy: "Write \(words).") }
    }

    private static func isSafePath(_ text: String) -> Bool {
        guard text.hasPrefix("/"), text.utf8.count < 4096, !text.utf8.contains(0) else { return false }
        return !text.split(separator: "/").contains { $0 == ".." || $0 == "." }
    }

    private static func isHost(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253, !text.hasPrefix("-") else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
