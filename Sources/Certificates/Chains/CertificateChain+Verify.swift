import Automation
import SwiftASN1
import X509

extension CertificateChain {
    /// How far an authority's clock may be ahead of ours: a certificate that begins this much later counts as begun.
    public static let clockAllowance = Span.minutes(5)

    /// Critical extensions that are looked at here, or that bind clients only.
    private static let knownExtensions: Set<ASN1ObjectIdentifier> = [
        .X509ExtensionID.basicConstraints, .X509ExtensionID.keyUsage, .X509ExtensionID.nameConstraints,
        .X509ExtensionID.subjectAlternativeName, .X509ExtensionID.extendedKeyUsage,
        [2, 5, 29, 32], [2, 5, 29, 36], [2, 5, 29, 54],  // policies, policy constraints, inhibit any policy
        [1, 3, 6, 1, 5, 5, 7, 1, 24],  // TLS feature (RFC 7633)
    ]
    private static let precertificatePoison: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 11129, 2, 4, 3]

    /// Checks all that must hold before a chain is stored (RFC 5280, 6): that it is for our key and exactly our names,
    /// valid now, and that every certificate was rightly signed by the next. Whether clients trust its root is checked
    /// only where `roots` are given.
    ///
    /// Checks a signature per certificate: some 50 microseconds each with P-256.
    /// - Throws: `CertificateFailure` with a code that begins with `chain.`, one for each thing that can be wrong.
    public func verify(
        key: PublicKey, subjects: [Subject], at now: Instant, roots: [SignedCertificate] = []
    ) throws(CertificateFailure) {
        guard leaf.publicKey == key else { throw .wrongKey(leaf) }
        try verifyNames(Set(subjects))
        try verifyLeaf()
        for certificate in certificates {
            try Self.verifyDates(certificate, isLeaf: certificate == leaf, now)
            try Self.verifyExtensions(certificate)
        }
        try verifySignatures()
        var authorities = issuers
        if !roots.isEmpty, let root = try trustedRoot(among: roots, now) { authorities.append(root) }
        try Self.verifyAuthorities(authorities)
        try verifyNameLimits(of: authorities)
    }

    private func verifyNames(_ wanted: Set<Subject>) throws(CertificateFailure) {
        let missing = wanted.subtracting(leaf.subjects).map(\.description).sorted()
        let extra = Set(leaf.subjects).subtracting(wanted).map(\.description).sorted() + leaf.otherNames
        guard missing.isEmpty, extra.isEmpty else { throw .wrongNames(missing: missing, extra: extra) }
    }

    private func verifyLeaf() throws(CertificateFailure) {
        guard leaf.x509.extensions[oid: Self.precertificatePoison] == nil else { throw .precertificate(leaf) }
        guard !leaf.isAuthority || leaf.isSelfIssued else { throw .leafIsAuthority(leaf) }
    }

    private static func verifyDates(
        _ certificate: SignedCertificate, isLeaf: Bool, _ now: Instant
    ) throws(CertificateFailure) {
        guard certificate.notBefore <= now + clockAllowance else { throw .notYetValid(certificate, isLeaf: isLeaf) }
        guard certificate.notAfter >= now, certificate.notAfter > certificate.notBefore else {
            throw .expired(certificate, isLeaf: isLeaf)
        }
    }

    private static func verifyExtensions(_ certificate: SignedCertificate) throws(CertificateFailure) {
        let unknown = certificate.x509.extensions.first { $0.critical && !knownExtensions.contains($0.oid) }
        if let unknown { throw .unknownExtension(unknown.oid.description, certificate) }
    }

    // MARK: Links

    private func verifySignatures() throws(CertificateFailure) {
        for (child, parent) in zip(certificates, issuers) {
            guard child.x509.signatureAlgorithm != .sha1WithRSAEncryption else { throw .weakSignature(child) }
            guard Self.signed(child, by: parent) else { throw .wrongSignature(child, by: parent) }
        }
        if issuers.isEmpty, leaf.isSelfIssued, !leaf.isSelfSigned { throw .wrongSignature(leaf, by: leaf) }
    }

    private static func signed(_ child: SignedCertificate, by parent: SignedCertificate) -> Bool {
        child.x509.issuer == parent.x509.subject
            && parent.x509.publicKey.isValidSignature(child.x509.signature, for: child.x509)
    }

    /// The root that issued the last certificate; nil where that is a trusted root itself.
    private func trustedRoot(
        among roots: [SignedCertificate], _ now: Instant
    ) throws(CertificateFailure) -> SignedCertificate? {
        let top = issuers.last ?? leaf
        let current = roots.filter { $0.notAfter >= now }
        if current.contains(where: { $0.x509.subject == top.x509.subject && $0.publicKey == top.publicKey }) {
            return nil
        }
        guard let root = current.first(where: { Self.signed(top, by: $0) }) else { throw .untrusted(top) }
        return root
    }

    // MARK: Authorities

    private static func verifyAuthorities(_ authorities: [SignedCertificate]) throws(CertificateFailure) {
        var authoritiesBelow = 0
        for authority in authorities {
            guard case .isCertificateAuthority(let longest) = try? authority.x509.extensions.basicConstraints else {
                throw .notAnAuthority(authority)
            }
            if let longest, authoritiesBelow > longest { throw .pathTooLong(authority, longest) }
            guard maySign(authority) else { throw .noSigning(authority) }
            if !authority.isSelfIssued { authoritiesBelow += 1 }
        }
    }

    /// An authority without key usages may; one whose usages can't be read may not.
    private static func maySign(_ authority: SignedCertificate) -> Bool {
        do {
            return try authority.x509.extensions.keyUsage?.keyCertSign != false
        } catch {
            return false
        }
    }

    private func verifyNameLimits(of authorities: [SignedCertificate]) throws(CertificateFailure) {
        let below = [leaf] + authorities
        for (index, authority) in authorities.enumerated() {
            let limits: NameLimits?
            do {
                limits = try NameLimits(of: authority)
            } catch {
                throw .nameForbidden("its names", by: authority)
            }
            guard let limits else { continue }
            // Self-issued authorities are exempt: an authority that renews its own key is not a new name.
            for certificate in below[...index] where certificate == leaf || !certificate.isSelfIssued {
                if let name = limits.violation(by: certificate) { throw .nameForbidden(name, by: authority) }
            }
        }
    }
}
