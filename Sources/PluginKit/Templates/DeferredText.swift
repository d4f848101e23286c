/// A template that the host has filled as far as it can: what its backend knows only later (contents, values that a
/// server answered) is filled in by the backend, and what is secret stays marked to the end.
public struct DeferredText: Sendable {
    enum Part: Sendable {
        case known(RenderedText)
        case secret(String, Secret, [TemplateFilter])
        case deferred(String, [TemplateFilter])
    }

    /// A value that the backend gives.
    public struct Value: Sendable {
        public var bytes: [UInt8]
        public var isSecret: Bool

        public init(_ bytes: [UInt8], isSecret: Bool) {
            self.bytes = bytes
            self.isSecret = isSecret
        }

        public init(_ text: String, isSecret: Bool = false) { self.init(Array(text.utf8), isSecret: isSecret) }
    }

    static let secretPrefix = "secret."
    public static let contentPrefix = "content."
    /// What its backend says of names that begin so.
    static let prefixes = [contentPrefix, "text.", "value.", "delivery.", "previous.", "old."]

    let parts: [Part]

    /// Whether a name is none of the host's variables: a secret, or something that the backend gives.
    public static func isDeferred(_ name: String) -> Bool {
        if name.hasPrefix(secretPrefix) { return OptionText.isName(String(name.dropFirst(secretPrefix.count))) }
        return prefixes.contains { name.hasPrefix($0) && name.utf8.count > $0.utf8.count }
    }

    /// - Throws: `TemplateProblem` where a variable of the host has no value, and what `secret` throws.
    init(_ template: Template, _ variables: TemplateVariables, secret: (String) throws -> Secret) throws {
        parts = try template.parts.map { part in
            guard case .variable(let name, let filters) = part, Self.isDeferred(name) else {
                return .known(try Template(parts: [part]).render(variables))
            }
            guard name.hasPrefix(Self.secretPrefix) else { return .deferred(name, filters) }
            return .secret(name, try secret(String(name.dropFirst(Self.secretPrefix.count))), filters)
        }
    }

    /// What the backend is asked for.
    public var names: Set<String> {
        Set(parts.compactMap { if case .deferred(let name, _) = $0 { name } else { nil } })
    }

    /// What is secret in it, as it is before any filter.
    public var secrets: [Secret] {
        parts.compactMap { if case .secret(_, let secret, _) = $0 { secret } else { nil } }
    }

    /// Those of them without this filter somewhere.
    public func names(without filter: TemplateFilter) -> Set<String> {
        Set(
            parts.compactMap { part in
                guard case .deferred(let name, let filters) = part, !filters.contains(filter) else { return nil }
                return name
            })
    }

    /// - Parameter value: what the backend knows under a name; nil where there is nothing.
    /// - Returns: nil where a value that is `optional` is missing.
    /// - Throws: `TemplateProblem` where another is missing, or none that a filter can take.
    public func render(_ value: (String) -> Value?) throws(TemplateProblem) -> RenderedText? {
        var rendered = RenderedText()
        for part in parts {
            switch part {
            case .known(let text): rendered.append(text)
            case .secret(_, let secret, let filters):
                rendered.append(try filters.apply(secret.withBytes { Array($0) }), secret: true)
            case .deferred(let name, let filters):
                guard let value = value(name) else {
                    if filters.contains(.optional) { return nil }
                    throw TemplateProblem(
                        "`\(name)` has no value here.",
                        remedy: "Extract it in an earlier request, or write `{{\(name) | optional}}` to leave out what "
                            + "names it.")
                }
                rendered.append(try filters.apply(value.bytes), secret: value.isSecret)
            }
        }
        return rendered
    }

    /// As it may be shown before the backend has filled it.
    public var masked: String {
        parts.map { part in
            switch part {
            case .known(let text): text.masked
            case .secret: "(secret)"
            case .deferred(let name, let filters): Template(parts: [.variable(name, filters: filters)]).source
            }
        }.joined()
    }

    /// What decides whether it says something else: secrets by their names.
    var identity: String {
        parts.map { part in
            switch part {
            case .known(let text): "=\(text.bytes.count):\(text.text)"
            case .secret(let name, _, let filters), .deferred(let name, let filters):
                Template(parts: [.variable(name, filters: filters)]).source
            }
        }.joined()
    }
}
