import Automation
import Foundation

/// The rights of a person as a form has them: kept in an address while the password is asked for again.
struct PersonDraft: Equatable {
    var name = ""
    var role = Role.viewer.rawValue
    var scope = ""
    var exportsKeys = false
    var isDisabled = false
    var reason = ""

    init() {}

    init(_ account: Account) {
        name = account.name
        role = account.role.rawValue
        scope = LabelLines.text(account.scope)
        exportsKeys = account.exportsKeys
        isDisabled = account.isDisabled
    }

    /// As the form sends it: what is not ticked is not sent.
    init(_ fields: Fields) throws(Problem) {
        name = try fields.text("name", atMost: 200)
        role = try fields.text("role", atMost: 40)
        scope = try fields.text("scope", atMost: 8000).replacingOccurrences(of: "\r\n", with: "\n")
        exportsKeys = try fields.flag("export")
        isDisabled = try fields.flag("disabled")
        reason = try fields.text("reason", atMost: 1000)
    }

    /// As `query` wrote it; nil where there is none.
    init?(_ query: Query) {
        guard let role = query["role"] else { return nil }
        self.role = role
        name = query["name"] ?? ""
        scope = query["scope"] ?? ""
        exportsKeys = query["export"] == "yes"
        isDisabled = query["disabled"] == "yes"
        reason = query["reason"] ?? ""
    }

    var query: String {
        var items = [("role", role), ("name", name), ("scope", scope), ("reason", String(reason.prefix(200)))]
        if exportsKeys { items.append(("export", "yes")) }
        if isDisabled { items.append(("disabled", "yes")) }
        return PagePath.query(items.filter { !$0.1.isEmpty || $0.0 == "role" })
    }

    /// - Throws: `Problem`
    func chosenRole() throws(Problem) -> Role {
        guard let role = Role(rawValue: role) else {
            throw Fields.wrong(
                "role", "is no role", "Choose one of \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return role
    }
}

extension Account {
    /// Differs where somebody else changed the rights meanwhile.
    var etag: String {
        let parts = [role.rawValue, LabelLines.text(scope), String(exportsKeys), String(isDisabled)]
        return String(People.key(parts.joined(separator: "\u{0}")).prefix(16))
    }
}

extension Principal {
    /// Whoever sees a part only must not make anybody see more, nor change who does.
    func requireReach(_ scope: [String: String]) throws(Problem) {
        guard self.scope.allSatisfy({ scope[$0.key] == $0.value }) else {
            throw Problem.refused(
                "scope.wider",
                "You see only \(LabelLines.words(self.scope)): an account that sees more is not yours to change.",
                remedy: "Keep your own labels in its scope, or ask an administrator who sees all.")
        }
    }
}
