import Crypto
import Curl
import Foundation
import PluginKit

/// Signs what is posted, as Standard Webhooks (standardwebhooks.com, 1.0) has it: HMAC-SHA-256 over the message's id, the
/// time of this try and the body, so that receivers can verify it and refuse what is played to them again.
struct WebhookSignature {
    /// In bytes; the specification's own bound.
    private static let shortestKey = 24
    /// What a secret begins with; its key follows in base64.
    private static let prefix = "whsec_"

    private let key: SymmetricKey

    /// - Parameter name: of the secret, for what is said of it.
    /// - Throws: `PluginFailure` (`configuration`) where it can't be such a key.
    init(_ secret: Secret, named name: String) throws {
        let bytes = try secret.withBytes { bytes in
            guard bytes.starts(with: Self.prefix.utf8) else {
                throw Self.unusable(name, "does not begin with `\(Self.prefix)`")
            }
            guard let key = Data(base64Encoded: Data(bytes.dropFirst(Self.prefix.utf8.count))) else {
                throw Self.unusable(name, "is not base64 after `\(Self.prefix)`")
            }
            return key
        }
        guard bytes.count >= Self.shortestKey else {
            throw Self.unusable(name, "is a key of \(bytes.count) bytes, fewer than \(Self.shortestKey)")
        }
        key = SymmetricKey(data: bytes)
    }

    /// - Parameters:
    ///   - id: the same for each try of one message.
    ///   - now: when it is sent.
    func headers(id: String, body: Data, now: Date) -> [HTTPHeader] {
        let timestamp = String(Int64(now.timeIntervalSince1970))
        let code = HMAC<SHA256>.authenticationCode(for: Data("\(id).\(timestamp).".utf8) + body, using: key)
        return [
            HTTPHeader("webhook-id", id), HTTPHeader("webhook-timestamp", timestamp),
            HTTPHeader("webhook-signature", "v1,\(Data(code).base64EncodedString())"),
        ]
    }

    private static func unusable(_ name: String, _ why: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "alert.signature-key",
            message: "The secret \"\(name)\", which alerts.webhook.signature in certflow.yaml names, \(why).",
            remedy: "Make one, and tell the receiver: "
                + "`(printf \(prefix); openssl rand -base64 32) | certflow secret set \(name)`.")
    }
}
