/// A profile's options after the schema accepted them and before a target and a version fill them: templates parsed,
/// secrets still references, contents still requests.
public struct OptionTree: Sendable, Equatable {
    public indirect enum Value: Sendable, Equatable {
        case text(Template, OptionSchema.Shape, SourcePosition)
        case integer(Int)
        case flag(Bool)
        case duration(Duration)
        case secret(String)
        case artifact(ArtifactRequest)
        case template(Template, SourcePosition)
        case json(JSONTemplate<Template>, SourcePosition)
        case list([Value])
        case group(OptionTree)
    }

    public var values: [String: Value]

    public init(_ values: [String: Value] = [:]) { self.values = values }

    /// The names of all secrets that are referred to, each once.
    public var secretNames: Set<String> {
        var names: Set<String> = []
        walk { value in
            switch value {
            case .secret(let name): names.insert(name)
            case .artifact(let request): if let name = request.passphrase { names.insert(name) }
            default: for template in value.templates { names.formUnion(template.secretNames) }
            }
        }
        return names
    }

    /// What the host has to render, each once, in a stable order: `Options.Value.artifact` counts in it.
    public var artifactRequests: [ArtifactRequest] {
        var requests: [ArtifactRequest] = []
        walk { value in
            if case .artifact(let request) = value, !requests.contains(request) { requests.append(request) }
        }
        return requests
    }

    /// The variables that any template names.
    public var variables: Set<String> {
        var names: Set<String> = []
        walk { value in for template in value.templates { names.formUnion(template.variables) } }
        return names
    }

    private func walk(_ visit: (Value) -> Void) {
        for key in values.keys.sorted() {
            if let value = values[key] { Self.walk(value, visit) }
        }
    }

    private static func walk(_ value: Value, _ visit: (Value) -> Void) {
        visit(value)
        switch value {
        case .list(let items): for item in items { walk(item, visit) }
        case .group(let tree): tree.walk(visit)
        default: break
        }
    }
}

extension OptionTree.Value {
    /// The templates that stand in this value itself.
    public var templates: [Template] {
        switch self {
        case .text(let template, _, _), .template(let template, _): [template]
        case .json(let json, _): json.texts
        case .integer, .flag, .duration, .secret, .artifact, .list, .group: []
        }
    }
}

extension Template {
    fileprivate var secretNames: [String] {
        variables.filter { $0.hasPrefix(DeferredText.secretPrefix) && DeferredText.isDeferred($0) }
            .map { String($0.dropFirst(DeferredText.secretPrefix.count)) }
    }
}

/// One form of one version that some option names.
public struct ArtifactRequest: Sendable, Hashable {
    public var content: Artifact.Content
    /// The name of the secret that protects it.
    public var passphrase: String?

    public init(_ content: Artifact.Content, passphrase: String? = nil) {
        self.content = content
        self.passphrase = passphrase
    }
}

extension OptionTree {
    /// Fills templates and secrets.
    /// - Throws: `OptionProblem` at the place in the profile whose value does not fit once it is rendered, and what
    ///   `secret` throws.
    public func render(
        _ variables: TemplateVariables, secret: (String) throws -> Secret
    ) throws -> Options {
        try render(variables, requests: artifactRequests, secret: secret)
    }

    private func render(
        _ variables: TemplateVariables, requests: [ArtifactRequest], secret: (String) throws -> Secret
    ) throws -> Options {
        Options(try values.mapValues { try Self.render($0, variables, requests, secret) })
    }

    private static func deferred(
        _ template: Template, _ position: SourcePosition, _ variables: TemplateVariables,
        _ secret: (String) throws -> Secret
    ) throws -> DeferredText {
        do {
            return try DeferredText(template, variables, secret: secret)
        } catch let problem as TemplateProblem {
            throw OptionProblem(position, problem.message, remedy: problem.remedy)
        }
    }

    private static func render(
        _ value: Value, _ variables: TemplateVariables, _ requests: [ArtifactRequest],
        _ secret: (String) throws -> Secret
    ) throws -> Options.Value {
        switch value {
        case .text(let template, let shape, let position):
            do throws(TemplateProblem) {
                let rendered = try template.render(variables)
                try shape.accept(rendered.text)
                return .text(rendered.text)
            } catch {
                throw OptionProblem(position, error.message, remedy: error.remedy)
            }
        case .integer(let number): return .integer(number)
        case .flag(let flag): return .flag(flag)
        case .duration(let duration): return .duration(duration)
        case .secret(let name): return .secret(try secret(name))
        case .template(let template, let position):
            return .template(try deferred(template, position, variables, secret))
        case .json(let json, let position):
            return .json(try json.map { try deferred($0, position, variables, secret) })
        case .artifact(let request): return .artifact(requests.firstIndex(of: request) ?? 0, request.content)
        case .list(let items): return .list(try items.map { try render($0, variables, requests, secret) })
        case .group(let tree):
            return .group(try tree.render(variables, requests: requests, secret: secret))
        }
    }
}
