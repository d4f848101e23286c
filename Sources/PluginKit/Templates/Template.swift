/// Text with `{{variables}}`, parsed when a profile loads and rendered per target and version. A variable may have filters:
/// `{{certificate.name | url}}`.
///
/// Rendering remembers which spans came from secrets, so that masking is by construction.
public struct Template: Sendable, Hashable {
    public enum Part: Sendable, Hashable {
        case literal(String)
        case variable(String, filters: [TemplateFilter] = [])
    }

    public let parts: [Part]

    /// - Parameters:
    ///   - known: the variables that exist here; nil accepts any.
    ///   - isDeferred: whether what only a backend or a secret gives may be named too (`DeferredText`).
    /// - Throws: `TemplateProblem` for an unclosed or empty `{{`, an unknown variable or filter.
    public init(
        _ text: String, known: Set<String>? = nil, isDeferred: Bool = false
    ) throws(TemplateProblem) {
        var parts: [Part] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
                throw TemplateProblem("`{{` is never closed.", remedy: "Close it with `}}`.")
            }
            if open.lowerBound > rest.startIndex { parts.append(.literal(String(rest[..<open.lowerBound]))) }
            let words = rest[open.upperBound..<close.lowerBound]
                .split(separator: "|", omittingEmptySubsequences: false).map(Self.trimmed)
            guard let name = words.first, !name.isEmpty else {
                throw TemplateProblem("`{{}}` names no variable.", remedy: "Write for example `{{certificate.name}}`.")
            }
            if let known, !known.contains(name), !(isDeferred && DeferredText.isDeferred(name)) {
                throw TemplateProblem(
                    "There is no variable `\(name)`.", remedy: NearestKey.remedy(for: name, among: known.sorted()))
            }
            parts.append(.variable(name, filters: try [TemplateFilter](names: Array(words.dropFirst()))))
            rest = rest[close.upperBound...]
        }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
        self.parts = parts
    }

    init(parts: [Part]) { self.parts = parts }

    /// Text without variables.
    public init(literal: String) { parts = literal.isEmpty ? [] : [.literal(literal)] }

    /// Those that the host gives: all but what is deferred (`DeferredText`).
    public var hostVariables: Set<String> { variables.filter { !DeferredText.isDeferred($0) } }

    public var variables: Set<String> {
        Set(parts.compactMap { if case .variable(let name, _) = $0 { name } else { nil } })
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    /// As it would be written.
    public var source: String {
        parts.map { part in
            switch part {
            case .literal(let text): text
            case .variable(let name, let filters): "{{\(([name] + filters.map(\.rawValue)).joined(separator: " | "))}}"
            }
        }.joined()
    }

    /// - Throws: `TemplateProblem` where a variable has no value.
    public func render(_ variables: TemplateVariables) throws(TemplateProblem) -> RenderedText {
        var rendered = RenderedText()
        for part in parts {
            switch part {
            case .literal(let text): rendered.append(text, secret: false)
            case .variable(let name, let filters):
                guard let value = variables[name] else {
                    throw TemplateProblem(
                        "The variable `\(name)` has no value here.",
                        remedy: NearestKey.remedy(for: name, among: variables.names))
                }
                rendered.append(try filters.apply(Array(value.text.utf8)), secret: value.isSecret)
            }
        }
        return rendered
    }
}

/// Why a template can't be parsed or rendered.
public struct TemplateProblem: Error, Sendable, Equatable {
    public var message: String
    public var remedy: String

    public init(_ message: String, remedy: String) {
        self.message = message
        self.remedy = remedy
    }
}

/// What templates may name, with its value.
public struct TemplateVariables: Sendable {
    public struct Value: Sendable {
        public var text: String
        public var isSecret: Bool
    }

    private var values: [String: Value] = [:]

    public init() {}

    public init(_ values: [String: String]) {
        self.values = values.mapValues { Value(text: $0, isSecret: false) }
    }

    public subscript(_ name: String) -> Value? { values[name] }

    public var names: [String] { values.keys.sorted() }

    public mutating func set(_ name: String, to text: String, secret: Bool = false) {
        values[name] = Value(text: text, isSecret: secret)
    }
}
