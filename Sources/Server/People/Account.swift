import Automation
import Foundation
import Storage

/// A person who may sign in.
public struct Account: Sendable, Hashable, Codable {
    public var name: String
    public var role: Role
    /// Labels that a certificate must bear to be seen; empty: all are.
    public var scope: [String: String]
    /// May take private keys out of the home, after proving again who it is.
    public var exportsKeys: Bool
    public var isDisabled: Bool
    /// Nil until the person has chosen one.
    public var password: PasswordHash?
    /// SHA-256 of the code in the link that lets a person choose a password; nil where there is none.
    public var invitation: Data?
    public var invitedUntil: Instant?
    public var createdAt: Instant
    public var signedInAt: Instant?
    /// Single keys work as short cuts in the pages.
    public var usesKeys: Bool
    /// Nil: as the system.
    public var theme: Theme?

    public enum Theme: String, Sendable, Hashable, Codable, CaseIterable { case light, dark }

    public init(
        name: String, role: Role, scope: [String: String] = [:], exportsKeys: Bool = false, createdAt: Instant
    ) {
        self.name = name
        self.role = role
        self.scope = scope
        self.exportsKeys = exportsKeys
        self.createdAt = createdAt
        isDisabled = false
        usesKeys = true
    }

    public var canSignIn: Bool { password != nil && !isDisabled }
}

/// A session in a browser, ended on the server.
public struct Session: Sendable, Hashable, Codable {
    public var account: String
    public var createdAt: Instant
    public var seenAt: Instant
    /// It ends then, however busy it is.
    public var endsAt: Instant
    /// When the person last proved who it is.
    public var provedAt: Instant
    /// Where it was begun from, and with what.
    public var address: String
    public var agent: String
}

/// What a program signs in with. Only the hash is stored.
public struct AccessToken: Sendable, Hashable, Codable {
    public var id: String
    public var account: String
    public var name: String
    /// Never more than the account's own.
    public var role: Role
    public var scope: [String: String]
    public var createdAt: Instant
    public var endsAt: Instant
    /// To the minute.
    public var usedAt: Instant?
}

/// Who asks, as it is now.
public struct Principal: Sendable, Hashable {
    public enum Means: Sendable, Hashable {
        /// The key that the session is stored under.
        case session(String, provedAt: Instant)
        case token(String)
    }

    public var account: String
    public var role: Role
    public var scope: [String: String]
    public var exportsKeys: Bool
    public var usesKeys: Bool
    public var theme: Account.Theme?
    public var means: Means
    /// What forms of this session carry; nil for tokens.
    public var csrf: String?

    public func may(_ right: Right) -> Bool { role.rights.contains(right) }

    /// Whether a certificate with these labels is shown to it.
    public func sees(_ labels: [String: String]) -> Bool { scope.allSatisfy { labels[$0.key] == $0.value } }

    /// How the audit trail names it.
    public var actor: String {
        switch means {
        case .session: account
        case .token(let name): "\(account) (token \(name))"
        }
    }
}
