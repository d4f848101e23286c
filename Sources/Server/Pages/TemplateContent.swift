import Mustache

/// What a template is filled with, in the shape that swift-mustache takes without looking at types again and again.
struct TemplateContent: MustacheParent {
    let values: [String: Any]

    func child(named name: String) -> Any? { values[name].map(Self.shaped) }

    private static func shaped(_ value: Any) -> Any {
        switch value {
        case let text as String: TemplateText(renderText: text)
        case let object as [String: Any]: TemplateContent(values: object)
        case let list as [[String: Any]]: list.map { TemplateContent(values: $0) }
        case let list as [String]: list.map { TemplateText(renderText: $0) }
        case let list as [Any]: list.map(shaped)
        default: value
        }
    }
}

struct TemplateText: MustacheCustomRenderable {
    let renderText: String
    let isNull = false
}

/// HTML, in which no text can leave the place that it was put into.
///
/// swift-mustache's own escapes character by character, and a `"` or `<` with a combining mark behind it is another
/// character, which it lets through: bytes have no such company.
struct MarkupContent: MustacheContentType {
    static let name = "MARKUP"

    func escapeText(_ text: String) -> String {
        guard text.utf8.contains(where: { Self.entity($0) != nil }) else { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 32)
        for byte in text.utf8 {
            if let entity = Self.entity(byte) { bytes += entity.utf8 } else { bytes.append(byte) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func entity(_ byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }
}
