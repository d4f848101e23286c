/// What a check yields: the tree where all is well, and every problem found.
public struct OptionCheck: Sendable {
    public var tree: OptionTree
    public var problems: [OptionProblem]
}

extension OptionSchema {
    /// Checks what was written against this schema; finds all problems, not only the first.
    ///
    /// - Parameters:
    ///   - node: a group; an empty scalar counts as an empty group.
    ///   - variables: what templates may name.
    ///   - contents: the artifacts that the backend may be handed.
    public func check(
        _ node: OptionNode, variables: Set<String>, contents: Set<Artifact.Content> = []
    ) -> OptionCheck {
        var checker = Checker(variables: variables, contents: contents)
        let tree = checker.group(fields, node)
        checker.checkContentNames()
        return OptionCheck(tree: tree, problems: checker.problems)
    }
}

private struct Checker {
    let variables: Set<String>
    let contents: Set<Artifact.Content>
    var problems: [OptionProblem] = []
    /// The names of groups with a content, which templates may name.
    private var contentNames: Set<String> = []
    private var deferredUses: [(names: Set<String>, position: SourcePosition)] = []

    init(variables: Set<String>, contents: Set<Artifact.Content>) {
        self.variables = variables
        self.contents = contents
    }

    mutating func group(_ fields: [OptionSchema.Field], _ node: OptionNode) -> OptionTree {
        let entries: [OptionNode.Entry]
        switch node.value {
        case .group(let written): entries = written
        case .scalar(""): entries = []
        default:
            report(node.position, "This must be a group of keys.", "Write `key: value` lines here.")
            return OptionTree()
        }
        var tree = OptionTree()
        let takesPassphrase = fields.contains { $0.shape == .content }
        var known = fields.map(\.name)
        if takesPassphrase { known.append("passphrase") }
        if takesPassphrase, case .scalar(let name) = node["name"]?.value { contentNames.insert(name) }
        var seen: Set<String> = []
        for entry in entries {
            guard seen.insert(entry.key).inserted else {
                report(entry.keyPosition, "The key `\(entry.key)` stands here twice.", "Remove one of the two.")
                continue
            }
            if takesPassphrase, entry.key == "passphrase" { continue }  // belongs to the content beside it
            guard let field = fields.first(where: { $0.name == entry.key }) else {
                report(
                    entry.keyPosition, "Unknown key `\(entry.key)`.",
                    NearestKey.remedy(for: entry.key, among: known))
                continue
            }
            tree.values[field.name] = value(field.shape, entry.node, beside: node)
        }
        for field in fields where field.required && !seen.contains(field.name) {
            report(
                node.position, "`\(field.name)` is missing.",
                field.example.map { "Add it, for example `\(field.name): \($0)`." } ?? field.summary)
        }
        return tree
    }

    private mutating func value(
        _ shape: OptionSchema.Shape, _ node: OptionNode, beside group: OptionNode
    ) -> OptionTree.Value? {
        switch shape {
        case .group(let fields): return .group(self.group(fields, node))
        case .list(let element):
            guard case .list(let items) = node.value else {
                report(node.position, "This must be a list.", "Write it as `[a, b]`, or a line `- a` for each.")
                return nil
            }
            return .list(items.compactMap { value(element, $0, beside: group) })
        case .map(let element):
            guard case .group(let entries) = node.value else {
                report(node.position, "This must be a group of keys.", "Write `key: value` lines here.")
                return nil
            }
            var tree = OptionTree()
            for entry in entries { tree.values[entry.key] = value(element, entry.node, beside: node) }
            return .group(tree)
        case .template:
            guard case .scalar(let text) = node.value else {
                report(node.position, "This must be a single value.", "Write \(shape.words).")
                return nil
            }
            return deferred(text, node.position).map { .template($0, node.position) }
        case .json: return json(node).map { .json($0, node.position) }
        case .secret: return secretName(node).map { .secret($0) }
        case .content: return artifact(node, beside: group)
        default: return scalar(shape, node)
        }
    }

    private mutating func deferred(_ text: String, _ position: SourcePosition) -> Template? {
        do throws(TemplateProblem) {
            let template = try Template(text, known: variables, isDeferred: true)
            deferredUses.append((template.variables, position))
            return template
        } catch {
            report(position, error.message, error.remedy)
            return nil
        }
    }

    /// Unquoted words and numbers of JSON are its own; all else is text.
    private mutating func json(_ node: OptionNode) -> JSONTemplate<Template>? {
        switch node.value {
        case .scalar("") where node.isPlain: return .literal("null")
        case .scalar(let text) where node.isPlain && JSONTemplate<Template>.isLiteral(text): return .literal(text)
        case .scalar(let text): return deferred(text, node.position).map { .text($0) }
        case .list(let items): return .list(items.compactMap { json($0) })
        case .group(let entries):
            return .object(
                entries.compactMap { entry in json(entry.node).map { .init(name: entry.key, value: $0) } })
        }
    }

    mutating func checkContentNames() {
        let prefix = DeferredText.contentPrefix
        for (names, position) in deferredUses {
            for name in names.sorted() where name.hasPrefix(prefix) {
                let content = String(name.dropFirst(prefix.count))
                guard !contentNames.contains(content) else { continue }
                report(
                    position, "There is no content called `\(content)`.",
                    contentNames.isEmpty
                        ? "Name it under `contents`, for example `- {name: \(content), content: fullchain}`."
                        : NearestKey.remedy(for: content, among: contentNames.sorted()))
            }
        }
    }

    private mutating func scalar(_ shape: OptionSchema.Shape, _ node: OptionNode) -> OptionTree.Value? {
        guard case .scalar(let text) = node.value else {
            report(node.position, "This must be a single value.", "Write \(shape.words).")
            return nil
        }
        do throws(TemplateProblem) {
            switch shape {
            case .integer(let range):
                guard let number = Int(text), range.contains(number) else {
                    throw TemplateProblem("`\(text)` is not \(shape.words).", remedy: "Write \(shape.words).")
                }
                return .integer(number)
            case .flag:
                guard let flag = OptionText.flag(text) else {
                    throw TemplateProblem("`\(text)` is neither yes nor no.", remedy: "Write `true` or `false`.")
                }
                return .flag(flag)
            case .duration(let range):
                guard let seconds = OptionText.seconds(text), range.contains(seconds) else {
                    throw TemplateProblem("`\(text)` is not \(shape.words).", remedy: "Write \(shape.words).")
                }
                return .duration(.seconds(seconds))
            case .mode, .choice:
                try shape.accept(text)
                return .text(Template(literal: text), shape, node.position)
            default:
                let template = try Template(text, known: variables)
                if template.variables.isEmpty { try shape.accept(text) }
                return .text(template, shape, node.position)
            }
        } catch {
            report(node.position, error.message, error.remedy)
            return nil
        }
    }

    private mutating func secretName(_ node: OptionNode) -> String? {
        if case .group(let entries) = node.value, entries.count == 1, entries[0].key == "secret",
            case .scalar(let name) = entries[0].node.value, OptionText.isName(name)
        {
            return name
        }
        report(
            node.position, "A secret must be a reference, not the secret itself.",
            "Store it with `certflow secret set NAME` and write `{secret: NAME}` here.")
        return nil
    }

    private mutating func artifact(_ node: OptionNode, beside group: OptionNode) -> OptionTree.Value? {
        let names = Artifact.Content.allCases.map(\.rawValue)
        guard case .scalar(let text) = node.value, let content = Artifact.Content(rawValue: text) else {
            report(node.position, "Unknown content.", "Write one of \(names.joined(separator: ", ")).")
            return nil
        }
        guard contents.contains(content) else {
            report(
                node.position, "This backend is never handed `\(text)`.",
                "It takes \(contents.map(\.rawValue).sorted().joined(separator: ", ")).")
            return nil
        }
        let passphrase = group["passphrase"]
        if content == .pkcs12, passphrase == nil {
            report(
                node.position, "`pkcs12` needs a passphrase.",
                "Store one with `certflow secret set NAME` and add `passphrase: {secret: NAME}`.")
            return nil
        }
        if content != .pkcs12, let passphrase {
            report(
                passphrase.position, "`\(text)` takes no passphrase; only `pkcs12` does.", "Remove it here.")
            return nil
        }
        guard let passphrase else { return .artifact(ArtifactRequest(content)) }
        return secretName(passphrase).map { .artifact(ArtifactRequest(content, passphrase: $0)) }
    }

    private mutating func report(_ position: SourcePosition, _ message: String, _ remedy: String) {
        problems.append(OptionProblem(position, message, remedy: remedy))
    }
}
