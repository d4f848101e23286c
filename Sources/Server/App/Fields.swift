import Foundation

/// What a form or a JSON object says, the same for both: names with texts.
///
/// A route declares the fields that it takes; others are refused, so that nothing is set that nobody meant to offer.
struct Fields: Sendable, Equatable {
    /// In JSON: a string, number or flag becomes one text, a list of them several.
    private(set) var values: [String: [String]]
    /// Given as null.
    private(set) var nulls: Set<String> = []

    private static let deepest = 32
    static let most = 2000

    init(_ values: [String: [String]] = [:]) { self.values = values }

    /// - Parameter text: `application/x-www-form-urlencoded`.
    init(form text: String) throws(Problem) {
        let pairs = text.split(separator: "&", omittingEmptySubsequences: true)
        guard pairs.count <= Self.most else {
            throw Problem(
                400, "request.fields", "The form has more than \(Self.most) fields.", remedy: "Send less at a time.")
        }
        values = [:]
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[Query.decoded(parts[0]), default: []].append(parts.count > 1 ? Query.decoded(parts[1]) : "")
        }
    }

    /// - Parameter data: a JSON object; nested values are left out and read by who asks for them.
    init(json data: Data) throws(Problem) {
        values = [:]
        guard !data.isEmpty else { return }
        guard Self.depth(of: data) <= Self.deepest else {
            throw Problem(
                400, "request.deep", "The JSON is nested deeper than \(Self.deepest) levels.",
                remedy: "Send flat values.")
        }
        let object: [String: JSONValue]
        do {
            object = try JSONDecoder().decode([String: JSONValue].self, from: data)
        } catch {
            throw Problem(
                400, "request.json", "The body is no JSON object.",
                remedy: "Send an object, as /api/v1/openapi.json shows.")
        }
        guard object.count <= Self.most else {
            throw Problem(
                400, "request.fields", "The body has more than \(Self.most) fields.", remedy: "Send less at a time.")
        }
        for (name, value) in object {
            if value == .null {
                nulls.insert(name)
            } else if let texts = value.texts {
                values[name] = texts
            } else {
                nested.insert(name)
            }
        }
    }

    /// Names whose values are objects or lists of such.
    private(set) var nested: Set<String> = []

    var names: Set<String> { Set(values.keys).union(nulls).union(nested) }

    subscript(_ name: String) -> String? { values[name]?.first }

    func all(_ name: String) -> [String] { values[name] ?? [] }

    func has(_ name: String) -> Bool { values[name] != nil }

    /// Missing counts as no.
    func flag(_ name: String) throws(Problem) -> Bool {
        switch self[name] {
        case nil, "no", "false", "": return false
        case "yes", "true", "on": return true
        default: throw Self.wrong(name, "is neither yes nor no", "Send true or false.")
        }
    }

    func text(_ name: String, atMost limit: Int = 2000) throws(Problem) -> String {
        let text = self[name] ?? ""
        guard text.count <= limit else {
            throw Self.wrong(name, "is longer than \(limit) characters", "Shorten it.")
        }
        return text
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = self[name], !text.isEmpty else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Self.wrong(
                name, "is no number from \(range.lowerBound) to \(range.upperBound)", "Send such a number.")
        }
        return number
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _ type: Choice.Type) throws(Problem) -> Choice?
    where Choice.RawValue == String {
        guard let text = self[name], !text.isEmpty else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.wrong(name, "is none of \(known)", "Choose one of them.")
        }
        return choice
    }

    static func wrong(_ name: String, _ what: String, _ remedy: String) -> Problem {
        var problem = Problem(422, "field.wrong", "`\(name)` \(what).", remedy: remedy)
        problem.places = [Problem.Place(name, "`\(name)` \(what).", remedy: remedy)]
        return problem
    }

    /// How deep brackets go, texts aside; cheap, and done before anything is parsed.
    private static func depth(of data: Data) -> Int {
        var (depth, deepest, isText, isEscaped) = (0, 0, false, false)
        for byte in data {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5C {
                    isEscaped = true
                } else if byte == 0x22 {
                    isText = false
                }
                continue
            }
            switch byte {
            case 0x22: isText = true
            case 0x5B, 0x7B:
                depth += 1
                deepest = max(deepest, depth)
            case 0x5D, 0x7D: depth -= 1
            default: break
            }
        }
        return deepest
    }
}

/// Any JSON value.
package enum JSONValue: Codable, Sendable, Equatable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .flag(let value): try container.encode(value)
        case .number(let value):
            if let whole = Int64(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// As a form would say it; nil where a form could not.
    var texts: [String]? {
        switch self {
        case .flag(let flag): return [flag ? "true" : "false"]
        case .number(let number): return [Int64(exactly: number).map(String.init) ?? String(number)]
        case .text(let text): return [text]
        case .list(let list):
            let texts = list.compactMap { item -> String? in
                if case .list = item { return nil }
                return item.texts?.first
            }
            return texts.count == list.count ? texts : nil
        case .null, .object: return nil
        }
    }
}
