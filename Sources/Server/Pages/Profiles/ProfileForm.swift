import Foundation
import PluginKit
import Profiles

/// The form of a profile, drawn from the option schema of its backend.
struct ProfileForm {
    struct Field {
        enum Kind: Equatable {
            case text(numeric: Bool)
            case choice([String])
            case flag
            /// The name of a secret.
            case secret
            /// Single values, one a line.
            case lines
            /// A structure, as YAML.
            case yaml(rows: Int)
        }

        /// "with.user"
        var path: String
        var kind: Kind
        var isRequired: Bool
        var help: String
        var placeholder: String
        var value = ""
        var error: OptionProblem?
    }

    var groups: [(title: String, fields: [Field])]

    // MARK: Drawing

    init(_ shape: ProfileShape, _ manifest: Manifest) {
        let options = manifest.options.fields.map { Self.field($0) }
        func plain(_ path: String, _ kind: Field.Kind, _ help: String, _ placeholder: String = "") -> Field {
            Field(path: path, kind: kind, isRequired: false, help: help, placeholder: placeholder)
        }
        groups = [
            ("What", [plain("description", .text(numeric: false), "one sentence for lists")]),
            ("How: \(manifest.name)", options),
        ]
        guard shape.isPublishing else {
            groups.append(
                (
                    "Announced",
                    [
                        plain(
                            "announced", .yaml(rows: 2),
                            "shorter lives that the CA announced: - {from: 2027-03-15, lifetime: 100d}")
                    ]
                ))
            return
        }
        groups.append(
            (
                "Targets",
                [
                    plain(
                        "targets", .yaml(rows: 4),
                        "one a line, with the options that differ: - {name: web-1, host: web-1.example.net}")
                ]
            ))
        groups.append(
            (
                "After it",
                [
                    plain(
                        "test", .yaml(rows: 1), "before the reload: {command: [nginx, -t], on: target, timeout: 20s}"),
                    plain("reload", .yaml(rows: 1), "makes it read the files: {command: [systemctl, reload, nginx]}"),
                    plain(
                        "prove", .yaml(rows: 1), "how to see what is served: {tls: {connect: \"{{target.name}}:443\"}}"),
                    plain("rollout", .yaml(rows: 1), "how many targets at a time: {first: 1, then: 50%}"),
                    plain("onFailure", .choice(["rollback", "keep"]), "what happens where test, reload or proof fail"),
                ]
            ))
    }

    private static func field(_ field: OptionSchema.Field) -> Field {
        let kind: Field.Kind =
            switch field.shape {
            case .integer: .text(numeric: true)
            case .text, .duration, .host, .path, .fileName, .url, .mode, .template: .text(numeric: false)
            case .flag: .flag
            case .choice(let choices): .choice(choices)
            case .content: .choice(Artifact.Content.allCases.map(\.rawValue))
            case .secret: .secret
            case .list(let item):
                switch item {
                case .text, .host, .path, .fileName, .url, .integer, .duration: .lines
                default: .yaml(rows: 5)
                }
            case .json, .group, .map: .yaml(rows: 5)
            }
        return Field(
            path: "with.\(field.name)", kind: kind, isRequired: field.required, help: field.summary,
            placeholder: field.example ?? "")
    }

    var paths: Set<String> { Set(groups.flatMap { $0.fields.map(\.path) }) }

    private mutating func each(_ change: (inout Field) -> Void) {
        for group in groups.indices {
            for field in groups[group].fields.indices { change(&groups[group].fields[field]) }
        }
    }

    /// Puts in what a file says. What a field can't show goes through it as YAML.
    mutating func fill(from root: OptionNode) {
        each { field in
            let parts = field.path.split(separator: ".", maxSplits: 1).map(String.init)
            var node = parts.first.flatMap { root[$0] }
            if parts.count > 1 { node = parts.last.flatMap { node?[$0] } }
            guard let node else { return }
            Self.fill(&field, node)
        }
    }

    private static func fill(_ field: inout Field, _ node: OptionNode) {
        switch (field.kind, node.value) {
        case (.text, .scalar(let text)) where !text.contains("\n"): field.value = text
        case (.choice, .scalar(let text)): field.value = text
        case (.flag, .scalar(let text)): field.value = OptionText.flag(text).map { $0 ? "true" : "false" } ?? text
        case (.secret, .group):
            if case .scalar(let name)? = node["secret"]?.value { field.value = name }
        case (.lines, .list(let items)) where items.allSatisfy(isLine):
            field.value = items.compactMap { if case .scalar(let text) = $0.value { text } else { nil } }.joined(
                separator: "\n")
        case (.yaml, .list(let items)):
            field.value = items.map { "- \(ProfileYAML.inline($0))" }.joined(separator: "\n")
        default:
            field.kind = .yaml(rows: 2)
            field.value = ProfileYAML.inline(node)
        }
    }

    private static func isLine(_ node: OptionNode) -> Bool {
        if case .scalar(let text) = node.value { !text.contains("\n") && !text.isEmpty } else { false }
    }

    // MARK: Reading

    /// Takes what was sent; names that it does not have stay out.
    mutating func take(_ fields: Fields) {
        each { field in
            guard let value = fields[field.path] else { return }
            field.value = ProfileEditor.trimmed(value)
        }
    }

    /// - Returns: the profile that it says; errors stand at the fields that can't be read.
    mutating func root(_ shape: ProfileShape, name: String, backend: String) -> OptionNode {
        var entries: [(String, OptionNode)] = [("profile", ProfileYAML.scalar(name))]
        var options: [(String, OptionNode)] = []
        var others: [(String, OptionNode)] = []
        each { field in
            field.error = nil
            guard !field.value.isEmpty else { return }
            do throws(OptionProblem) {
                guard let node = try Self.node(field) else { return }
                if field.path == "description" {
                    entries.append(("description", node))
                } else if field.path.hasPrefix("with.") {
                    options.append((String(field.path.dropFirst("with.".count)), node))
                } else {
                    others.append((field.path, node))
                }
            } catch {
                field.error = error
            }
        }
        entries.append((shape.backendKey, ProfileYAML.scalar(backend)))
        if !options.isEmpty { entries.append(("with", ProfileYAML.group(options))) }
        return ProfileYAML.group(entries + others)
    }

    private static func node(_ field: Field) throws(OptionProblem) -> OptionNode? {
        switch field.kind {
        case .text(let isNumeric): return ProfileYAML.scalar(field.value, isPlain: isNumeric)
        case .choice: return ProfileYAML.scalar(field.value)
        case .flag: return ProfileYAML.scalar(field.value, isPlain: true)
        case .secret: return ProfileYAML.group([("secret", ProfileYAML.scalar(field.value))])
        case .lines:
            let items = field.value.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { !$0.isEmpty }.map { ProfileYAML.scalar($0) }
            return OptionNode(.list(items), at: ProfileYAML.nowhere)
        case .yaml: return try ProfileYAML.node(field.value)
        }
    }

    /// Puts problems of the written text to the fields that wrote it.
    /// - Parameter places: the path of what stands in each line.
    /// - Returns: those that belong to none.
    mutating func note(_ problems: [OptionProblem], places: [String]) -> [OptionProblem] {
        var others: [OptionProblem] = []
        let paths = paths
        for problem in problems {
            let line = problem.position.line - 1
            let place = places.indices.contains(line) ? places[line] : ""
            let named = paths.first { $0.hasPrefix("with.") && problem.message.contains("`\($0.dropFirst(5))`") }
            guard let path = paths.contains(place) ? place : named else {
                others.append(problem)
                continue
            }
            each { field in if field.path == path, field.error == nil { field.error = problem } }
        }
        return others
    }

    var errors: [Field] { groups.flatMap { $0.fields.filter { $0.error != nil } } }

    // MARK: Showing

    var context: [[String: Any]] {
        groups.map { group in
            ["title": group.title, "fields": group.fields.map { Self.context($0) }]
        }
    }

    private static func context(_ field: Field) -> [String: Any] {
        var options: [(value: String, label: String)] = []
        var (isText, isChoice, isList, isNumeric, rows) = (false, false, false, false, 3)
        switch field.kind {
        case .text(let numeric): (isText, isNumeric) = (true, numeric)
        case .secret: isText = true
        case .choice(let choices): (isChoice, options) = (true, choices.map { ($0, $0) })
        case .flag: (isChoice, options) = (true, [("true", "yes"), ("false", "no")])
        case .lines: isList = true
        case .yaml(let count): (isList, rows) = (true, max(count, min(12, field.value.split(separator: "\n").count)))
        }
        if isChoice {
            options.insert(("", field.isRequired ? "choose" : "not set"), at: 0)
            if !options.contains(where: { $0.value == field.value }) { options.append((field.value, field.value)) }
        }
        let secret = field.kind == .secret ? " The name of a secret, never the value itself." : ""
        let isYAML = if case .yaml = field.kind { true } else { false }
        let help = "\(field.help)\(secret)".trimmingCharacters(in: .whitespaces)
        return [
            "id": field.path, "name": field.path,
            "label": field.path.hasPrefix("with.") ? String(field.path.dropFirst(5)) : field.path, "isText": isText,
            "isChoice": isChoice, "isBoolean": false, "isList": isList, "listHint": isYAML ? "as YAML" : "one a line",
            "isRequired": field.isRequired,
            "value": field.value, "isOn": false, "rows": String(rows), "inputMode": isNumeric ? "numeric" : "text",
            "placeholder": field.placeholder,
            "options": options.map {
                ["value": $0.value, "label": $0.label, "isOn": $0.value == field.value] as [String: Any]
            },
            "hasHelp": !help.isEmpty, "help": help, "hasError": field.error != nil,
            "error": field.error.map { "\($0.message) \($0.remedy)" } ?? "",
        ]
    }
}

extension ProfileEditor {
    static func trimmed(_ text: String) -> String {
        text.replacingOccurrences(of: "\r\n", with: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
