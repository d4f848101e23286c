import SwiftASN1

/// The numbers of a private key, found in any of the three encodings in use.
///
/// The slices share the storage of what was parsed: the caller zeroes that one array.
enum EncodedKey {
    /// PKCS#1, DER (RFC 8017, A.1.2).
    case rsa(ArraySlice<UInt8>)
    /// The curve, and its scalar in big-endian order.
    case elliptic(ASN1ObjectIdentifier, ArraySlice<UInt8>)
    /// The seed (RFC 8410, 7).
    case ed25519(ArraySlice<UInt8>)

    private static let ed25519Identifier: ASN1ObjectIdentifier = [1, 3, 101, 112]

    /// Reads PKCS#8 (RFC 5958), SEC1 (RFC 5915) or PKCS#1, whichever it is.
    /// - Throws: `CertificateFailure` where it is none of them, or a kind of key that is not known here.
    init(der: ArraySlice<UInt8>) throws(CertificateFailure) {
        guard der.count <= InputLimits.key, DEROutline.accepts(der, elements: 32) else { throw .unreadableKey() }
        do {
            self = try Self.parse(der)
        } catch let failure as CertificateFailure {
            throw failure
        } catch {
            throw .unreadableKey()
        }
    }

    private static func parse(_ der: ArraySlice<UInt8>) throws -> EncodedKey {
        try DER.sequence(try DER.parse(der), identifier: .sequence) { nodes in
            let version = try Int(derEncoded: &nodes)
            guard let second = nodes.next() else { throw CertificateFailure.unreadableKey() }
            defer { while nodes.next() != nil {} }  // attributes and public keys: not needed
            switch second.identifier {
            case .sequence where version <= 1:
                return try pkcs8(second, ASN1OctetString(derEncoded: &nodes).bytes)
            case .octetString where version == 1:
                return try sec1(ASN1OctetString(derEncoded: second).bytes, &nodes)
            case .integer: return .rsa(der)
            default: throw CertificateFailure.unreadableKey()
            }
        }
    }

    private static func pkcs8(_ algorithm: ASN1Node, _ key: ArraySlice<UInt8>) throws -> EncodedKey {
        try DER.sequence(algorithm, identifier: .sequence) { nodes in
            let identifier = try ASN1ObjectIdentifier(derEncoded: &nodes)
            let parameters = nodes.next()
            switch identifier {
            case .AlgorithmIdentifier.rsaEncryption: return .rsa(key)
            case .AlgorithmIdentifier.idEcPublicKey:
                guard let parameters else { throw CertificateFailure.unreadableKey() }
                return .elliptic(try ASN1ObjectIdentifier(derEncoded: parameters), try scalar(key))
            case ed25519Identifier: return .ed25519(try ASN1OctetString(derEncoded: key).bytes)
            default: throw CertificateFailure.unknownKeyKind("the algorithm \(identifier)")
            }
        }
    }

    private static func sec1(
        _ scalar: ArraySlice<UInt8>, _ rest: inout ASN1NodeCollection.Iterator
    ) throws -> EncodedKey {
        let curve = try DER.optionalExplicitlyTagged(&rest, tagNumber: 0, tagClass: .contextSpecific) {
            try ASN1ObjectIdentifier(derEncoded: $0)
        }
        guard let curve else { throw CertificateFailure.unknownKeyKind("an elliptic curve that it does not name") }
        return .elliptic(curve, scalar)
    }

    /// The scalar of a SEC1 key inside of PKCS#8, where the curve stands outside.
    private static func scalar(_ sec1: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
        try DER.sequence(try DER.parse(sec1), identifier: .sequence) { nodes in
            defer { while nodes.next() != nil {} }
            guard try Int(derEncoded: &nodes) == 1 else { throw CertificateFailure.unreadableKey() }
            return try ASN1OctetString(derEncoded: &nodes).bytes
        }
    }
}
