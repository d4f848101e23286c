import Crypto
import CryptoExtras
import Foundation

/// The key pair of an account: signs every request (RFC 8555, 6.2). Never the key of a certificate.
struct AccountKey: Sendable {
    /// What Let's Encrypt and RFC 8555 take.
    enum Algorithm: String, Codable, Sendable, CaseIterable {
        case es256, es384, rs256

        /// As it stands in a header (RFC 7518, 3.1).
        var name: String { rawValue.uppercased() }
    }

    enum Material: Sendable {
        case p256(P256.Signing.PrivateKey)
        case p384(P384.Signing.PrivateKey)
        case rsa(_RSA.Signing.PrivateKey)
    }

    let material: Material

    /// A new key, from the library's own source of randomness: `entropy` is for what a replayed test must see again.
    /// - Throws: what the library throws.
    static func generate(_ algorithm: Algorithm) throws -> AccountKey {
        switch algorithm {
        case .es256: AccountKey(material: .p256(P256.Signing.PrivateKey()))
        case .es384: AccountKey(material: .p384(P384.Signing.PrivateKey()))
        case .rs256: AccountKey(material: .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048)))
        }
    }

    var algorithm: Algorithm {
        switch material {
        case .p256: .es256
        case .p384: .es384
        case .rsa: .rs256
        }
    }

    var jwk: JWK {
        get throws {
            switch material {
            case .p256(let key): return Self.curve("P-256", key.publicKey.rawRepresentation)
            case .p384(let key): return Self.curve("P-384", key.publicKey.rawRepresentation)
            case .rsa(let key):
                let numbers = try key.publicKey.getKeyPrimitives()
                return .rsa(modulus: numbers.modulus, exponent: numbers.publicExponent)
            }
        }
    }

    /// ECDSA: r and s side by side, each as wide as the curve, leading zero bytes kept (RFC 7518, 3.4).
    func sign(_ bytes: Data) throws -> Data {
        switch material {
        case .p256(let key): try key.signature(for: bytes).rawRepresentation
        case .p384(let key): try key.signature(for: bytes).rawRepresentation
        case .rsa(let key):
            try key.signature(for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5).rawRepresentation
        }
    }

    private static func curve(_ name: String, _ point: Data) -> JWK {
        .ellipticCurve(name, x: point.prefix(point.count / 2), y: point.suffix(point.count / 2))
    }
}

extension AccountKey {
    /// For the sealed state alone: ECDSA the number, RSA PKCS#1.
    var privateBytes: Data {
        switch material {
        case .p256(let key): key.rawRepresentation
        case .p384(let key): key.rawRepresentation
        case .rsa(let key): key.derRepresentation
        }
    }

    /// - Throws: what the library throws.
    init(_ algorithm: Algorithm, privateBytes: Data) throws {
        switch algorithm {
        case .es256: material = .p256(try P256.Signing.PrivateKey(rawRepresentation: privateBytes))
        case .es384: material = .p384(try P384.Signing.PrivateKey(rawRepresentation: privateBytes))
        case .rs256: material = .rsa(try _RSA.Signing.PrivateKey(derRepresentation: privateBytes))
        }
    }
}

/// The key itself is never part of a description.
extension AccountKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "(account key)" }
    var debugDescription: String { "(account key)" }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}
