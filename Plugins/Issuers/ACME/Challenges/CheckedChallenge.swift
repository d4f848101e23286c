import Automation
import Crypto
import Foundation
import PluginKit

/// A challenge whose texts may stand in a path, an argument or a record: what an authority says is checked before any
/// use.
struct CheckedChallenge: Sendable {
    /// As ordered: may be a wildcard.
    let subject: Subject
    let token: String
    let keyAuthorization: String

    /// - Throws: `PluginFailure` where the token is not base64url of 1 to 256 characters, where the key authorization
    ///   does not belong to it (RFC 8555, 8.1), or where this form can't prove such a name.
    init(_ challenge: Challenge, _ form: Challenge.Form) throws {
        guard challenge.form == form else { throw PluginFailure.challengeForm() }
        guard Self.isBase64URL(challenge.token, upTo: 256) else { throw PluginFailure.challengeToken() }
        let thumbprint = challenge.keyAuthorization.dropFirst(challenge.token.utf8.count + 1)
        guard challenge.keyAuthorization.hasPrefix(challenge.token + "."), Self.isBase64URL(thumbprint, upTo: 128)
        else { throw PluginFailure.keyAuthorization() }
        guard let subject = Subject(challenge.subject) else { throw PluginFailure.challengeSubject(challenge.subject) }
        switch (subject, form) {
        case (.dns, .dns01): break
        case (.ip, .dns01): throw PluginFailure.challengeSubject(challenge.subject)
        default: guard !subject.isWildcard else { throw PluginFailure.challengeSubject(challenge.subject) }
        }
        self.subject = subject
        token = challenge.token
        keyAuthorization = challenge.keyAuthorization
    }

    /// The name without `*.`.
    var domain: String {
        subject.isWildcard ? String(subject.description.dropFirst(2)) : subject.description
    }

    /// SHA-256 of the key authorization.
    var digest: [UInt8] { Array(SHA256.hash(data: Data(keyAuthorization.utf8))) }

    /// What the TXT record holds (RFC 8555, 8.4).
    var recordValue: String {
        Data(digest).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func isBase64URL(_ text: some StringProtocol, upTo limit: Int) -> Bool {
        guard (1...limit).contains(text.utf8.count) else { return false }
        return text.utf8.allSatisfy {
            (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95
        }
    }
}
