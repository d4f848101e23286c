import Foundation

/// The directory and accounts (RFC 8555, 7.1.1, 7.3).
extension Desk {
    func directory() -> Reply {
        var members: [String: Any] = [:]
        let named: [(String, URLField, RequestKind)] = [
            ("newNonce", .newNonce, .newNonce), ("newAccount", .newAccount, .newAccount),
            ("newOrder", .newOrder, .newOrder), ("revokeCert", .revocation, .revocation),
            ("keyChange", .keyChange, .keyChange),
        ]
        for (name, field, kind) in named { members[name] = self.named(field, url(kind)) }
        if settings.offersRenewalInfo { members["renewalInfo"] = self.named(.renewalInfo, url(.renewalInfo)) }
        var meta: [String: Any] = ["termsOfService": "\(base)/terms"]
        if !settings.profiles.isEmpty { meta["profiles"] = settings.profiles }
        if !settings.externalAccounts.isEmpty { meta["externalAccountRequired"] = true }
        members["meta"] = meta
        return Reply(200, ["Content-Type": "application/json"], body: JSON.data(members))
    }

    var accountURLs: [String: String] {
        let known = accounts.indices.filter { !isForgotten($0) }
        return Dictionary(known.map { (accounts[$0].key.thumbprint, url(.account, $0)) }) { $1 }
    }

    mutating func newAccount(_ message: SignedMessage) throws -> Reply {
        guard message.keyIdentifier == nil else { throw Problem.violation("a new account is signed with jwk, not kid") }
        let key = try AccountKey(message.header["jwk"])
        try message.verify(by: key)
        let members = try message.members()
        if let index = accounts.indices.first(where: { accounts[$0].key == key && !isForgotten($0) }) {
            guard accounts[index].status == "valid" else {
                throw Problem(403, "unauthorized", "the account is \(accounts[index].status)")
            }
            return reply(200, account: index)
        }
        if members["onlyReturnExisting"] as? Bool == true {
            throw Problem(400, "accountDoesNotExist", "no account has this key")
        }
        guard members["termsOfServiceAgreed"] as? Bool == true else {
            throw Problem(403, "userActionRequired", "the terms of service have to be agreed to")
        }
        let binding = try binding(members["externalAccountBinding"], key: key, message)
        accounts.append(Account(key: key, contact: try contact(members) ?? [], binding: binding))
        return reply(201, account: accounts.count - 1)
    }

    /// A look, a change, or the end (RFC 8555, 7.3.2, 7.3.6).
    mutating func account(_ message: SignedMessage, _ account: Int, _ place: Place) throws -> Reply {
        guard try place.number(below: accounts.count) == account else {
            throw Problem.violation("this is another account", type: "unauthorized", status: 403)
        }
        guard !message.payload.isEmpty else { return reply(200, account: account) }
        let members = try message.members()
        if let contact = try contact(members) { accounts[account].contact = contact }
        if let status = members["status"] as? String {
            guard status == "deactivated" else { throw Problem.violation("an account can't become \(status)") }
            accounts[account].status = status
        }
        return reply(200, account: account)
    }

    /// RFC 8555, 7.3.5.
    mutating func changeKey(_ message: SignedMessage, _ account: Int) throws -> Reply {
        let inner = try SignedMessage(try message.members())
        guard inner.header["nonce"] == nil else { throw Problem.violation("the inner JWS has a nonce") }
        guard inner.keyIdentifier == nil else { throw Problem.violation("the inner JWS has kid") }
        let new = try AccountKey(inner.header["jwk"])
        try inner.verify(by: new)
        try inner.check(url: url(.keyChange))
        let members = try inner.members()
        guard members["account"] as? String == url(.account, account) else {
            throw Problem.violation("the inner JWS names another account")
        }
        guard try AccountKey(members["oldKey"]) == accounts[account].key else {
            throw Problem.violation("oldKey is not the account's key")
        }
        if let other = accounts.firstIndex(where: { $0.key == new }) {
            var reply = Problem(409, "malformed", "an account has this key already").reply
            reply.headers.add(name: "Location", value: url(.account, other))
            return reply
        }
        accounts[account].key = new
        return reply(200, account: account)
    }

    /// An account that was forgotten keeps its number, so that no other gets it.
    func isForgotten(_ account: Int) -> Bool { accounts[account].status == "forgotten" }

    mutating func forgetAccounts() {
        for index in accounts.indices { accounts[index].status = "forgotten" }
    }

    private func contact(_ members: [String: Any]) throws -> [String]? {
        guard let value = members["contact"] else { return nil }
        guard let contact = value as? [String] else { throw Problem.violation("contact is no list of URLs") }
        for url in contact where !url.hasPrefix("mailto:") {
            throw Problem(400, "unsupportedContact", "\(url) is no mail address")
        }
        for url in contact where !url.contains("@") || url.contains("?") || url.contains(",") {
            throw Problem(400, "invalidContact", "\(url) is not one mail address")
        }
        return contact
    }

    /// RFC 8555, 7.3.4.
    private func binding(_ value: Any?, key: AccountKey, _ outer: SignedMessage) throws -> [String: Any]? {
        guard !settings.externalAccounts.isEmpty else { return nil }
        guard let members = value as? [String: Any] else {
            throw Problem(400, "externalAccountRequired", "an external account has to be bound")
        }
        let binding = try SignedMessage(members)
        guard binding.header["nonce"] == nil else { throw Problem.violation("the binding has a nonce") }
        try binding.check(url: url(.newAccount))
        guard let secret = binding.keyIdentifier.flatMap({ settings.externalAccounts[$0] }) else {
            throw Problem(401, "unauthorized", "there is no such external account")
        }
        try binding.verify(byMAC: try JSON.decode(secret, "the key of the external account"))
        guard try AccountKey(try binding.members()) == key else {
            throw Problem.violation("the binding is of another key")
        }
        return members
    }

    private func reply(_ status: Int, account: Int) -> Reply {
        var members: [String: Any] = [
            "status": accounts[account].status, "contact": accounts[account].contact,
            "orders": url(.account, account) + "/orders", "termsOfServiceAgreed": true,
        ]
        if let binding = accounts[account].binding { members["externalAccountBinding"] = binding }
        var reply = Reply(status, ["Content-Type": "application/json"], body: JSON.data(members))
        if let location = header(.account, url(.account, account)) {
            reply.headers.add(name: "Location", value: location)
        }
        return reply
    }
}
