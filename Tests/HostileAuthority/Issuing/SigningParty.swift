import Crypto
import Foundation
import SwiftASN1
import X509

/// One that signs certificates: a root, or an intermediate.
struct SigningParty {
    let certificate: Certificate
    let key: Certificate.PrivateKey
    private let name: DistinguishedName

    /// A root that signed itself.
    init(root name: String, _ life: Range<Date>) throws {
        key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        self.name = try DistinguishedName { CommonName(name) }
        certificate = try Self.sign(
            self.name, key.publicKey, try Self.authority(key.publicKey, longestPath: 1), life,
            issuer: (self.name, key))
    }

    /// An intermediate; its key may have a certificate already, from another root.
    init(_ name: String, under root: SigningParty, key: Certificate.PrivateKey?, _ life: Range<Date>) throws {
        self.key = key ?? Certificate.PrivateKey(P256.Signing.PrivateKey())
        self.name = try DistinguishedName { CommonName(name) }
        var extensions = try Self.authority(self.key.publicKey, longestPath: 0)
        try extensions.append(.init(root.authorityKeyIdentifier, critical: false))
        certificate = try Self.sign(
            self.name, self.key.publicKey, extensions, life, issuer: (root.name, root.key))
    }

    /// A certificate for servers.
    func issue(_ names: [Identifier], for key: Certificate.PublicKey, _ life: Range<Date>) throws -> Certificate {
        let extensions = try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([.serverAuth])
            SubjectKeyIdentifier(hash: key)
            authorityKeyIdentifier
            // Critical: there is no subject (RFC 5280, 4.2.1.6).
            Critical(SubjectAlternativeNames(names.compactMap(\.generalName)))
        }
        return try Self.sign(DistinguishedName(), key, extensions, life, issuer: (name, self.key))
    }

    var authorityKeyIdentifier: AuthorityKeyIdentifier {
        AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: key.publicKey).keyIdentifier)
    }

    private static func authority(
        _ key: Certificate.PublicKey, longestPath: Int
    ) throws -> Certificate.Extensions {
        try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: longestPath))
            Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            SubjectKeyIdentifier(hash: key)
        }
    }

    private static func sign(
        _ subject: DistinguishedName, _ key: Certificate.PublicKey, _ extensions: Certificate.Extensions,
        _ life: Range<Date>, issuer: (name: DistinguishedName, key: Certificate.PrivateKey)
    ) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key, notValidBefore: life.lowerBound,
            notValidAfter: life.upperBound, issuer: issuer.name, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions, issuerPrivateKey: issuer.key)
    }
}
