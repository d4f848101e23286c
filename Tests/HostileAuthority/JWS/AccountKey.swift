import Crypto
import CryptoExtras
import Foundation

/// The public key of an account (RFC 7517, RFC 7518).
struct AccountKey: Hashable {
    private enum Kind: String { case p256 = "P-256", p384 = "P-384", rsa = "RSA" }

    private let kind: Kind
    /// x and y, or n and e.
    private let parts: [Data]

    /// - Throws: `Problem` where it is not exactly the public half of a key that is accepted.
    init(_ jwk: Any?) throws {
        guard let jwk = jwk as? [String: Any] else { throw Problem.violation("jwk is no object") }
        guard jwk["d"] == nil else { throw Problem.violation("jwk has the private key") }
        switch (jwk["kty"] as? String, jwk["crv"] as? String) {
        case ("EC", "P-256"): (kind, parts) = (.p256, try Self.point(jwk, length: 32))
        case ("EC", "P-384"): (kind, parts) = (.p384, try Self.point(jwk, length: 48))
        case ("RSA", nil): (kind, parts) = (.rsa, [try JSON.decode(jwk["n"], "n"), try JSON.decode(jwk["e"], "e")])
        default: throw Problem(400, "badPublicKey", "jwk is of a type that is not accepted")
        }
    }

    private static func point(_ jwk: [String: Any], length: Int) throws -> [Data] {
        let parts = [try JSON.decode(jwk["x"], "x"), try JSON.decode(jwk["y"], "y")]
        guard parts.allSatisfy({ $0.count == length }) else {
            throw Problem.violation("x and y are not \(length) bytes long (RFC 7518, 6.2.1.2)")
        }
        return parts
    }

    /// RFC 7638.
    var thumbprint: String {
        let (first, second) = (JSON.encode(parts[0]), JSON.encode(parts[1]))
        let text =
            switch kind {
            case .p256, .p384: #"{"crv":"\#(kind.rawValue)","kty":"EC","x":"\#(first)","y":"\#(second)"}"#
            case .rsa: #"{"e":"\#(second)","kty":"RSA","n":"\#(first)"}"#
            }
        return JSON.encode(SHA256.hash(data: Data(text.utf8)))
    }

    /// Whether `spki`, the DER of a certificate's public key, is this key.
    func isSame(asDER spki: [UInt8]) -> Bool {
        switch kind {
        case .p256:
            (try? P256.Signing.PublicKey(rawRepresentation: parts[0] + parts[1]).derRepresentation).map([UInt8].init)
                == spki
        case .p384:
            (try? P384.Signing.PublicKey(rawRepresentation: parts[0] + parts[1]).derRepresentation).map([UInt8].init)
                == spki
        case .rsa: (try? _RSA.Signing.PublicKey(n: parts[0], e: parts[1]).derRepresentation).map([UInt8].init) == spki
        }
    }

    /// - Throws: `Problem` where `signature` is not this key's over `bytes`.
    func verify(_ signature: Data, over bytes: Data, algorithm: String) throws {
        let isValid =
            switch (kind, algorithm) {
            case (.p256, "ES256"):
                try? P256.Signing.PublicKey(rawRepresentation: parts[0] + parts[1])
                    .isValidSignature(.init(rawRepresentation: signature), for: bytes)
            case (.p384, "ES384"):
                try? P384.Signing.PublicKey(rawRepresentation: parts[0] + parts[1])
                    .isValidSignature(.init(rawRepresentation: signature), for: SHA384.hash(data: bytes))
            case (.rsa, "RS256"):
                try? _RSA.Signing.PublicKey(n: parts[0], e: parts[1])
                    .isValidSignature(.init(rawRepresentation: signature), for: bytes, padding: .insecurePKCS1v1_5)
            default: throw Problem.violation("\(algorithm) is not for this key", type: "badSignatureAlgorithm")
            }
        guard isValid == true else { throw Problem.violation("the signature is wrong", status: 403) }
    }
}
