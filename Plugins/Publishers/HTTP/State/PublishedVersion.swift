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
