import Automation
import Foundation
import Storage

extension People {
    /// What tokens begin with, so that scanners for leaked secrets find them.
    static let tokenPrefix = "cft_"
    private static let mostPerAccount = 100

    /// - Returns: the token, which is shown once and stored nowhere, and what is known of it.
    public func issueToken(
        for name: String, called title: String, role: Role?, scope: [String: String], life: Span, by actor: String
    ) async throws -> (secret: String, token: AccessToken) {
        guard let account = try await account(name) else { throw Self.unknown(name) }
        let role = role ?? account.role
        guard role.rights.isSubset(of: account.role.rights) else {
            throw Problem.refused(
                "token.too-mighty", "A token of \(name) can't be more than \(account.role.rawValue).",
                remedy: "Choose \(account.role.rawValue) or less.")
        }
        guard !title.isEmpty, title.count <= 64 else {
            throw Problem.refused(
                "token.name", "The token needs a name of at most 64 characters.",
                remedy: "Name what uses it: `backup host`.")
        }
        guard life >= .minutes(1), life <= .days(3660) else {
            throw Problem.refused(
                "token.life", "A token lives between a minute and ten years.", remedy: "Name another time.")
        }
        guard try await tokens(of: name).count < Self.mostPerAccount else {
            throw Problem.refused(
                "token.many", "\(name) has \(Self.mostPerAccount) tokens already.", remedy: "Revoke some of them first."
            )
        }
        let (secret, now) = (Self.tokenPrefix + newSecret(), now())
        let id = Self.key(secret)
        // The account's own scope always holds besides.
        let token = AccessToken(
            id: id, account: name, name: title, role: role, scope: scope, createdAt: now, endsAt: now + life,
            usedAt: nil)
        try await commit(
            [try record(.token, id, owner: name, endsAt: token.endsAt, token)],
            [event("token.issued", actor, name, ["token": title, "role": role.rawValue, "until": "\(token.endsAt)"])])
        return (secret, token)
    }

    func principal(ofToken secret: String) async throws -> Principal? {
        guard secret.hasPrefix(Self.tokenPrefix), secret.utf8.count <= 100 else { return nil }
        let now = now()
        guard let stored = try await token(Self.key(secret)) else { return nil }
        let token = stored.body
        guard now < token.endsAt, let account = try await account(token.account), !account.isDisabled else {
            return nil
        }
        if token.usedAt.map({ now - $0 >= .minutes(1) }) ?? true { await note(stored, usedAt: now) }
        // Nothing bears two values of one label: a token that asks for another than its account's sees nothing.
        guard token.scope.allSatisfy({ (account.scope[$0.key] ?? $0.value) == $0.value }) else { return nil }
        // Where the account was given less meanwhile, so is the token.
        let role = token.role.rights.isSubset(of: account.role.rights) ? token.role : account.role
        return Principal(
            account: account.name, role: role, scope: token.scope.merging(account.scope) { $1 }, exportsKeys: false,
            usesKeys: false, means: .token(token.name), csrf: nil)
    }

    private func note(_ stored: Stored<AccessToken>, usedAt now: Instant) async {
        var token = stored.body
        token.usedAt = now
        guard
            let write = try? record(
                .token, token.id, owner: token.account, endsAt: token.endsAt, replacing: stored.record, token)
        else { return }
        _ = try? await ledger.commit(Change([write]))
        forget()
    }

    /// Newest first.
    public func tokens(of name: String) async throws -> [AccessToken] {
        try await ledger.documents(.token, owner: name).compactMap { try Stored<AccessToken>($0)?.body }
            .sorted { $0.createdAt > $1.createdAt }
    }

    /// - Parameter id: or the beginning of it, where it is the only one.
    public func revokeToken(_ id: String, of name: String, by actor: String) async throws {
        let found = try await tokens(of: name).filter { !id.isEmpty && $0.id.hasPrefix(id) || $0.name == id }
        guard found.count == 1, let token = found.first else {
            throw Problem(
                404, "token.unknown",
                found.isEmpty ? "\(name) has no token \(id)." : "\(name) has several tokens \(id).",
                remedy: "Name it by its id, as the list of tokens shows it.")
        }
        try await commit(
            [.removeDocument(.token, key: token.id)], [event("token.revoked", actor, name, ["token": token.name])])
    }
}
