import Foundation
import PluginKit

extension AccountDesk {
    /// Puts a new key in the place of the account's (RFC 8555, 7.3.5). The new key is stored before the CA hears of it,
    /// so that after a crash or a lost answer whoever comes next finds out which of the two holds, and goes on.
    func rollOver() async throws -> HeldAccount {
        try await turns.take(place) {
            guard var held = try await vault.load(), held.record.url != nil else { throw PluginFailure.noAccount() }
            guard session.directory.keyChange != nil else { throw PluginFailure.noKeyChange(session.host) }
            if held.record.next == nil {
                var record = held.record
                record.next = AccountRecord.StoredKey(try AccountKey.generate(settings.keyAlgorithm))
                held = try await replace(held, record)
                return try await changeKey(held)
            }
            return try await finishRollover(held)
        }
    }

    /// Asks the CA which key holds, and goes on from there.
    func finishRollover(_ held: HeldAccount) async throws -> HeldAccount {
        guard let next = try held.record.next?.key() else { return held }
        if let url = try await find(next) {
            guard url == held.record.url else { return try await forget(held, next: "it belongs to another account") }
            return try await promote(held)
        }
        return try await changeKey(held)
    }

    private func changeKey(_ held: HeldAccount) async throws -> HeldAccount {
        guard let next = try held.record.next?.key(), let account = held.record.url,
            let url = session.directory.keyChange
        else { throw PluginFailure.noKeyChange(session.host) }
        // All values but the account's URL are of the base64url alphabet.
        let payload = #"{"account":\#(JSONText.quoted(account)),"oldKey":\#(try held.key.jwk.json)}"#
        let inner = try Signer(key: next).sign(Data(payload.utf8), nonce: nil, url: url)
        do {
            _ = try await session.post(url, inner.json, held.signer, "the new key of our account")
        } catch let refusal as ServerRefusal where (400..<500).contains(refusal.status) && refusal.status != 429 {
            // An answer that was lost before: then the CA no longer knows the old key.
            if let known = try await find(next), known == account { return try await promote(held) }
            _ = try await forget(held, next: nil)
            throw refusal
        }
        return try await promote(held)
    }

    private func promote(_ held: HeldAccount) async throws -> HeldAccount {
        var record = held.record
        record.key = record.next
        record.next = nil
        return try await replace(held, record)
    }

    /// The CA refused the new key for good: the old one stays.
    private func forget(_ held: HeldAccount, next reason: String?) async throws -> HeldAccount {
        var record = held.record
        record.next = nil
        let kept = try await replace(held, record)
        if let reason { throw PluginFailure.rolloverRefused(session.host, reason) }
        return kept
    }
}
