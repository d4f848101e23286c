import Foundation
import PluginKit

/// An answer with an error status (RFC 8555, 6.7): what the CA said about it.
struct ServerRefusal: Error, Sendable {
    /// What was asked for: "the new order".
    var what: String
    var host: String
    var status: Int
    var problem: Problem
    /// Clamped; nil where the CA gave none.
    var retryAfter: Date?
    /// Where a person can read or do more, as text.
    var help: String?

    var kind: String { problem.kind }
}

extension ServerRefusal {
    private static let authentication: Set<String> = [
        "accountDoesNotExist", "unauthorized", "externalAccountRequired", "userActionRequired",
    ]
    private static let rules: Set<String> = ["rejectedIdentifier", "caa", "unsupportedIdentifier"]
    private static let validation: Set<String> = ["dns", "connection", "tls", "incorrectResponse"]
    private static let settings: Set<String> = [
        "malformed", "badCSR", "badSignatureAlgorithm", "badPublicKey", "invalidProfile", "invalidContact",
        "unsupportedContact", "badRevocationReason",
    ]

    /// What the host has to know.
    /// - Parameter now: a limit without Retry-After is waited for an hour from it.
    func failure(_ now: Date) -> PluginFailure {
        let said = "\(host) refused \(what): \(problem.words)."
        let more = help.map { " See \($0)." } ?? ""
        switch kind {
        case "rateLimited":
            return PluginFailure(
                .rateLimited, code: "acme.rate-limited", message: said,
                remedy: "Nothing is to be done: it is tried again when the CA allows it.\(more)",
                retryAfter: retryAfter ?? now.addingTimeInterval(3600))
        case "accountDoesNotExist": return .accountUnknown(host, words: problem.words)
        case "userActionRequired":
            return PluginFailure(
                .auth, code: "acme.user-action", message: said,
                remedy: "Read what the CA asks for and agree to it there\(help.map { ": \($0)" } ?? "").")
        case "externalAccountRequired": return .externalAccountRequired(host)
        case let kind where Self.authentication.contains(kind):
            return PluginFailure(
                .auth, code: "acme.unauthorized", message: said,
                remedy: "See `certflow issuer account show`; the account may be deactivated, or not be allowed "
                    + "this.\(more)")
        case let kind where Self.rules.contains(kind):
            return PluginFailure(
                .policy, code: "acme.\(Self.dashed(kind))", message: said,
                remedy: "Remove the name from the certificate, or use an issuer that may certify it (for `caa`: "
                    + "allow this CA in the CAA records of the domain).\(more)")
        case let kind where Self.validation.contains(kind):
            return PluginFailure(
                .transient, code: "acme.validation-failed", message: said,
                remedy: "See that the CA can reach what proves control of the name.\(more)", retryAfter: retryAfter)
        case let kind where Self.settings.contains(kind):
            return PluginFailure(
                .configuration, code: "acme.\(Self.dashed(kind))", message: said,
                remedy: "Mend what the CA names in the issuing profile or the certificate.\(more)")
        default: return unnamed(said, more, now)
        }
    }

    private func unnamed(_ said: String, _ more: String, _ now: Date) -> PluginFailure {
        switch status {
        case 429:
            PluginFailure(
                .rateLimited, code: "acme.rate-limited", message: said,
                remedy: "Nothing is to be done: it is tried again when the CA allows it.\(more)",
                retryAfter: retryAfter ?? now.addingTimeInterval(3600))
        case 401, 403:
            PluginFailure(
                .auth, code: "acme.unauthorized", message: said,
                remedy: "See `certflow issuer account show`, and whether the profile names the right directory.\(more)")
        default:
            PluginFailure(
                .transient, code: status >= 500 ? "acme.server-error" : "acme.refused",
                message: "\(host) answered \(status) to \(what): \(problem.words).",
                remedy: "It is tried again; if it stays, ask the CA.\(more)", retryAfter: retryAfter)
        }
    }

    /// `rejectedIdentifier` as part of a code: `rejected-identifier`.
    private static func dashed(_ kind: String) -> String {
        var text = ""
        for character in kind {
            guard character.isUppercase else {
                text.append(character)
                continue
            }
            if text.last?.isLowercase == true { text.append("-") }
            text += character.lowercased()
        }
        return text
    }
}
