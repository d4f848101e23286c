import Automation
import Runner

/// Who asks.
package struct MeForm: Codable, Sendable {
    package var account: String
    package var role: Role
    package var rights: [String]
    package var scope: [String: String]
    package var exportsKeys: Bool
    /// "session", "token"
    package var means: String
    /// What changes by this session send as X-Certflow-Csrf; absent for tokens.
    package var csrf: String?

    init(_ person: Principal) {
        account = person.account
        role = person.role
        rights = person.role.rights.map(\.rawValue).sorted()
        scope = person.scope
        exportsKeys = person.exportsKeys
        if case .session = person.means { means = "session" } else { means = "token" }
        csrf = person.csrf
    }
}

package struct AccountForm: Codable, Sendable {
    package var name: String
    package var role: Role
    /// Labels that a certificate must bear to be seen.
    package var scope: [String: String]
    package var exportsKeys: Bool
    package var disabled: Bool
    package var hasPassword: Bool
    package var createdAt: String
    package var signedInAt: String?

    init(_ account: Account) {
        name = account.name
        role = account.role
        scope = account.scope
        exportsKeys = account.exportsKeys
        disabled = account.isDisabled
        hasPassword = account.password != nil
        createdAt = account.createdAt.rfc3339
        signedInAt = account.signedInAt?.rfc3339
    }

    /// Of what a change can set.
    var version: String {
        let labels = scope.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
        return String(People.key("\(name)\n\(role.rawValue)\n\(exportsKeys)\n\(disabled)\n\(labels)").prefix(32))
    }
}

/// A link that lets a person choose a password, once, within a day. Shown once.
package struct InvitationForm: Codable, Sendable {
    package var account: String
    package var url: String
}

package struct TokenForm: Codable, Sendable {
    package var id: String
    package var account: String
    package var name: String
    package var role: Role
    package var scope: [String: String]
    package var createdAt: String
    package var endsAt: String
    package var usedAt: String?

    init(_ token: AccessToken) {
        id = token.id
        account = token.account
        name = token.name
        role = token.role
        scope = token.scope
        createdAt = token.createdAt.rfc3339
        endsAt = token.endsAt.rfc3339
        usedAt = token.usedAt?.rfc3339
    }
}

/// A token just issued; it is shown this once.
package struct IssuedTokenForm: Codable, Sendable {
    package var secret: String
    package var token: TokenForm
}

package struct SessionForm: Codable, Sendable {
    package var id: String
    package var account: String
    package var createdAt: String
    package var seenAt: String
    package var endsAt: String
    package var address: String
    package var agent: String
    package var current: Bool

    init(_ id: String, _ session: Session, current: Bool) {
        self.id = id
        account = session.account
        createdAt = session.createdAt.rfc3339
        seenAt = session.seenAt.rfc3339
        endsAt = session.endsAt.rfc3339
        address = session.address
        agent = session.agent
        self.current = current
    }
}

/// A secret's name; its value never leaves.
package struct SecretForm: Codable, Sendable {
    package var name: String
    /// Absent where a profile names it and nobody stored it.
    package var setAt: String?
    package var setBy: String?
    /// "publishing/nginx-fleet"
    package var usedBy: [String]

    init(_ secret: Desk.ListedSecret) {
        name = secret.name
        setAt = secret.setAt?.rfc3339
        setBy = secret.setBy
        usedBy = secret.usedBy
    }
}
