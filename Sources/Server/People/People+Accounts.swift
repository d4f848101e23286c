import Automation
import Foundation
import PluginKit
import Storage

extension People {
    /// How long a link to choose a password holds.
    private static let invitation = Span.hours(24)

    static func unknown(_ name: String) -> Problem {
        Problem(
            404, "account.unknown", "There is no account \(name).",
            remedy: "See `certflow account list` for those that there are.")
    }

    /// In the order of their names.
    public func all() async throws -> [Account] {
        try await ledger.documents(.account, owner: nil).compactMap { try Stored<Account>($0)?.body }
    }

    /// Makes an account, which has no password yet.
    /// - Returns: the code for the link that lets the person choose one; holds for a day, once.
    public func add(_ new: Account, by actor: String) async throws -> String {
        guard OptionText.isName(new.name), new.name.count <= 64 else {
            throw Problem.refused(
                "account.name", "\(new.name.prefix(64)) can't be the name of an account.",
                remedy: "Use at most 64 letters, digits and . _ -, beginning with a letter or a digit.")
        }
        guard try await ledger.document(.account, new.name) == nil else {
            throw Problem(
                409, "account.taken", "There is an account \(new.name) already.",
                remedy: "Choose another name, or give that one a new link.")
        }
        var account = new
        let code = invite(&account)
        try await commit(
            [try record(.account, account.name, account)],
            [event("account.added", actor, account.name, Self.told(account))])
        return code
    }

    /// A new link; the password stays until the person chooses another.
    public func invite(_ name: String, by actor: String, reason: String = "") async throws -> String {
        guard let known = try await Stored<Account>(ledger.document(.account, name)) else { throw Self.unknown(name) }
        var account = known.body
        let code = invite(&account)
        try await commit(
            [try record(.account, name, replacing: known.record, account)],
            [event("account.invited", actor, name, reason: reason)])
        return code
    }

    private func invite(_ account: inout Account) -> String {
        let code = newSecret()
        account.invitation = Self.hash(code)
        account.invitedUntil = now() + Self.invitation
        return code
    }

    /// Whose link it is; nil where it holds no more.
    func invited(by code: String) async throws -> Account? {
        let (hash, now) = (Self.hash(code), now())
        return try await all().first { account in
            guard let known = account.invitation, let until = account.invitedUntil, now < until, !account.isDisabled
            else {
                return false
            }
            return ConstantTime.equal(known, hash)
        }
    }

    /// Chooses the first password, or a new one, by the link.
    /// - Parameter brought: the id of the session that the request came with.
    func accept(
        _ code: String, password: String, address: String, agent: String, bringing brought: String? = nil
    ) async throws -> String {
        let now = now()
        // Each try stands in the audit trail: without this anybody could fill it.
        let guesses: [SignInThrottle.Guess] = [.invitation(address), .address(address)]
        try slowDown(guesses, now: now)
        let hash = Self.hash(code)
        let known = try await ledger.documents(.account, owner: nil).compactMap { try Stored<Account>($0) }.first {
            $0.body.invitation.map { ConstantTime.equal($0, hash) } ?? false
        }
        guard let known, let until = known.body.invitedUntil, now < until, !known.body.isDisabled else {
            try await commit([], [event("invitation.refused", "anonymous", "", ["address": address])])
            throw Problem(
                403, "invitation.over", "This link holds no more: it was used, or is older than a day.",
                remedy: "Ask for a new one: `certflow account invite NAME` makes it.")
        }
        throttle.succeeded(guesses)
        var account = known.body
        if let objection = PasswordRules.objection(password, account: account.name) { throw objection }
        account.password = try await hasher.hash(password)
        account.invitation = nil
        account.invitedUntil = nil
        account.signedInAt = now
        let (id, write) = try begin(account.name, address: address, agent: agent, now: now)
        try await commit(
            end(brought) + [
                .removeDocuments(.session, owner: account.name),
                try record(.account, account.name, replacing: known.record, account), write,
            ], [event("password.chosen", account.name, account.name, ["address": address])])
        return id
    }

    /// Changes what somebody may do; it counts at once, in sessions that are open as well.
    public func change(
        _ name: String, by actor: String, reason: String = "", _ body: (inout Account) throws -> Void
    ) async throws {
        guard let known = try await Stored<Account>(ledger.document(.account, name)) else { throw Self.unknown(name) }
        var account = known.body
        try body(&account)
        account.name = name
        if known.body.isMighty, !account.isMighty, try await isLastAdministrator(name) {
            throw Problem.refused(
                "account.last-administrator", "\(name) is the last administrator.",
                remedy: "Make somebody else an administrator first.")
        }
        var writes = [try record(.account, name, replacing: known.record, account)]
        if account.isDisabled { writes.append(.removeDocuments(.session, owner: name)) }
        var detail: [String: String] = [:]
        let (before, after) = (Self.told(known.body), Self.told(account))
        for (key, value) in after where before[key] != value { detail[key] = "\(before[key] ?? "") -> \(value)" }
        try await commit(writes, [event("account.changed", actor, name, detail, reason: reason)])
    }

    /// Takes the account away with its sessions and tokens.
    public func remove(_ name: String, by actor: String, reason: String = "") async throws {
        guard let known = try await Stored<Account>(ledger.document(.account, name)) else { throw Self.unknown(name) }
        if known.body.isMighty, try await isLastAdministrator(name) {
            throw Problem.refused(
                "account.last-administrator", "\(name) is the last administrator.",
                remedy: "Make somebody else an administrator first.")
        }
        try await commit(
            [
                .removeDocument(.account, key: name), .removeDocuments(.session, owner: name),
                .removeDocuments(.token, owner: name),
            ], [event("account.removed", actor, name, reason: reason)])
    }

    /// Changes one's own password; all other sessions end.
    func changePassword(_ principal: Principal, from old: String, to new: String, address: String) async throws {
        try await prove(principal, password: old, address: address)
        if let objection = PasswordRules.objection(new, account: principal.account) { throw objection }
        guard let known = try await Stored<Account>(ledger.document(.account, principal.account)) else {
            throw Problem.signInNeeded
        }
        var account = known.body
        account.password = try await hasher.hash(new)
        var writes = [try record(.account, account.name, replacing: known.record, account)]
        for (key, _) in try await sessions(of: account.name) where principal.means.key != key {
            writes.append(.removeDocument(.session, key: key))
        }
        try await commit(writes, [event("password.changed", account.name, account.name, ["address": address])])
    }

    private func isLastAdministrator(_ name: String) async throws -> Bool {
        try await !all().contains { $0.name != name && $0.isMighty }
    }

    /// What the audit trail says of an account.
    private static func told(_ account: Account) -> [String: String] {
        [
            "role": account.role.rawValue,
            "scope": account.scope.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ","),
            "exportsKeys": String(account.exportsKeys), "disabled": String(account.isDisabled),
        ]
    }
}

extension Account {
    var isMighty: Bool { role == .administrator && !isDisabled }
}

extension Principal.Means {
    /// Of a session.
    var key: String? {
        guard case .session(let key, _) = self else { return nil }
        return key
    }
}
