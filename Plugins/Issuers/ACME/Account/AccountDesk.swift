import Foundation
import PluginKit

/// Opens the account of a profile: finds it, makes it where there never was one, keeps it up to date (RFC 8555, 7.3).
struct AccountDesk: Sendable {
    let settings: ACMESettings
    let session: Session
    let vault: AccountVault
    let turns: Turns

    init(_ settings: ACMESettings, _ session: Session, _ context: PluginContext, _ shared: Shared) {
        self.settings = settings
        self.session = session
        turns = shared.turns
        vault = AccountVault(context.state, shared.accounts, directory: settings.directory)
    }

    /// What only one may work on at a time: profiles of one directory have entries of the same name, each in its own
    /// state.
    var place: String { "account \(vault.entry)" }

    /// The account, ready to sign. Costs no request where all is as it was.
    /// - Throws: `PluginFailure`, `ServerRefusal`, `TransferFailure`, and what the state throws.
    func open() async throws -> HeldAccount {
        if let held = try await vault.load(), isCurrent(held) { return held }
        return try await turns.take(place, sharesFailure: true) { try await establish() }
    }

    private func isCurrent(_ held: HeldAccount) -> Bool {
        held.record.url != nil && held.record.next == nil && held.record.contact == settings.contact
    }

    private func establish() async throws -> HeldAccount {
        guard var held = try await vault.load() else {
            try requireConsent()
            var record = AccountRecord()
            record.key = AccountRecord.StoredKey(try AccountKey.generate(settings.keyAlgorithm))
            return try await register(try await vault.create(record))
        }
        if isCurrent(held) { return held }
        if held.record.url == nil {
            // The CA may have made the account, and its answer been lost.
            guard let url = try await find(held.key) else {
                try requireConsent()
                return try await register(held)
            }
            var record = held.record
            record.url = url
            held = try await replace(held, record)
        }
        if held.record.next != nil { held = try await finishRollover(held) }
        return held.record.contact == settings.contact ? held : try await updateContact(held)
    }

    func replace(_ held: HeldAccount, _ record: AccountRecord) async throws -> HeldAccount {
        try await vault.replace(held, with: record)
        return try await vault.require()
    }

    // MARK: New

    /// - Throws: `PluginFailure` where the profile lacks what a new account needs.
    func requireConsent() throws {
        if let terms = session.directory.termsOfService, !settings.acceptsTerms {
            throw PluginFailure.termsNotAccepted(session.host, terms)
        }
        if session.directory.externalAccountRequired, settings.externalAccount == nil {
            throw PluginFailure.externalAccountRequired(session.host)
        }
    }

    private func register(_ held: HeldAccount) async throws -> HeldAccount {
        struct Form: Encodable {
            var contact: [String]?
            var termsOfServiceAgreed: Bool?
            var externalAccountBinding: SignedMessage?
        }
        let url = session.directory.newAccount
        let jwk = try held.key.jwk
        let form = Form(
            contact: settings.contact.isEmpty ? nil : settings.contact,
            termsOfServiceAgreed: settings.acceptsTerms ? true : nil,
            externalAccountBinding: try settings.externalAccount.map {
                try SignedMessage.externalAccount($0, key: jwk, newAccount: url)
            })
        let response = try await session.post(
            url, try Self.json(form), Signer(key: held.key), "a new account")
        var record = held.record
        record.url = try session.location(response, "a new account")
        record.contact = settings.contact
        record.terms = session.directory.termsOfService
        return try await replace(held, record)
    }

    /// The URL of the account with that key (RFC 8555, 7.3.1); nil where the CA knows none.
    func find(_ key: AccountKey) async throws -> String? {
        do {
            let response = try await session.post(
                session.directory.newAccount, Data(#"{"onlyReturnExisting":true}"#.utf8), Signer(key: key),
                "the account of our key", repeatable: true)
            return try session.location(response, "the account of our key")
        } catch let refusal as ServerRefusal where refusal.kind == "accountDoesNotExist" {
            return nil
        }
    }

    // MARK: Changes

    private func updateContact(_ held: HeldAccount) async throws -> HeldAccount {
        struct Form: Encodable { var contact: [String] }
        guard let url = held.record.url else { return held }
        _ = try await session.post(
            url, try Self.json(Form(contact: settings.contact)), held.signer, "the new contact of our account")
        var record = held.record
        record.contact = settings.contact
        return try await replace(held, record)
    }

    static func json(_ form: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(form)
    }
}
