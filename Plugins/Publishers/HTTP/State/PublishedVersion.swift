import Foundation
import PluginKit

/// One version that was published, as handles and the memory of a target keep it.
struct PublishedVersion: Codable, Sendable, Hashable {
    var delivery: String
    var number: Int
    var serial: String
    /// SHA-256 in lower-case hexadecimal.
    var fingerprint: String

    init(_ facts: VersionFacts, delivery: String) {
        self.delivery = delivery
        number = facts.number
        serial = facts.serial
        fingerprint = facts.fingerprint.description
    }
}

/// What a publication writes down for its later steps.
struct PublishHandle: Codable, Sendable, Hashable {
    var version: PublishedVersion
    var previous: PublishedVersion?
    /// What answers gave and is no secret.
    var values: [String: String] = [:]
    /// How many of the requests that change something were answered, and how many there are.
    var answered = 0
    var total: Int
}

extension PublishHandle {
    /// As it is recorded. Written here and not by `JSONEncoder`, which took a fifth of a small publication's time.
    /// - Throws: `PluginFailure` (`bug`) when it is larger than a handle may be.
    func recorded() throws -> Handle {
        let stored = values.sorted { $0.key < $1.key }.map { "\(Self.text($0.key)):\(Self.text($0.value))" }
        var json = "{\"version\":\(Self.json(version)),\"values\":{\(stored.joined(separator: ","))}"
        if let previous { json += ",\"previous\":\(Self.json(previous))" }
        json += ",\"answered\":\(answered),\"total\":\(total)}"
        guard json.utf8.count <= Handle.limit else { return try Handle(self) }
        return Handle(encoded: Data(json.utf8), format: 1)
    }

    private static func json(_ version: PublishedVersion) -> String {
        "{\"delivery\":\(text(version.delivery)),\"number\":\(version.number),\"serial\":\(text(version.serial)),"
            + "\"fingerprint\":\(text(version.fingerprint))}"
    }

    private static func text(_ text: String) -> String {
        "\"" + String(decoding: TemplateFilter.escaped(Array(text.utf8)), as: UTF8.self) + "\""
    }
}
