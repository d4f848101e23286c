import Crypto
import Foundation
import PluginKit

/// A JWS in its flattened form (RFC 7515, 7.2.2): all that is ever POSTed to a CA.
struct SignedMessage: Codable, Sendable, Equatable {
    var protected: String
    var payload: String
    var signature: String

    /// - Parameter payload: empty for POST-as-GET (RFC 8555, 6.3).
    init(header: JOSEHeader, payload: Data, sign: (Data) throws -> Data) throws {
        protected = Base64URL.encode(Data(header.json.utf8))
        self.payload = Base64URL.encode(payload)
        signature = Base64URL.encode(try sign(Data("\(protected).\(self.payload)".utf8)))
    }

    /// All three are of the base64url alphabet: nothing needs escaping.
    var json: Data {
        Data(#"{"protected":"\#(protected)","payload":"\#(payload)","signature":"\#(signature)"}"#.utf8)
    }
}

/// The protected header (RFC 8555, 6.2): `url`, and one of `jwk` and `kid`.
struct JOSEHeader: Sendable {
    enum Key: Sendable {
        case jwk(JWK)
        case kid(String)
    }

    var algorithm: String
    var key: Key
    /// Nil only inside of another message: an external account binding, a key change.
    var nonce: String?
    var url: String

    var json: String {
        var members = ["\"alg\":\(JSONText.quoted(algorithm))"]
        switch key {
        case .jwk(let jwk): members.append("\"jwk\":\(jwk.json)")
        case .kid(let kid): members.append("\"kid\":\(JSONText.quoted(kid))")
        }
        if let nonce { members.append("\"nonce\":\(JSONText.quoted(nonce))") }
        members.append("\"url\":\(JSONText.quoted(url))")
        return "{" + members.joined(separator: ",") + "}"
    }
}

/// Text as JSON (RFC 8259, 7).
enum JSONText {
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}

extension SignedMessage {
    /// Ties a new account to one that the CA knows already (RFC 8555, 7.3.4): HMAC with SHA-256.
    static func externalAccount(_ binding: ExternalAccount, key: JWK, newAccount url: String) throws -> SignedMessage {
        let header = JOSEHeader(algorithm: "HS256", key: .kid(binding.keyID), url: url)
        return try SignedMessage(header: header, payload: Data(key.json.utf8)) { bytes in
            binding.macKey.withBytes { mac in
                Data(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: mac)))
            }
        }
    }
}

/// What a CA hands to its customers so that their accounts are known (RFC 8555, 7.3.4).
struct ExternalAccount: Sendable {
    var keyID: String
    var macKey: Secret
}
