import Automation
import CryptoExtras
import Foundation
import SwiftASN1
import X509

/// The public half of a key pair.
public struct PublicKey: Sendable, Hashable {
    package let x509: X509.Certificate.PublicKey

    package init(_ x509: X509.Certificate.PublicKey) { self.x509 = x509 }

    /// SubjectPublicKeyInfo, DER (RFC 5280, 4.1.2.7).
    public var info: Data {
        var serializer = DER.Serializer()
        do {
            try serializer.serialize(x509)
        } catch {
            return Data()  // unreachable: every key that could be parsed or made can be written
        }
        return Data(serializer.serializedBytes)
    }

    /// Whether it can encipher keys for TLS 1.2, as only RSA keys can.
    package var isRSA: Bool { _RSA.Signing.PublicKey(x509) != nil }

    /// What certflow calls this kind of key; nil for kinds that it does not make.
    public var type: KeyType? {
        if P256.Signing.PublicKey(x509) != nil { return .ecdsaP256 }
        if P384.Signing.PublicKey(x509) != nil { return .ecdsaP384 }
        switch _RSA.Signing.PublicKey(x509)?.keySizeInBits {
        case 2048: return .rsa2048
        case 3072: return .rsa3072
        case 4096: return .rsa4096
        default: return nil
        }
    }
}
