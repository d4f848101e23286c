import Foundation

/// JSON that a server answered: nothing in it is trusted, neither its depth nor its size.
indirect enum JSONValue: Sendable, Equatable {
    case null
    case flag(Bool)
    /// As text; nil where it can't be told exactly.
    case number(String?)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    private static let deepest = 64

    /// Nil where the bytes are no JSON, or deeper than anybody needs.
    static func read(_ bytes: Data) -> JSONValue? {
        guard isShallow(bytes) else { return nil }
        return try? JSONDecoder().decode(JSONValue.self, from: bytes)
    }

    /// As a later request says it: nil for groups, lists, null, and numbers that are not exact.
    var scalar: String? {
        switch self {
        case .text(let text): text
        case .number(let text): text
        case .flag(let flag): flag ? "true" : "false"
        case .null, .list, .object: nil
        }
    }

    /// The reader recurses, so that depth is looked at before.
    private static func isShallow(_ bytes: Data) -> Bool {
        var depth = 0
        var isInText = false
        var isEscaped = false
        for byte in bytes {
            switch (isInText, byte) {
            case (true, _) where isEscaped: isEscaped = false
            case (true, UInt8(ascii: "\\")): isEscaped = true
            case (true, UInt8(ascii: "\"")): isInText = false
            case (true, _): break
            case (false, UInt8(ascii: "\"")): isInText = true
            case (false, UInt8(ascii: "[")), (false, UInt8(ascii: "{")):
                depth += 1
                guard depth <= deepest else { return false }
            case (false, UInt8(ascii: "]")), (false, UInt8(ascii: "}")): depth -= 1
            default: break
            }
        }
        return true
    }
}

extension JSONValue: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .number(String(number))
        } else if let number = try? container.decode(UInt64.self) {
            self = .number(String(number))
        } else if let number = try? container.decode(Double.self) {
            self = .number(abs(number) < 9_007_199_254_740_992 ? "\(number)" : nil)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }
}

/// A place in JSON (RFC 6901).
struct JSONPointer: Sendable, Equatable, CustomStringConvertible {
    let description: String
    private let steps: [String]

    /// Nil where it is none.
    init?(_ text: String) {
        description = text
        guard !text.isEmpty else {
            steps = []
            return
        }
        guard text.hasPrefix("/") else { return nil }
        steps = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }

    func find(in value: JSONValue) -> JSONValue? {
        var found = value
        for step in steps {
            switch found {
            case .object(let members):
                guard let member = members[step] else { return nil }
                found = member
            case .list(let items):
                guard let index = Int(step), String(index) == step, items.indices.contains(index) else { return nil }
                found = items[index]
            default: return nil
            }
        }
        return found
    }
}
