import PluginKit

extension PluginFailure {
    static func termsNotAccepted(_ host: String, _ terms: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.terms-not-accepted",
            message: "\(host) makes an account only for those who agree to its terms: \(terms).",
            remedy: "Read them; if you agree, add `acceptTerms: true` to the issuing profile.")
    }

    static func externalAccountRequired(_ host: String) -> PluginFailure {
        PluginFailure(
            .auth, code: "acme.external-account-required",
            message: "\(host) makes accounts only for customers that it knows.",
            remedy: "Get a key ID and a MAC key from the CA, and give them as `externalAccount` in the issuing profile."
        )
    }

    static func accountUnknown(_ host: String, words: String) -> PluginFailure {
        PluginFailure(
            .auth, code: "acme.account-unknown",
            message: "\(host) does not know our account any more: \(words).",
            remedy: "Ask the CA why. No new account is made by itself: to have one made with the next renewal, forget "
                + "this one with `certflow issuer account deactivate`.")
    }

    static func accountDamaged() -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.account-damaged",
            message: "The account in the state of this issuing profile can't be read.",
            remedy: "Restore the home from a backup.")
    }

    static func accountBusy() -> PluginFailure {
        PluginFailure(
            .conflict, code: "acme.account-busy",
            message: "Another process changed the account of this issuing profile at the same time.",
            remedy: "Nothing is to be done: it is tried again.")
    }

    static func noAccount() -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.no-account", message: "This issuing profile has no account yet.",
            remedy: "Renew a certificate with it: the first renewal makes the account.")
    }

    static func noKeyChange(_ host: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.no-key-change", message: "\(host) can't change the key of an account.",
            remedy:
                "Deactivate the account with `certflow issuer account deactivate`; the next renewal makes a new one.")
    }

    static func rolloverRefused(_ host: String, _ reason: String) -> PluginFailure {
        PluginFailure(
            .conflict, code: "acme.rollover-refused",
            message: "\(host) does not take the new key for our account: \(reason). The old key stays.",
            remedy: "Run `certflow issuer account rollover` again: it makes another key.")
    }
}
