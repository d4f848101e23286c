import Automation
import Foundation
import Storage

extension People {
    /// Signs in with a password.
    /// - Parameter brought: the id of the session that the request came with: it ends, whoever put it there.
    /// - Returns: the session's id, which goes into the cookie and is stored nowhere.
    func signIn(
        _ name: String, password: String, address: String, agent: String, bringing brought: String? = nil
    ) async throws -> String {
        let now = now()
        let known = try await Stored<Account>(ledger.document(.account, name))
        let guesses: [SignInThrottle.Guess] = [.account(name), .address(address)]
        let isRight = try await isPassword(password, known?.body.password, guesses, now: now)
        guard isRight, let known, !known.body.isDisabled else {
            let draft = event(
                "sign-in.failed", "anonymous", String(name.prefix(64)), ["address": address])
            try await commit([], [draft])
            throw Problem(
                401, "sign-in.refused", "Name and password do not belong together.",
                remedy: "Try again, or ask an administrator for a new link.")
        }
        throttle.succeeded(guesses)
        var account = known.body
        account.signedInAt = now
        if let hash = account.password, hasher.isWeak(hash) { account.password = try await hasher.hash(password) }
        let (id, write) = try begin(name, address: address, agent: agent, now: now)
        try await commit(
            [.removeDocumentsEnded(before: now)] + end(brought)
                + [try record(.account, name, replacing: known.record, account), write],
            [event("sign-in.done", name, name, ["address": address])])
        return id
    }

    /// Who knows the cookie from before a sign-in knows nothing after it.
    func end(_ brought: String?) -> [Change.Write] {
        brought.map { [.removeDocument(.session, key: Self.key($0))] } ?? []
    }

    private func isPassword(
        _ password: String, _ known: PasswordHash?, _ guesses: [SignInThrottle.Guess], now: Instant
    ) async throws -> Bool {
        try slowDown(guesses, now: now)
        do {
            return try await hasher.matches(String(password.prefix(1024)), known)
        } catch {
            throttle.tookBack(guesses)
            throw error
        }
    }

    /// Begins a try.
    /// - Throws: `Problem` where there were too many failures before.
    func slowDown(_ guesses: [SignInThrottle.Guess], now: Instant) throws(Problem) {
        guard let wait = throttle.begin(guesses, now: now) else { return }
        throw Problem(
            429, "sign-in.wait", "There were too many failed tries.", remedy: "Wait \(Wording.words(wait)).",
            retryAfter: Int(clamping: wait.seconds))
    }

    /// Proves again who it is, with the password.
    func prove(_ principal: Principal, password: String, address: String) async throws {
        guard case .session(let key, _) = principal.means,
            let stored = try await Stored<Session>(ledger.document(.session, key))
        else { throw Problem.signInNeeded }
        let now = now()
        let known = try await account(principal.account)?.password
        let guesses: [SignInThrottle.Guess] = [.proof(principal.account)]
        guard try await isPassword(password, known, guesses, now: now) else {
            try await commit([], [event("proof.failed", principal.account, principal.account, ["address": address])])
            throw Problem(
                401, "sign-in.refused", "That is not the password of \(principal.account).", remedy: "Try again.")
        }
        throttle.succeeded(guesses)
        var session = stored.body
        session.provedAt = now
        try await commit(
            [
                try record(
                    .session, key, owner: session.account, endsAt: stored.record.endsAt, replacing: stored.record,
                    session)
            ],
            [event("proof.done", principal.account, principal.account, ["address": address])])
    }

    func begin(_ name: String, address: String, agent: String, now: Instant) throws -> (String, Change.Write) {
        let id = newSecret()
        let session = Session(
            account: name, createdAt: now, seenAt: now, endsAt: now + lives.absolute, provedAt: now, address: address,
            agent: String(agent.prefix(200)))
        return (id, try record(.session, Self.key(id), owner: name, endsAt: session.endsAt, session))
    }

    /// Who a cookie stands for; nil where its session is over, or its account is.
    func principal(ofSession id: String) async throws -> Principal? {
        let key = Self.key(id)
        let now = now()
        guard let stored = try await session(key) else { return nil }
        let session = stored.body
        guard now < session.endsAt, now < session.seenAt + lives.idle, let account = try await account(session.account),
            !account.isDisabled
        else { return nil }
        if now - session.seenAt >= .minutes(1) { await touch(key, stored, now) }
        return Principal(
            account: account.name, role: account.role, scope: account.scope, exportsKeys: account.exportsKeys,
            usesKeys: account.usesKeys, theme: account.theme, means: .session(key, provedAt: session.provedAt),
            csrf: Self.key("csrf " + id))
    }

    /// Without an event: nothing changes but the time until it ends by itself. One that fails is made up for by the next.
    private func touch(_ key: String, _ stored: Stored<Session>, _ now: Instant) async {
        var session = stored.body
        session.seenAt = now
        guard
            let write = try? record(
                .session, key, owner: session.account, endsAt: session.endsAt, replacing: stored.record, session)
        else { return }
        _ = try? await ledger.commit(Change([write]))
        forget()
    }

    func signOut(_ principal: Principal) async throws {
        guard case .session(let key, _) = principal.means else { return }
        try await commit(
            [.removeDocument(.session, key: key)], [event("sign-out", principal.account, principal.account)])
    }

    /// Newest first.
    func sessions(of name: String) async throws -> [(key: String, session: Session)] {
        try await ledger.documents(.session, owner: name).compactMap { record in
            try Stored<Session>(record).map { (record.key, $0.body) }
        }.sorted { $0.session.createdAt > $1.session.createdAt }
    }

    /// Ends one session of an account, or all of them.
    func endSessions(of name: String, key: String?, by actor: String) async throws {
        if let key {
            guard let record = try await ledger.document(.session, key), record.owner == name else {
                throw Problem(404, "session.unknown", "There is no such session.", remedy: "It may be over already.")
            }
        }
        let write =
            key.map { Change.Write.removeDocument(.session, key: $0) } ?? .removeDocuments(.session, owner: name)
        try await commit(
            [write], [event("session.ended", actor, name, ["which": key.map { String($0.prefix(8)) } ?? "all"])])
    }
}
