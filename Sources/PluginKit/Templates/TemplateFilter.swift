import Foundation

/// What a template does to a value before it stands in the text: `{{content.chain | base64}}`. Several follow each
/// other from left to right.
public enum TemplateFilter: String, Codable, Sendable, CaseIterable {
    /// A JSON string with its quotes (RFC 8259, 7).
    case json
    /// RFC 4648, 4.
    case base64
    /// Without padding (RFC 4648, 5).
    case base64url
    /// Everything but letters, digits and `-._~` percent-encoded (RFC 3986, 2.1).
    case url
    /// The digest, as lower-case hexadecimal where no other filter follows.
    case sha256
    /// Lower-case hexadecimal.
    case hex
    /// Letters and digits as they are; whatever stands between them becomes one `-`.
    case dashed
    /// How many bytes it is.
    case length
    /// The offset of the last byte, from 0: what headers that tell a range want.
    case last
    /// Where the value is missing, the whole text is left out: the member, the field, the header.
    case optional

    /// - Throws: `TemplateProblem` where the bytes are nothing that this filter can take.
    func apply(_ bytes: [UInt8]) throws(TemplateProblem) -> [UInt8] {
        switch self {
        case .json:
            guard String(validating: bytes, as: UTF8.self) != nil else {
                throw TemplateProblem(
                    "A value that is no text can't stand in JSON.", remedy: "Encode it: `| base64 | json`.")
            }
            return [UInt8(ascii: "\"")] + Self.escaped(bytes) + [UInt8(ascii: "\"")]
        case .base64: return Array(Data(bytes).base64EncodedString().utf8)
        case .base64url:
            return Data(bytes).base64EncodedString().utf8.compactMap { byte in
                switch byte {
                case UInt8(ascii: "+"): UInt8(ascii: "-")
                case UInt8(ascii: "/"): UInt8(ascii: "_")
                case UInt8(ascii: "="): nil
                default: byte
                }
            }
        case .url: return Self.percentEncoded(bytes)
        case .sha256: return SHA256.digest(bytes)
        case .hex: return Array(bytes.hexadecimal.utf8)
        case .dashed:
            let words = bytes.split { byte in
                switch byte {
                case 48...57, 65...90, 97...122: false
                default: true
                }
            }
            return Array(words.joined(separator: [UInt8(ascii: "-")]))
        case .length: return Array(String(bytes.count).utf8)
        case .last: return Array(String(max(0, bytes.count - 1)).utf8)
        case .optional: return bytes
        }
    }

    /// The inside of a JSON string. Byte by byte, so that pieces of a text may be escaped each for itself.
    public static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
            case 0x0A: text += Array("\\n".utf8)
            case 0x0D: text += Array("\\r".utf8)
            case 0x09: text += Array("\\t".utf8)
            case 0..<0x20, 0x7F: text += Array("\\u00\(CollectionOfOne(byte).hexadecimal)".utf8)
            default: text.append(byte)
            }
        }
        return text
    }

    /// What may stand in any part of a URL or a form.
    public static func percentEncoded(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                [byte]
            default:
                [UInt8(ascii: "%"), upperDigits[Int(byte >> 4)], upperDigits[Int(byte & 15)]]
            }
        }
    }

    private static let upperDigits = Array("0123456789ABCDEF".utf8)
}

extension [TemplateFilter] {
    /// Reads what stands behind a variable's name.
    /// - Throws: `TemplateProblem` for one that does not exist.
    init(names: [String]) throws(TemplateProblem) {
        self = []
        for name in names {
            guard let filter = TemplateFilter(rawValue: name) else {
                throw TemplateProblem(
                    "There is no filter `\(name)`.",
                    remedy: NearestKey.remedy(for: name, among: TemplateFilter.allCases.map(\.rawValue)))
            }
            append(filter)
        }
    }

    func apply(_ bytes: [UInt8]) throws(TemplateProblem) -> [UInt8] {
        var bytes = bytes
        for filter in self { bytes = try filter.apply(bytes) }
        return last == .sha256 ? try TemplateFilter.hex.apply(bytes) : bytes
    }
}
