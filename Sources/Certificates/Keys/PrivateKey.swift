import Automation
import Crypto
import CryptoExtras
import Foundation
import PluginKit
import SwiftASN1
import X509

/// A private key: made here, or read from one of the usual encodings.
///
/// Its bytes leave only as a `Secret`. The functions that make, read and use keys are blocking work for a processor:
/// callers keep them off the shared pool.
public struct PrivateKey: Sendable {
    enum Kind: Sendable {
        case p256(P256.Signing.PrivateKey)
        case p384(P384.Signing.PrivateKey)
        case p521(P521.Signing.PrivateKey)
        case rsa(_RSA.Signing.PrivateKey)
        case ed25519(Curve25519.Signing.PrivateKey)
    }

    let kind: Kind

    /// A new key. ECDSA takes well under a millisecond, RSA with 2048 bits 0.1 s, with 4096 bits seconds.
    /// - Throws: `CertificateFailure` (`key.not-made`) where the library refuses.
    public static func generate(_ type: KeyType) throws(CertificateFailure) -> PrivateKey {
        do {
            switch type {
            case .ecdsaP256: return PrivateKey(kind: .p256(P256.Signing.PrivateKey()))
            case .ecdsaP384: return PrivateKey(kind: .p384(P384.Signing.PrivateKey()))
            case .rsa2048: return PrivateKey(kind: .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048)))
            case .rsa3072: return PrivateKey(kind: .rsa(try _RSA.Signing.PrivateKey(keySize: .bits3072)))
            case .rsa4096: return PrivateKey(kind: .rsa(try _RSA.Signing.PrivateKey(keySize: .bits4096)))
            }
        } catch {
            throw .keyNotMade(type)
        }
    }

    /// What certflow calls this kind of key; nil for kinds that it can hold and use but does not make: P-521, Ed25519,
    /// RSA of other sizes.
    public var type: KeyType? { PublicKey(x509.publicKey).type }

    /// The public half, as a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7).
    public var publicKey: PublicKey { PublicKey(x509.publicKey) }

    /// The form that signs.
    package var x509: X509.Certificate.PrivateKey {
        switch kind {
        case .p256(let key): .init(key)
        case .p384(let key): .init(key)
        case .p521(let key): .init(key)
        case .rsa(let key): .init(key)
        case .ed25519(let key): .init(key)
        }
    }
}

/// The key itself is never part of a description.
extension PrivateKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(private key)" }
    public var debugDescription: String { "(private key)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
