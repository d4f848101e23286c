import PluginKit

/// The variables `target.X` of one target: its single-valued options, which may name variables themselves.
struct TargetVariables {
    private let options: OptionTree

    init(_ options: OptionTree) { self.options = options }

    /// Renders the options into `variables`, each after those that it names.
    /// - Returns: the names of those that can't be rendered: they name each other in a circle, or what has no value.
    @discardableResult
    func fill(_ variables: inout TemplateVariables) -> Set<String> {
        var waiting: [String: Template] = [:]
        for (name, value) in options.values where name != "name" { waiting["target.\(name)"] = value.singleValue }
        while !waiting.isEmpty {
            let ready = waiting.compactMapValues { try? $0.render(variables).text }
            guard !ready.isEmpty else { break }
            for (name, text) in ready {
                variables.set(name, to: text)
                waiting[name] = nil
            }
        }
        return Set(waiting.keys)
    }
}

extension OptionTree.Value {
    /// As a template names it; nil for lists, groups, secrets and artifacts.
    fileprivate var singleValue: Template? {
        switch self {
        case .text(let template, _, _): template
        case .integer(let number): Template(literal: String(number))
        case .flag(let flag): Template(literal: flag ? "true" : "false")
        case .duration(let duration): Template(literal: OptionText.words(seconds: duration.components.seconds))
        case .secret, .artifact, .template, .json, .list, .group: nil
        }
    }
}

extension OptionTree {
    /// Every template in it, with where it stands.
    var templates: [(template: Template, position: SourcePosition)] {
        values.values.flatMap(Self.templates)
    }

    private static func templates(_ value: Value) -> [(template: Template, position: SourcePosition)] {
        switch value {
        case .text(let template, _, let position), .template(let template, let position): [(template, position)]
        case .json(let json, let position): json.texts.map { ($0, position) }
        case .list(let items): items.flatMap(templates)
        case .group(let tree): tree.templates
        case .integer, .flag, .duration, .secret, .artifact: []
        }
    }
}
