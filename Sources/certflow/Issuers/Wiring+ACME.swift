import ACME
import Curl

extension Wiring {
    /// What people can do with accounts, by the name of the issuer's backend.
    static func accounts(_ client: HTTPClient) -> [String: AccountActions] {
        [
            ACME.manifest.name: AccountActions(
                show: { options, context in
                    try await ACME.account(options, context, client).map(IssuerAccount.init)
                },
                rollOver: { options, context in
                    try await ACME.rollOverKey(options, context, client).map(IssuerAccount.init)
                },
                deactivate: { options, context in try await ACME.deactivateAccount(options, context, client) })
        ]
    }
}

extension IssuerAccount {
    init(_ facts: AccountFacts) {
        self.init(
            url: facts.url, status: facts.status, contact: facts.contact, key: facts.keyAlgorithm,
            thumbprint: facts.thumbprint, terms: facts.terms)
    }
}
