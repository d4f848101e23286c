import PluginKit

/// What templates are filled with: contents, what answers gave, and facts.
struct Values: Sendable {
    fileprivate var known: [String: DeferredText.Value] = [:]
    /// Whether what isn't known stands there by its name: for what is shown before it is sent.
    fileprivate let showsNames: Bool

    private let texts: [String: DeferredText]

    /// - Parameter attempt: what no other call has; nil where it isn't known yet.
    init(_ options: HTTPOptions, _ delivery: Delivery, attempt: String?, showsNames: Bool = false) {
        self.showsNames = showsNames
        texts = Dictionary(options.texts.map { ("text.\($0.name)", $0.value) }) { first, _ in first }
        known["delivery.id"] = DeferredText.Value(delivery.id)
        known["delivery.attempt"] = attempt.map { DeferredText.Value($0) }
        for content in options.contents where delivery.artifacts.indices.contains(content.artifact) {
            let bytes = delivery.artifacts[content.artifact].bytes.withBytes { Array($0) }
            known[DeferredText.contentPrefix + content.name] = DeferredText.Value(
                bytes, isSecret: content.form.isPrivate)
        }
    }

    subscript(_ name: String) -> DeferredText.Value? {
        if let text = texts[name] {
            return (try? text.render { texts[$0] == nil ? self[$0] : nil }).flatMap { rendered in
                rendered.map { DeferredText.Value($0.bytes, isSecret: $0.holdsSecret) }
            }
        }
        return known[name] ?? (showsNames ? DeferredText.Value("{\(name)}") : nil)
    }

    mutating func set(_ name: String, _ text: String, isSecret: Bool = false) {
        known["value.\(name)"] = DeferredText.Value(text, isSecret: isSecret)
    }

    mutating func set(_ prefix: String, _ version: PublishedVersion) {
        known["\(prefix).number"] = DeferredText.Value(String(version.number))
        known["\(prefix).serial"] = DeferredText.Value(version.serial)
        known["\(prefix).fingerprint"] = DeferredText.Value(version.fingerprint)
    }

    mutating func forget(_ names: Set<String>) { for name in names { known["value.\(name)"] = nil } }

    /// What answers gave under these names, secrets too: only for what is sealed.
    func all(_ names: Set<String>) -> [String: String] {
        var all: [String: String] = [:]
        for name in names {
            all[name] = known["value.\(name)"].map { String(decoding: $0.bytes, as: UTF8.self) }
        }
        return all
    }

    /// What answers gave and may be stored and shown.
    var open: [String: String] {
        var open: [String: String] = [:]
        for (name, value) in known where name.hasPrefix("value.") && !value.isSecret {
            open[String(name.dropFirst(6))] = String(decoding: value.bytes, as: UTF8.self)
        }
        return open
    }
}

extension Values {
    /// Whether only its name stands there.
    func isPlaceholder(_ name: String) -> Bool { showsNames && known[name] == nil }
}
