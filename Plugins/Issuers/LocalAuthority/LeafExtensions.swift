import Automation
import Certificates
import Foundation
import SwiftASN1
import X509

/// The extensions of a certificate for a server or client (RFC 5280, 4.2).
struct LeafExtensions {
    private static let distributionPoints: ASN1ObjectIdentifier = [2, 5, 29, 31]

    var settings: AuthoritySettings
    var issuer: SigningIdentity

    /// - Parameter isNamed: whether the certificate has a subject name; without one, the names become critical
    ///   (RFC 5280, 4.2.1.6).
    func list(
        subjects: [Subject], publicKey: PublicKey, isNamed: Bool
    ) throws -> X509.Certificate.Extensions {
        let names = SubjectAlternativeNames(subjects.map(\.generalName))
        var all = try X509.Certificate.Extensions([
            .init(BasicConstraints.notCertificateAuthority, critical: true),
            .init(keyUsage(publicKey), critical: true),
            .init(try ExtendedKeyUsage(settings.extendedKeyUsages), critical: false),
            .init(names, critical: !isNamed),
            .init(AuthorityKeyIdentifier(keyIdentifier: issuer.keyIdentifier), critical: false),
            .init(SubjectKeyIdentifier(hash: publicKey.x509), critical: false),
        ])
        let access = informationAccess
        if !access.isEmpty { try all.append(.init(access, critical: false)) }
        if let address = settings.crlURL { try all.append(try Self.revocationList(address)) }
        return all
    }

    private func keyUsage(_ key: PublicKey) -> KeyUsage {
        guard let usages = settings.keyUsages else {
            return KeyUsage(digitalSignature: true, keyEncipherment: key.isRSA)
        }
        return KeyUsage(
            digitalSignature: usages.contains("digitalSignature"), nonRepudiation: usages.contains("nonRepudiation"),
            keyEncipherment: usages.contains("keyEncipherment"),
            dataEncipherment: usages.contains("dataEncipherment"), keyAgreement: usages.contains("keyAgreement"))
    }

    private var informationAccess: AuthorityInformationAccess {
        var access = AuthorityInformationAccess()
        if let address = settings.ocspURL {
            access.append(.init(method: .ocspServer, location: .uniformResourceIdentifier(address)))
        }
        if let address = settings.issuersURL {
            access.append(.init(method: .issuingCA, location: .uniformResourceIdentifier(address)))
        }
        return access
    }

    /// One distribution point with one full name (RFC 5280, 4.2.1.13).
    private static func revocationList(_ address: String) throws -> X509.Certificate.Extension {
        let zero = ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)
        var serializer = DER.Serializer()
        try serializer.appendConstructedNode(identifier: .sequence) { points in
            try points.appendConstructedNode(identifier: .sequence) { point in
                try point.appendConstructedNode(identifier: zero) { name in
                    try name.appendConstructedNode(identifier: zero) { fullName in
                        try fullName.serialize(GeneralName.uniformResourceIdentifier(address))
                    }
                }
            }
        }
        return .init(oid: distributionPoints, critical: false, value: serializer.serializedBytes[...])
    }
}
