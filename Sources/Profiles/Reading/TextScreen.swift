import PluginKit

/// Refuses text before the YAML parser sees it, where that would take very long, need a deep stack, or explain itself
/// badly. It knows nothing of quotes and comments, and so may be fooled into refusing, never into letting pass.
struct TextScreen {
    /// Blocks within blocks need ever deeper indentation: this bounds the parser's recursion.
    private static let indentationLimit = 128

    private let text: String
    private let file: String

    init(_ text: String, file: String) {
        self.text = text
        self.file = file
    }

    func check() throws(OptionProblem) {
        guard text.utf8.count <= SourceFile.limit else { throw SourceFile.tooLarge(file) }
        try checkCharacters()
        try checkAliases()
    }

    private func checkCharacters() throws(OptionProblem) {
        var position = SourcePosition.start(of: file)
        var indents = true
        for scalar in text.unicodeScalars {
            if Self.isLineBreak(scalar) {
                if scalar != "\r" { position.line += 1 }  // it comes before "\n"; alone it is long out of use
                position.column = 1
                indents = true
                continue
            }
            guard Self.isAllowed(scalar) else {
                let code = String(scalar.value, radix: 16, uppercase: true)
                let padding = String(repeating: "0", count: max(0, 4 - code.count))
                throw OptionProblem(
                    position, "The character U+\(padding)\(code) can't stand in YAML.",
                    remedy: "Remove it; in double quotes it may be written as an escape such as \"\\x1b\".")
            }
            if position.column == 1, scalar == "%" { throw YAMLProblem.directive(at: position) }
            indents = indents && Self.isIndentation(scalar)
            if indents, position.column > Self.indentationLimit { throw YAMLProblem.tooDeep(at: position) }
            position.column += 1
        }
    }

    /// What the parser takes for the end of a line.
    private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
        default: false
        }
    }

    private static func isIndentation(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "-" || scalar == "?" || scalar == ":" || scalar == "\t"
    }

    /// The printable characters of YAML 1.1, section 4.1.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
            0x10000...0x10FFFF:
            true
        default: false
        }
    }

    /// An alias needs its anchor: where no name follows both a `&` and a `*`, none can be resolved, and the parser
    /// itself refuses the first.
    private func checkAliases() throws(OptionProblem) {
        let bytes = Array(text.utf8)
        let anchors = Set(Self.names(after: UInt8(ascii: "&"), in: bytes).map(\.name))
        guard !anchors.isEmpty else { return }
        for (offset, name) in Self.names(after: UInt8(ascii: "*"), in: bytes) where anchors.contains(name) {
            throw YAMLProblem.alias(
                String(decoding: name, as: UTF8.self), at: .start(of: file).advanced(over: bytes.prefix(offset)))
        }
    }

    private static func names(after sign: UInt8, in bytes: [UInt8]) -> [(offset: Int, name: ArraySlice<UInt8>)] {
        bytes.indices.compactMap { offset in
            guard bytes[offset] == sign, offset == 0 || endsToken(bytes[offset - 1]) else { return nil }
            let name = bytes[(offset + 1)...].prefix(while: isNameByte)
            return name.isEmpty ? nil : (offset, name)
        }
    }

    /// Behind what else a `&` or `*` stands, it is a part of that, or the parser's next complaint.
    private static func endsToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "["),
            UInt8(ascii: "{"), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "?"):
            true
        case 0x85, 0xA8, 0xA9: true  // the last bytes of the other line breaks
        default: false
        }
    }

    /// What the parser takes for a part of an anchor's name.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension SourcePosition {
    /// The position behind `text`, which begins here; columns count Unicode scalars.
    func advanced(over text: some Sequence<UInt8>) -> Self {
        var position = self
        for byte in text {
            if byte == UInt8(ascii: "\n") {
                position.line += 1
                position.column = 1
            } else if byte & 0xC0 != 0x80 {  // not a later byte of one scalar
                position.column += 1
            }
        }
        return position
    }
}
