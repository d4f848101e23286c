import Foundation

/// An account (RFC 8555, 7.1.2).
struct Account {
    var key: AccountKey
    var contact: [String]
    var status = "valid"
    var binding: [String: Any]?
}

/// An order (RFC 8555, 7.1.3).
struct Order {
    var account: Int
    var names: [Identifier]
    var authorizations: [Int]
    var replaces: String?
    var profile: String?
    /// As asked for; nil: as long as the authority likes.
    var life: (start: Date?, end: Date?)
    var isFinalized = false
    var certificate: Int?
    /// Looks at it since it was finalized.
    var looks = 0
    var expires: Date
}

/// An authorization with its challenges (RFC 8555, 7.1.4).
struct Authorization {
    struct Challenge {
        var type: String
        var token: String
        var status = "pending"
    }

    var account: Int
    var name: Identifier
    var isWildcard: Bool
    var status = "pending"
    var challenges: [Challenge]
    var failure: Problem?
    /// Looks at it since a challenge was answered; nil: none was.
    var looks: Int?
    var expires: Date
}
