import Foundation
import PluginKit

/// Options as they may be shown: secrets as references or as `(secret)`, never their value.
package indirect enum ShownOptions: Codable, Sendable {
    case text(String)
    case integer(Int)
    case flag(Bool)
    case list([ShownOptions])
    case group([String: ShownOptions])

    /// As a profile writes them.
    package init(_ tree: OptionTree) { self = .group(tree.values.mapValues { Self.shown($0) }) }

    /// As they are rendered for one target and version.
    package init(_ options: Options) { self = .group(options.values.mapValues { Self.shown($0) }) }

    private static func shown(_ value: OptionTree.Value) -> ShownOptions {
        switch value {
        case .text(let template, _, _): .text(withoutPassword(template.source))
        case .integer(let number): .integer(number)
        case .flag(let flag): .flag(flag)
        case .duration(let duration): .text(OptionText.words(seconds: duration.components.seconds))
        case .secret(let name): .text("{secret: \(name)}")
        case .artifact(let request):
            .text(request.content.rawValue + (request.passphrase.map { ", under {secret: \($0)}" } ?? ""))
        case .template(let template, _): .text(withoutPassword(template.source))
        case .json(let json, _): shown(json) { $0.source }
        case .list(let items): .list(items.map { shown($0) })
        case .group(let tree): ShownOptions(tree)
        }
    }

    private static func shown(_ value: Options.Value) -> ShownOptions {
        switch value {
        case .text(let text): .text(withoutPassword(text))
        case .integer(let number): .integer(number)
        case .flag(let flag): .flag(flag)
        case .duration(let duration): .text(OptionText.words(seconds: duration.components.seconds))
        case .secret: .text("(secret)")
        case .artifact(_, let content): .text(content.rawValue)
        case .template(let text): .text(text.masked)
        case .json(let json): shown(json) { $0.masked }
        case .list(let items): .list(items.map { shown($0) })
        case .group(let options): ShownOptions(options)
        }
    }

    /// An address may have one in it, though it is refused for that.
    private static func withoutPassword(_ text: String) -> String {
        text.replacing(/:\/\/[^\/?#\s]*@/, with: "://(secret)@")
    }

    private static func shown<Text>(_ json: JSONTemplate<Text>, _ words: (Text) -> String) -> ShownOptions {
        switch json {
        case .literal(let literal): .text(literal)
        case .text(let text): .text(words(text))
        case .list(let items): .list(items.map { shown($0, words) })
        case .object(let members):
            .group(Dictionary(members.map { ($0.name, shown($0.value, words)) }) { first, _ in first })
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int.self) {
            self = .integer(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let items = try? container.decode([ShownOptions].self) {
            self = .list(items)
        } else {
            self = .group(try container.decode([String: ShownOptions].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .integer(let number): try container.encode(number)
        case .flag(let flag): try container.encode(flag)
        case .list(let items): try container.encode(items)
        case .group(let values): try container.encode(values)
        }
    }

    /// One line for each key, those of groups in lists on one line each.
    package var lines: [String] {
        guard case .group(let values) = self else { return [inline] }
        return values.sorted { $0.key < $1.key }.flatMap { key, value -> [String] in
            guard case .list(let items) = value, items.contains(where: \.isGroup) else {
                return ["\(key): \(value.inline)"]
            }
            return ["\(key):"] + items.map { "  - \($0.inline)" }
        }
    }

    package var isGroup: Bool { if case .group = self { true } else { false } }

    package var inline: String {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        case .flag(let flag): flag ? "true" : "false"
        case .list(let items): "[\(items.map(\.inline).joined(separator: ", "))]"
        case .group(let values):
            "{\(values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.inline)" }.joined(separator: ", "))}"
        }
    }
}
