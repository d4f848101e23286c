extension CertificateFailure.Code {
    public static let noLeaf = Self("chain.no-leaf")
    public static let severalLeaves = Self("chain.several-leaves")
    public static let wrongKey = Self("chain.wrong-key")
    public static let wrongNames = Self("chain.wrong-names")
    public static let precertificate = Self("chain.precertificate")
    public static let leafIsAuthority = Self("chain.leaf-is-authority")
    public static let notYetValid = Self("chain.not-yet-valid")
    public static let expired = Self("chain.expired")
    public static let issuerNotYetValid = Self("chain.issuer-not-yet-valid")
    public static let issuerExpired = Self("chain.issuer-expired")
    public static let unknownExtension = Self("chain.unknown-critical-extension")
    public static let weakSignature = Self("chain.weak-signature")
    public static let wrongSignature = Self("chain.wrong-signature")
    public static let notAnAuthority = Self("chain.not-an-authority")
    public static let pathTooLong = Self("chain.path-too-long")
    public static let noSigning = Self("chain.no-signing-usage")
    public static let nameForbidden = Self("chain.name-forbidden")
    public static let untrusted = Self("chain.untrusted-root")
}

extension CertificateFailure {
    private static let askIssuer = "Nothing was stored. Ask the issuer why, or use another one."

    static func noLeaf() -> Self {
        Self(
            .noLeaf, "Among the certificates there are only authorities, and none that was issued last.",
            remedy: "Add the certificate itself, not only its chain.")
    }

    static func severalLeaves(_ labels: [String]) -> Self {
        let shown = labels.prefix(5).joined(separator: ", ")
        return Self(
            .severalLeaves, "There are \(labels.count) certificates that none of the others needs: \(shown).",
            remedy: "Give one certificate with its chain at a time.")
    }

    static func wrongKey(_ leaf: SignedCertificate) -> Self {
        Self(.wrongKey, "The certificate for \(leaf.label) is for another key than ours.", remedy: askIssuer)
    }

    static func wrongNames(missing: [String], extra: [String]) -> Self {
        var findings: [String] = []
        if !missing.isEmpty { findings.append("lacks \(missing.prefix(10).joined(separator: ", "))") }
        if !extra.isEmpty { findings.append("has \(extra.prefix(10).joined(separator: ", ")) besides") }
        return Self(
            .wrongNames,
            "The certificate is not for the names that were asked for: it "
                + findings.joined(separator: " and ") + ".",
            remedy: askIssuer)
    }

    static func precertificate(_ leaf: SignedCertificate) -> Self {
        Self(
            .precertificate,
            "The certificate for \(leaf.label) is a precertificate for logs (RFC 6962), not a real one.",
            remedy: askIssuer)
    }

    static func leafIsAuthority(_ leaf: SignedCertificate) -> Self {
        Self(
            .leafIsAuthority, "The certificate for \(leaf.label) is that of an authority, which servers must not use.",
            remedy: askIssuer)
    }

    static func notYetValid(_ certificate: SignedCertificate, isLeaf: Bool) -> Self {
        Self(
            isLeaf ? .notYetValid : .issuerNotYetValid,
            "The certificate of \(certificate.label) is valid only from \(certificate.notBefore).",
            remedy: "Check this machine's clock; if it is right, ask the issuer.")
    }

    static func expired(_ certificate: SignedCertificate, isLeaf: Bool) -> Self {
        Self(
            isLeaf ? .expired : .issuerExpired,
            "The certificate of \(certificate.label) ended at \(certificate.notAfter).",
            remedy: isLeaf ? "Give or order a current one." : "Use the issuer's current chain.")
    }

    static func unknownExtension(_ identifier: String, _ certificate: SignedCertificate) -> Self {
        Self(
            .unknownExtension,
            "The certificate of \(certificate.label) has the critical extension \(identifier), which is not known here.",
            remedy: "Clients would refuse it as well. \(askIssuer)")
    }

    static func weakSignature(_ certificate: SignedCertificate) -> Self {
        Self(
            .weakSignature, "The certificate of \(certificate.label) is signed with SHA-1, which clients refuse.",
            remedy: askIssuer)
    }

    static func wrongSignature(_ certificate: SignedCertificate, by issuer: SignedCertificate) -> Self {
        Self(
            .wrongSignature,
            "The certificate of \(certificate.label) was not signed by \(issuer.label), the next in its chain.",
            remedy: "Use the chain that belongs to this certificate; the issuer offers it.")
    }

    static func notAnAuthority(_ certificate: SignedCertificate) -> Self {
        Self(
            .notAnAuthority, "\(certificate.label) stands in the chain as an authority but is none.",
            remedy: askIssuer)
    }

    static func pathTooLong(_ certificate: SignedCertificate, _ longest: Int) -> Self {
        Self(
            .pathTooLong, "\(certificate.label) allows \(longest) authorities below it; the chain has more.",
            remedy: askIssuer)
    }

    static func noSigning(_ certificate: SignedCertificate) -> Self {
        Self(
            .noSigning, "The key of \(certificate.label) is not meant for signing certificates.", remedy: askIssuer)
    }

    static func nameForbidden(_ name: String, by authority: SignedCertificate) -> Self {
        Self(
            .nameForbidden, "\(authority.label) may not certify \(name): its name constraints forbid it.",
            remedy: "Use an issuer that may certify this name.")
    }

    static func untrusted(_ top: SignedCertificate) -> Self {
        Self(
            .untrusted, "The chain ends at \(top.issuer), which none of the given roots issued.",
            remedy: "Add the issuer's root to the trusted ones, or use another issuer.")
    }
}
