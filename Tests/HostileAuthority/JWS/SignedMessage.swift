import Crypto
import Foundation

/// A JWS in the flattened JSON form (RFC 7515, 7.2.2), not yet checked.
struct SignedMessage {
    let header: [String: Any]
    let payload: Data
    private let signature: Data
    private let signed: Data

    /// - Throws: `Problem` where it has not the form that RFC 8555, 6.2 wants.
    init(_ members: [String: Any]) throws {
        guard Set(members.keys) == ["protected", "payload", "signature"] else {
            throw Problem.violation("a JWS has protected, payload and signature, not \(members.keys.sorted())")
        }
        header = try JSON.object(try JSON.decode(members["protected"], "protected"), "protected")
        payload = try JSON.decode(members["payload"], "payload")
        signature = try JSON.decode(members["signature"], "signature")
        signed = Data("\(members["protected"] as? String ?? "").\(members["payload"] as? String ?? "")".utf8)
    }

    var algorithm: String { header["alg"] as? String ?? "" }
    var keyIdentifier: String? { header["kid"] as? String }

    /// The payload as an object.
    func members() throws -> [String: Any] { try JSON.object(payload, "the payload") }

    func verify(by key: AccountKey) throws { try key.verify(signature, over: signed, algorithm: algorithm) }

    /// - Throws: `Problem` where it was not made with this key (RFC 8555, 7.3.4).
    func verify(byMAC key: Data) throws {
        let key = SymmetricKey(data: key)
        let isValid =
            switch algorithm {
            case "HS256": HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: signed, using: key)
            case "HS384": HMAC<SHA384>.isValidAuthenticationCode(signature, authenticating: signed, using: key)
            case "HS512": HMAC<SHA512>.isValidAuthenticationCode(signature, authenticating: signed, using: key)
            default: throw Problem.violation("\(algorithm) is no MAC")
            }
        guard isValid else { throw Problem(401, "unauthorized", "the external account binding is not by its key") }
    }

    /// The header names one place, and says it as the request does (RFC 8555, 6.4).
    func check(url: String) throws {
        guard header["url"] as? String == url else {
            throw Problem.violation("url is \(header["url"] ?? "missing"), asked was \(url)", type: "unauthorized")
        }
    }
}
