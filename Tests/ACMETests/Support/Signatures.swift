import Crypto
import CryptoExtras
import Foundation

@testable import ACME

/// What a CA reads of a signed request, its signature checked.
struct ReadMessage {
    struct Refused: Error { var why: String }

    var header: [String: Any]
    var payload: Data
    var key: [String: String]?
    var nonce: String? { header["nonce"] as? String }
    var kid: String? { header["kid"] as? String }
    var url: String? { header["url"] as? String }

    /// - Parameter keys: accounts' keys by URL.
    init(_ body: Data, keys: [String: [String: String]]) throws {
        let message = try JSONDecoder().decode(SignedMessage.self, from: body)
        guard let protected = Base64URL.decode(message.protected), let payload = Base64URL.decode(message.payload),
            let header = try JSONSerialization.jsonObject(with: protected) as? [String: Any],
            let signature = Base64URL.decode(message.signature), let algorithm = header["alg"] as? String
        else { throw Refused(why: "not a JWS") }
        self.header = header
        self.payload = payload
        let jwk = header["jwk"] as? [String: String]
        key = jwk ?? (header["kid"] as? String).flatMap { keys[$0] }
        guard let key else { throw Refused(why: "unknown key") }
        let signed = Data("\(message.protected).\(message.payload)".utf8)
        guard try Self.verify(signed, signature, algorithm, key) else { throw Refused(why: "wrong signature") }
    }

    static func verify(_ data: Data, _ signature: Data, _ algorithm: String, _ jwk: [String: String]) throws -> Bool {
        func part(_ name: String) throws -> Data {
            guard let data = jwk[name].flatMap(Base64URL.decode) else { throw Refused(why: "no \(name)") }
            return data
        }
        switch (algorithm, jwk["crv"]) {
        case ("ES256", "P-256"):
            let key = try P256.Signing.PublicKey(rawRepresentation: part("x") + part("y"))
            return key.isValidSignature(try .init(rawRepresentation: signature), for: data)
        case ("ES384", "P-384"):
            let key = try P384.Signing.PublicKey(rawRepresentation: part("x") + part("y"))
            return key.isValidSignature(try .init(rawRepresentation: signature), for: data)
        case ("RS256", nil):
            let key = try _RSA.Signing.PublicKey(n: part("n"), e: part("e"))
            return key.isValidSignature(
                .init(rawRepresentation: signature), for: SHA256.hash(data: data), padding: .insecurePKCS1v1_5)
        default: return false
        }
    }

    /// The payload as JSON; empty for POST-as-GET.
    var form: [String: Any] {
        (try? JSONSerialization.jsonObject(with: payload)) as? [String: Any] ?? [:]
    }

    static func thumbprint(_ jwk: [String: String]) -> String {
        let text = jwk.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",")
        return Base64URL.encode(Data(SHA256.hash(data: Data("{\(text)}".utf8))))
    }
}
