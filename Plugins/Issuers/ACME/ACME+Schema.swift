import PluginKit

extension ACME {
    static let schema = OptionSchema(own + ChallengeSettings.fields)

    private static let own: [OptionSchema.Field] = [
        .init(
            "directory", .url, required: true, example: "https://acme-v02.api.letsencrypt.org/directory",
            "The address of the CA's directory."),
        .init(
            "staging", .url, example: "https://acme-staging-v02.api.letsencrypt.org/directory",
            "The CA's test directory, for rehearsals."),
        .init(
            "hosts", .list(.text), example: "[acme.example.net]",
            "Other hosts that the CA's addresses may name; only the directory's own if not given."),
        .init(
            "contact", .list(.text), example: "[certificates@example.com]",
            "Where the CA may write to; nowhere if not given."),
        .init(
            "acceptTerms", .flag, example: "true",
            "Whether you agree to the CA's terms; without it no account is made where the CA has terms."),
        .init(
            "accountKey", .choice(AccountKey.Algorithm.allCases.map(\.rawValue)), example: "es256",
            "The kind of the account's key; es256 if not given. A change counts from the next rollover on."),
        .init(
            "externalAccount",
            .group([
                .init("keyID", .text, required: true, example: "kid-1", "The key ID that the CA shows."),
                .init(
                    "macKey", .secret, required: true, example: "{secret: acme-mac}",
                    "The MAC key that the CA shows, base64url."),
            ]), "Ties the account to one that the CA knows already."),
        .init(
            "caBundle", .path, example: "/etc/ssl/our-ca.pem",
            "The roots (PEM) that may vouch for the directory's server; those of this machine if not given."),
        .init(
            "profile", .text, example: "tlsserver",
            "The CA's certificate profile; the CA's default if not given, or where it has none of that name."),
        .init(
            "profileRequired", .flag, example: "true",
            "Whether nothing is ordered where the CA does not offer `profile`; false if not given."),
        .init(
            "preferredChain", .text, example: "ISRG Root X1",
            "The root or issuer, by its common name, that the chain should lead to; the CA's first chain if not given."),
        .init(
            "budgets", .choice(["lets-encrypt", "none"]), example: "none",
            "Whose limits are kept from below; Let's Encrypt's at its own directories, none elsewhere if not given."),
        .init(
            "timeout", .duration(10...86_400), example: "10m",
            "The longest wait for the CA's validation, and for its signature; 10m if not given."),
    ]
}
