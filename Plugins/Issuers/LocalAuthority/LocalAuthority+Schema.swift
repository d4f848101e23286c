import PluginKit

extension LocalAuthority {
    private static let year: Int64 = 365 * 86_400

    /// The names of X.509 key usages (RFC 5280, 4.2.1.3) that a server or client may have.
    static let keyUsages = [
        "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
    ]
    /// The names of extended key usages (RFC 5280, 4.2.1.12).
    static let extendedKeyUsages = ["serverAuth", "clientAuth", "codeSigning", "emailProtection"]

    static let schema = OptionSchema([
        .init(
            "lifetime", .duration(60...10 * year), example: "90d",
            "How long a certificate lives, from 1m to 10y; 90d if not given. None outlives its intermediate."),
        .init(
            "keyUsages", .list(.choice(keyUsages)), example: "[digitalSignature]",
            "What keys may be used for; if not given, digitalSignature, and keyEncipherment for RSA."),
        .init(
            "extendedKeyUsages", .list(.choice(extendedKeyUsages)), example: "[serverAuth, clientAuth]",
            "What certificates are for; if not given, serverAuth."),
        .init(
            "permittedNames", .list(.text), example: "[example.internal, 10.0.0.0/8]",
            "The only names it certifies: domains with all below them, `.domain` for only what is below, networks. "
                + "Everything if not given."),
        .init(
            "nameConstraints", .flag, example: "true",
            "Whether clients hold it to permittedNames as well: they then stand in the intermediate; false if not given."
        ),
        .init(
            "crlURL", .text, example: "http://ca.example.internal/intermediate.crl",
            "Where clients find the revocation list; certflow does not write it."),
        .init(
            "issuersURL", .text, example: "http://ca.example.internal/intermediate.cer",
            "Where clients find the intermediate, if a server forgets to send it."),
        .init(
            "ocspURL", .text, example: "http://ocsp.example.internal",
            "Where clients ask whether a certificate was revoked; certflow does not answer there."),
        .init(
            "organization", .text, example: "Example GmbH",
            "The organization in the names of root and intermediate; none if not given."),
        .init("rootName", .text, example: "Example root", "The root's common name; \"certflow root\" if not given."),
        .init(
            "intermediateName", .text, example: "Example intermediate",
            "The intermediate's common name; \"certflow intermediate\" if not given."),
        .init(
            "rootLifetime", .duration(3600...100 * year), example: "20y",
            "How long the root lives; 20y if not given. Counts when it is made."),
        .init(
            "intermediateLifetime", .duration(3600...100 * year), example: "5y",
            "How long an intermediate lives, at most as long as the root; 5y if not given. It is renewed by itself."),
    ])
}
