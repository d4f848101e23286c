import Crypto
import Foundation

/// A public key as JSON (RFC 7517): exactly the members that its thumbprint covers.
struct JWK: Sendable, Equatable {
    /// Names and values. Every value is of the base64url alphabet or a word of the RFCs, so that none needs escaping.
    private let members: [(name: String, value: String)]

    /// RFC 7518, 6.2.
    static func ellipticCurve(_ curve: String, x: Data, y: Data) -> JWK {
        JWK([("crv", curve), ("kty", "EC"), ("x", Base64URL.encode(x)), ("y", Base64URL.encode(y))])
    }

    /// RFC 7518, 6.3: both numbers big-endian, without leading zero bytes.
    static func rsa(modulus: Data, exponent: Data) -> JWK {
        JWK([
            ("e", Base64URL.encode(exponent.drop { $0 == 0 })), ("kty", "RSA"),
            ("n", Base64URL.encode(modulus.drop { $0 == 0 })),
        ])
    }

    /// RFC 8037, 2.
    static func octetKeyPair(_ curve: String, x: Data) -> JWK {
        JWK([("crv", curve), ("kty", "OKP"), ("x", Base64URL.encode(x))])
    }

    private init(_ members: [(String, String)]) { self.members = members.map { (name: $0.0, value: $0.1) } }

    /// Without white space, the names in lexicographic order (RFC 7638, 3.3).
    var json: String {
        let pairs = members.sorted { $0.name < $1.name }.map { "\"\($0.name)\":\"\($0.value)\"" }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    /// SHA-256 of the canonical form (RFC 7638), base64url.
    var thumbprint: String { Base64URL.encode(Data(SHA256.hash(data: Data(json.utf8)))) }

    static func == (left: JWK, right: JWK) -> Bool { left.json == right.json }
}
