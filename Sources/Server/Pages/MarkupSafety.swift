/// Makes texts safe for a template that escapes by characters.
///
/// swift-mustache escapes `Character` by `Character`, so a `"` or `<` with a combining mark behind it is another
/// character, and goes out as it is: text from outside could leave its attribute. The mark is replaced (U+FFFD).
enum MarkupSafety {
    private static let special: Set<Unicode.Scalar> = ["<", ">", "&", "\"", "'"]

    /// All texts in it, however deep; what a key ending in `Svg` holds is markup of our own and stays.
    static func clean(_ context: [String: Any]) -> [String: Any] {
        var cleaned: [String: Any] = [:]
        cleaned.reserveCapacity(context.count)
        for (key, value) in context { cleaned[key] = key.hasSuffix("Svg") ? value : cleanAny(value) }
        return cleaned
    }

    private static func cleanAny(_ value: Any) -> Any {
        switch value {
        case let text as String: clean(text)
        case let object as [String: Any]: clean(object)
        case let list as [[String: Any]]: list.map { clean($0) }
        case let list as [String]: list.map { clean($0) }
        case let list as [Any]: list.map { cleanAny($0) }
        default: value
        }
    }

    static func clean(_ text: String) -> String {
        // Where no scalar joins another, there is nothing to do: most texts are ASCII.
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        var scalars = String.UnicodeScalarView()
        var isBehindSpecial = false
        for scalar in text.unicodeScalars {
            let joins =
                scalar.value >= 0x80 && isBehindSpecial && String(String.UnicodeScalarView(["<", scalar])).count == 1
            scalars.append(joins ? "\u{FFFD}" : scalar)
            isBehindSpecial = special.contains(scalar) || joins
        }
        return String(scalars)
    }
}
