import Crypto
import CryptoExtras
import Foundation
import PluginKit
import SwiftASN1

extension PrivateKey {
    /// The PEM labels of private keys, and of what tells that one is there but locked.
    enum Label {
        static let pkcs8 = "PRIVATE KEY"
        static let readable: Set<String> = [pkcs8, "EC PRIVATE KEY", "RSA PRIVATE KEY"]
        static let encrypted = "ENCRYPTED PRIVATE KEY"
        static let openSSH = "OPENSSH PRIVATE KEY"
        static let all = readable.union([encrypted, openSSH])
    }

    /// PKCS#8 before the seed of an Ed25519 key (RFC 8410, 7).
    private static let ed25519Prefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    /// Reads PKCS#8, SEC1 or PKCS#1, as PEM or DER. A PEM file may hold certificates besides, but one key only.
    /// - Throws: `CertificateFailure` with a code that begins with `key.`, or `input.`.
    public init(reading input: Secret) throws(CertificateFailure) {
        guard input.count <= InputLimits.input else { throw .tooLarge(bytes: input.count) }
        guard input.withBytes({ PEM.begins(in: $0) }) else {
            try self.init(der: input)
            return
        }
        let keys = try PEM.blocks(in: input).filter { Label.all.contains($0.label) }
        guard let key = keys.first else { throw .noKey() }
        guard keys.count == 1 else { throw .severalKeys(keys.count) }
        try self.init(key)
    }

    /// - Parameter block: one whose label is in `Label.all`.
    init(_ block: PEMBlock) throws(CertificateFailure) {
        guard block.label != Label.encrypted, !block.isEncrypted else { throw .encryptedKey() }
        guard block.label != Label.openSSH else { throw .openSSHKey() }
        try self.init(der: block.content)
    }

    init(der: Secret) throws(CertificateFailure) {
        guard der.count <= InputLimits.key else { throw .unreadableKey() }
        var bytes = der.withBytes { Array($0) }
        defer { bytes.zero() }
        kind = try Self.kind(EncodedKey(der: bytes[...]))
    }

    private static func kind(_ key: EncodedKey) throws(CertificateFailure) -> Kind {
        do {
            switch key {
            case .rsa(let pkcs1): return .rsa(try rsa(pkcs1))
            case .ed25519(let seed): return .ed25519(try Curve25519.Signing.PrivateKey(rawRepresentation: seed))
            case .elliptic(.NamedCurves.secp256r1, let scalar):
                return .p256(try padded(scalar, to: 32) { try P256.Signing.PrivateKey(rawRepresentation: $0) })
            case .elliptic(.NamedCurves.secp384r1, let scalar):
                return .p384(try padded(scalar, to: 48) { try P384.Signing.PrivateKey(rawRepresentation: $0) })
            case .elliptic(.NamedCurves.secp521r1, let scalar):
                return .p521(try padded(scalar, to: 66) { try P521.Signing.PrivateKey(rawRepresentation: $0) })
            case .elliptic(let curve, _): throw CertificateFailure.unknownKeyKind("the elliptic curve \(curve)")
            }
        } catch let failure as CertificateFailure {
            throw failure
        } catch {
            throw .unreadableKey()
        }
    }

    private static func rsa(_ pkcs1: ArraySlice<UInt8>) throws -> _RSA.Signing.PrivateKey {
        do {
            return try _RSA.Signing.PrivateKey(derRepresentation: pkcs1)
        } catch CryptoKitError.incorrectParameterSize {
            throw CertificateFailure.weakKey()
        }
    }

    /// Some programs leave out the leading zeros of a scalar, which RFC 5915 asks for.
    private static func padded<Key>(
        _ scalar: ArraySlice<UInt8>, to length: Int, _ body: ([UInt8]) throws -> Key
    ) throws -> Key {
        guard scalar.count <= length else { throw CertificateFailure.unreadableKey() }
        var bytes = [UInt8](repeating: 0, count: length)
        defer { bytes.zero() }
        bytes.replaceSubrange((length - scalar.count)..<length, with: scalar)
        return try body(bytes)
    }

    /// PKCS#8, DER (RFC 5958).
    public func pkcs8() -> Secret {
        var encoded: Data
        switch kind {
        case .p256(let key): encoded = key.derRepresentation
        case .p384(let key): encoded = key.derRepresentation
        case .p521(let key): encoded = key.derRepresentation
        case .rsa(let key): encoded = key.pkcs8DERRepresentation
        case .ed25519(let key): encoded = Self.ed25519Prefix + key.rawRepresentation
        }
        defer { encoded.resetBytes(in: encoded.startIndex..<encoded.endIndex) }
        return Secret(encoded)
    }

    /// PKCS#8, PEM, with a line feed at its end.
    public func pkcs8PEM() -> Secret { PEM.encode(Label.pkcs8, pkcs8()) }
}
