import Foundation
import PluginKit

extension AccountDesk {
    /// Closes the account at the CA for good (RFC 8555, 7.3.6) and forgets its key; also where the CA has forgotten it.
    /// - Returns: whether the CA still knew it.
    func deactivate() async throws -> Bool {
        try await turns.take(place) {
            guard let held = try await vault.load() else { throw PluginFailure.noAccount() }
            let wasKnown = try await close(held)
            try await vault.replace(held, with: AccountRecord())
            return wasKnown
        }
    }

    private func close(_ held: HeldAccount) async throws -> Bool {
        guard let url = held.record.url else { return false }
        do {
            _ = try await session.post(
                url, Data(#"{"status":"deactivated"}"#.utf8), held.signer, "the end of our account")
            return true
        } catch let refusal as ServerRefusal where refusal.kind == "accountDoesNotExist" {
            return false
        }
    }

    /// What the CA says about the account; nil where there is none.
    func facts() async throws -> AccountFacts? {
        guard let held = try await vault.load(), let url = held.record.url else { return nil }
        let response = try await session.fetch(url, held.signer, "our account")
        let account = try session.decode(Resources.Account.self, response, "our account")
        return AccountFacts(
            url: url, status: ShownText(account.status ?? "valid").description,
            contact: (account.contact ?? []).prefix(20).map { ShownText($0).description },
            keyAlgorithm: held.key.algorithm.name, thumbprint: held.thumbprint, terms: held.record.terms)
    }
}
