/// JSON as a profile writes it in YAML, whose strings are templates: it is serialised, never pasted together, so that no
/// value can break out of its place.
public indirect enum JSONTemplate<Text: Sendable>: Sendable {
    public struct Member: Sendable {
        public var name: String
        public var value: JSONTemplate
    }

    /// `null`, `true`, `false` or a number, as JSON writes it (RFC 8259, 3).
    case literal(String)
    case text(Text)
    case list([JSONTemplate])
    case object([Member])

    func map<Other>(_ change: (Text) throws -> Other) rethrows -> JSONTemplate<Other> {
        switch self {
        case .literal(let literal): .literal(literal)
        case .text(let text): .text(try change(text))
        case .list(let items): .list(try items.map { try $0.map(change) })
        case .object(let members):
            .object(try members.map { .init(name: $0.name, value: try $0.value.map(change)) })
        }
    }

    /// Every text in it.
    public var texts: [Text] {
        switch self {
        case .literal: []
        case .text(let text): [text]
        case .list(let items): items.flatMap(\.texts)
        case .object(let members): members.flatMap(\.value.texts)
        }
    }
}

extension JSONTemplate.Member: Equatable where Text: Equatable {}
extension JSONTemplate: Equatable where Text: Equatable {}

extension JSONTemplate {
    /// Compact JSON with the members in their order.
    /// - Parameter fill: nil leaves a text out, and the member or item that it is.
    public func serialized(_ fill: (Text) throws -> RenderedText?) rethrows -> RenderedText? {
        switch self {
        case .literal(let literal): return RenderedText(literal)
        case .text(let text):
            return try fill(text).map { filled in
                var quoted = RenderedText("\"")
                quoted.append(filled.mapped(TemplateFilter.escaped))
                quoted.append("\"", secret: false)
                return quoted
            }
        case .list(let items):
            return Self.joined("[", try items.compactMap { try $0.serialized(fill) }, "]")
        case .object(let members):
            let written = try members.compactMap { member -> RenderedText? in
                guard let value = try member.value.serialized(fill) else { return nil }
                var line = RenderedText(
                    "\"" + String(decoding: TemplateFilter.escaped(Array(member.name.utf8)), as: UTF8.self) + "\":")
                line.append(value)
                return line
            }
            return Self.joined("{", written, "}")
        }
    }

    private static func joined(_ open: String, _ items: [RenderedText], _ close: String) -> RenderedText {
        var text = RenderedText(open)
        for (index, item) in items.enumerated() {
            if index > 0 { text.append(",", secret: false) }
            text.append(item)
        }
        text.append(close, secret: false)
        return text
    }

    /// Whether an unquoted value is JSON's own and no text.
    static func isLiteral(_ text: String) -> Bool {
        if ["null", "true", "false"].contains(text) { return true }
        var rest = Substring(text).utf8
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let digits = rest.prefix { (48...57).contains($0) }
        guard !digits.isEmpty, digits.count == 1 || digits.first != 48 else { return false }
        rest = rest.dropFirst(digits.count)
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix { (48...57).contains($0) }
            guard !fraction.isEmpty else { return false }
            rest = rest.dropFirst(fraction.count + 1)
        }
        if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard !rest.isEmpty else { return false }
            rest = rest.drop { (48...57).contains($0) }
        }
        return rest.isEmpty
    }
}

extension JSONTemplate<DeferredText> {
    /// What decides whether it says something else.
    var identity: String {
        switch self {
        case .literal(let literal): return literal
        case .text(let text):
            let identity = text.identity
            return "\"\(identity.utf8.count):\(identity)"
        case .list(let items): return "[\(items.map(\.identity).joined(separator: ","))]"
        case .object(let members):
            let sorted = members.sorted { $0.name < $1.name }
            return "{\(sorted.map { "\($0.name.utf8.count):\($0.name)=\($0.value.identity)" }.joined(separator: ","))}"
        }
    }
}
