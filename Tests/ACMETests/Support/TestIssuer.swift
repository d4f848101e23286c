import Automation
import Certificates
import Crypto
import Foundation
import SwiftASN1
import X509

/// Signs what the scripted CA issues: one leaf under one intermediate, with two roots above it.
struct TestIssuer: Sendable {
    private let roots = ["Root One", "Root Two"].map { (name: $0, key: P256.Signing.PrivateKey()) }
    private let intermediate = P256.Signing.PrivateKey()
    static let intermediateName = "Test Intermediate"

    /// PEM: a chain for each root.
    func chains(for request: Data, now: Instant) throws -> [String] {
        let csr = try CertificateSigningRequest(derEncoded: Array(request))
        let names = try csr.attributes.extensionRequest?.extensions.subjectAlternativeNames
        return try roots.map { root in
            let leaf = try certificate(
                key: csr.publicKey, subject: "", issuer: Self.intermediateName, signer: intermediate, now: now,
                days: 90,
                extensions: X509.Certificate.Extensions {
                    if let names { names }
                    AuthorityKeyIdentifier(keyIdentifier: keyIdentifier(intermediate.publicKey))
                })
            let middle = try certificate(
                key: .init(intermediate.publicKey), subject: Self.intermediateName, issuer: root.name,
                signer: root.key, now: now, days: 1000,
                extensions: X509.Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true))
                    SubjectKeyIdentifier(keyIdentifier: keyIdentifier(intermediate.publicKey))
                })
            return leaf + middle
        }
    }

    private func keyIdentifier(_ key: P256.Signing.PublicKey) -> ArraySlice<UInt8> {
        Array(Insecure.SHA1.hash(data: key.x963Representation))[...]
    }

    func certificate(
        key: X509.Certificate.PublicKey, subject: String, issuer: String, signer: P256.Signing.PrivateKey,
        now: Instant, days: Int64, extensions: X509.Certificate.Extensions
    ) throws -> String {
        let certificate = try X509.Certificate(
            version: .v3, serialNumber: .init(), publicKey: key, notValidBefore: (now - .hours(1)).date,
            notValidAfter: (now + .days(days)).date,
            issuer: DistinguishedName { CommonName(issuer) },
            subject: subject.isEmpty ? DistinguishedName() : DistinguishedName { CommonName(subject) },
            signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions, issuerPrivateKey: .init(signer))
        return try certificate.serializeAsPEM().pemString + "\n"
    }
}
