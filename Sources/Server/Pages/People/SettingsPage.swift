import Automation

/// The page *Settings*: one's own display, password, sessions and tokens.
struct SettingsPage {
    var account: Account
    var scope: [String: String]
    var sessions: [(key: String, session: Session)]
    /// The key of the session that asks.
    var current: String?
    var tokens: [AccessToken]
    var lives: People.Lives
    var clock: Clock
    var notes: [PageNote] = []
    /// By the field that it belongs to: `now`, `password`, `token`.
    var errors: [String: Problem] = [:]

    var context: [String: Any] {
        var context: [String: Any] = [
            "pageTitle": "Settings", "crumbs": Crumbs.to(("Settings", "/settings")),
            "lede": "Of the account \(account.name), \(account.role.rawValue).",
            "theme": Radios.context(
                "theme", [("auto", "As the system", ""), ("light", "Light", ""), ("dark", "Dark", "")],
                chosen: account.theme?.rawValue ?? "auto"),
            "keys": Radios.context(
                "keys", [("on", "On", "/ g ? and Space"), ("off", "Off", "")], chosen: account.usesKeys ? "on" : "off"),
            "rule": PasswordRules.words, "sessions": sessions.map(row), "hasTokens": !tokens.isEmpty,
            "tokens": tokens.map(row),
            "roles": Role.allCases.filter { $0.rights.isSubset(of: account.role.rights) }.map { role -> [String: Any] in
                ["value": role.rawValue, "label": "\(role.rawValue): \(role.words)", "isOn": role == .viewer]
            },
        ]
        for (field, key) in [("now", "Now"), ("password", "Password"), ("token", "Token")] {
            context["has\(key)Error"] = errors[field] != nil
            context["\(field)Error"] = errors[field].map { "\($0.message) \($0.remedy)" } ?? ""
        }
        return context.merging(PageNote.problems(notes)) { $1 }
    }

    private func row(_ key: String, _ session: Session) -> [String: Any] {
        let idle = session.seenAt + lives.idle
        return [
            "id": key, "started": clock.context(session.createdAt), "isThis": key == current, "from": session.address,
            "agent": session.agent.isEmpty ? "unknown" : session.agent, "lastUsed": clock.relative(session.seenAt),
            "ends": "\(clock.words(session.endsAt)), or \(clock.time(idle)) when idle",
        ]
    }

    private func row(_ token: AccessToken) -> [String: Any] {
        let isExpired = token.endsAt <= clock.now
        return [
            "id": token.id, "name": token.name, "hint": String(token.id.prefix(8)), "role": token.role.rawValue,
            "scope": LabelLines.words(token.scope.merging(scope) { $1 }),
            "lastUsed": token.usedAt.map { clock.relative($0) } ?? "never",
            "expires": isExpired ? "expired \(clock.day(token.endsAt))" : clock.day(token.endsAt),
            "isExpired": isExpired,
        ]
    }
}
