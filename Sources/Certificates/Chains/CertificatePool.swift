import X509

/// Certificates in no order, each once, and who may have issued whom. Finds paths; whether their signatures hold is for
/// `CertificateChain.verify` to say.
struct CertificatePool {
    /// A public chain has 1 to 3 authorities.
    private static let longestPath = 10

    let certificates: [SignedCertificate]
    private let bySubject: [DistinguishedName: [SignedCertificate]]

    init(_ certificates: some Sequence<SignedCertificate>) {
        var seen: Set<SignedCertificate> = []
        self.certificates = certificates.filter { seen.insert($0).inserted }
        bySubject = Dictionary(grouping: self.certificates) { $0.x509.subject }
    }

    /// The authorities above `leaf`, nearest first, as far as they are here.
    func path(above leaf: SignedCertificate) -> [SignedCertificate] {
        var path: [SignedCertificate] = []
        var current = leaf
        while !current.isSelfSigned, path.count < Self.longestPath {
            let candidates = issuers(of: current).filter { $0 != leaf && !path.contains($0) }
            guard let next = Self.choose(candidates, for: current) else { break }
            path.append(next)
            current = next
        }
        return path
    }

    /// The certificates that issued none of the others.
    var ends: [SignedCertificate] {
        var parents: Set<SignedCertificate> = []
        for certificate in certificates where !certificate.isSelfSigned {
            parents.formUnion(issuers(of: certificate))
        }
        return certificates.filter { !parents.contains($0) }
    }

    private func issuers(of certificate: SignedCertificate) -> [SignedCertificate] {
        guard let named = bySubject[certificate.x509.issuer] else { return [] }
        let wanted = certificate.authorityKeyIdentifier
        return named.filter { candidate in
            guard candidate != certificate else { return false }
            guard let wanted, let offered = candidate.subjectKeyIdentifier else { return true }
            return wanted == offered
        }
    }

    /// Several certificates of one authority (renewed, or cross-signed): the first whose key fits.
    private static func choose(
        _ candidates: [SignedCertificate], for certificate: SignedCertificate
    ) -> SignedCertificate? {
        guard candidates.count > 1 else { return candidates.first }
        return candidates.first {
            $0.x509.publicKey.isValidSignature(certificate.x509.signature, for: certificate.x509)
        } ?? candidates.first
    }
}
