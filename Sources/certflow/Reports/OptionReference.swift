import PluginKit
import Profiles

/// The reference of a backend's options, from its schema. The form of `profile options --output json`.
struct OptionReference: Encodable {
    struct Option: Encodable {
        /// "files[].name" for a key of each item of a list.
        var name: String
        /// What may be written: "a whole number from 0 to 100".
        var takes: String
        var required: Bool
        var summary: String
        var example: String?
        /// Whether a change of it publishes again.
        var publishesAgain: Bool
    }

    struct Variable: Encodable {
        var name: String
        var summary: String
    }

    var backend: String
    var kind: String
    var summary: String
    var options: [Option]
    /// What templates in a publishing profile may name.
    var variables: [Variable]

    init(_ manifest: Manifest) {
        backend = manifest.name
        kind = manifest.kind.rawValue
        summary = manifest.summary
        options = Self.options(manifest.options.fields, below: "", manifest.kind)
        variables =
            manifest.kind == .publisher
            ? Self.entries(manifest).map { Variable(name: $0.name, summary: $0.summary) } : []
    }

    private static func entries(_ manifest: Manifest) -> [TemplateCatalog.Entry] {
        let entries = TemplateCatalog.entries(for: manifest.options)
        guard manifest.contents.contains(.challenge) else { return entries }
        return entries + TemplateCatalog.challengeEntries.filter { !entries.contains($0) }
    }

    private static func options(
        _ fields: [OptionSchema.Field], below prefix: String, _ kind: PluginKind
    ) -> [Option] {
        fields.flatMap { field in
            let name = prefix + field.name
            let option = Option(
                name: name, takes: field.shape.words, required: field.required, summary: field.summary,
                example: field.example, publishesAgain: kind == .publisher && field.role != .manner)
            switch field.shape {
            case .group(let inner): return [option] + options(inner, below: "\(name).", kind)
            case .list(.group(let inner)): return [option] + options(inner, below: "\(name)[].", kind)
            case .map(.group(let inner)): return [option] + options(inner, below: "\(name).NAME.", kind)
            default: return [option]
            }
        }
    }

    func print() {
        Console.line("\(Console.paint(backend, .strong)) (\(kind)): \(summary)")
        Console.line()
        Console.line("Options, under `with` or in a target:")
        for option in options {
            let required = option.required ? ", required" : ""
            Console.line("  \(Console.paint(option.name, .strong))  \(Console.paint(option.takes + required, .faint))")
            Console.line("      \(option.summary)")
            if let example = option.example { Console.line("      Example: \(example)") }
            if kind == "publisher", !option.publishesAgain { Console.line("      A change of it publishes nothing.") }
        }
        guard !variables.isEmpty else { return }
        Console.line()
        Console.line("Variables, written as {{NAME}}:")
        var table = Table("NAME", "WHAT IT IS")
        for variable in variables { table.add(.init(variable.name), .init(variable.summary)) }
        for line in table.lines.dropFirst() { Console.line("  \(line)") }
    }
}
