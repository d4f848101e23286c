/// Text from outside as it may stand in a message.
enum OutsideText {
    /// Without control characters, white space joined, at most so many characters.
    static func of(_ text: String, atMost limit: Int = 500) -> String {
        let words = text.unicodeScalars.lazy
            .map { $0.properties.generalCategory == .control || $0.properties.generalCategory == .format ? " " : $0 }
        let plain = String(String.UnicodeScalarView(words)).split(separator: " ").joined(separator: " ")
        return plain.count <= limit ? plain : plain.prefix(limit - 1) + "…"
    }
}
