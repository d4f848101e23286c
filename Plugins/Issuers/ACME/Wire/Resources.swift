import Foundation

/// A CA's resources as they come (RFC 8555, 7.1): only what is used, nothing of it trusted.
enum Resources {
    struct Account: Codable, Sendable {
        var status: String?
        var contact: [String]?
        var termsOfServiceAgreed: Bool?
    }

    struct Order: Codable, Sendable {
        enum Status: String, Codable, Sendable { case pending, ready, processing, valid, invalid }

        var status: Status
        var expires: String?
        var identifiers: [Identifier]
        var authorizations: [String]
        var finalize: String
        var certificate: String?
        var error: Problem?
        var profile: String?
    }

    struct Authorization: Codable, Sendable {
        enum Status: String, Codable, Sendable { case pending, valid, invalid, deactivated, expired, revoked }

        var status: Status
        var identifier: Identifier
        var wildcard: Bool?
        var challenges: [Challenge]?
    }

    struct Challenge: Codable, Sendable {
        var type: String
        var url: String?
        var status: String?
        var token: String?
        var error: Problem?
    }
}
