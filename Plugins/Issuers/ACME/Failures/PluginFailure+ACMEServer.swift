import Curl
import Foundation
import PluginKit

extension PluginFailure {
    static func refusedURL(_ url: String, field: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "acme.refused-url",
            message: "The CA gave \"\(ShownText(url))\" as \(field): only `https` addresses are followed.",
            remedy: "See that `directory` names the right CA, and tell the CA.")
    }

    static func foreignURL(_ url: String, field: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "acme.foreign-url",
            message: "The CA gave \"\(ShownText(url))\" as \(field), which is on another host than its directory.",
            remedy: "If that host is the CA's too, add it to `hosts` in the issuing profile; otherwise tell the CA.")
    }

    static func noDirectory() -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.bad-directory",
            message: "What `directory` names is no ACME directory (RFC 8555, 7.1.1).",
            remedy: "Look up the address of the CA's directory.")
    }

    static func noncesRefused(_ host: String) -> PluginFailure {
        PluginFailure(
            .transient, code: "acme.bad-nonce", message: "\(host) refused every nonce, also those it had just given.",
            remedy: "It is tried again; if it stays, tell the CA.")
    }

    static func noNonce(_ host: String) -> PluginFailure {
        PluginFailure(
            .transient, code: "acme.no-nonce", message: "\(host) gave no nonce where it should.",
            remedy: "It is tried again; if it stays, see whether a proxy stands between.")
    }

    static func unreadableAnswer(_ host: String, _ what: String) -> PluginFailure {
        PluginFailure(
            .transient, code: "acme.answer-malformed", message: "The answer of \(host) to \(what) can't be read.",
            remedy: "It is tried again; if it stays, see whether a proxy stands between, and tell the CA.")
    }

    static func badAdvice(_ host: String, until moment: Date) -> PluginFailure {
        PluginFailure(
            .transient, code: "acme.bad-advice",
            message:
                "What \(host) says about when to renew can't be followed: its window is damaged, or ends before it "
                + "begins.", remedy: "Nothing is to be done: the flow's own rule stands until the CA says better.",
            retryAfter: moment)
    }

    static func noRevocation(_ host: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.no-revocation", message: "\(host) can't revoke certificates by ACME.",
            remedy: "Revoke it with the CA's own tools, then renew with `--force`.")
    }

    /// Runs a verb; what the CA and the network said leaves as a failure that the host knows.
    static func translating<Result>(
        _ clock: any WallClock, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch let refusal as ServerRefusal {
            throw refusal.failure(clock.now)
        } catch let failure as TransferFailure {
            throw PluginFailure(failure)
        }
    }

    init(_ failure: TransferFailure) {
        let text = ShownText(failure.message).description
        let message = text.hasSuffix(".") ? text : text + "."
        switch failure.kind {
        case .unreachable:
            self.init(
                .transient, code: "acme.unreachable", message: message,
                remedy: "It is tried again; see whether this machine reaches the CA.")
        case .broken:
            self.init(
                .transient, code: "acme.broken-off", message: message,
                remedy: "It is tried again: what the CA has done by then is asked first.")
        case .malformed:
            self.init(
                .transient, code: "acme.answer-malformed", message: message,
                remedy: "It is tried again; if it stays, see whether a proxy stands between, and tell the CA.")
        case .untrusted:
            self.init(
                .configuration, code: "acme.untrusted", message: message,
                remedy: "Where the CA is a private one, name its root in `caBundle`; otherwise see who answers there.")
        case .refusedAddress:
            self.init(
                .policy, code: "acme.refused-address", message: message,
                remedy: "See that `directory` names the right CA, and what its name leads to.")
        case .refusedURL:
            self.init(
                .configuration, code: "acme.refused-url", message: message,
                remedy: "See that `directory` is an `https` address.")
        case .local:
            self.init(
                .configuration, code: "acme.local", message: message,
                remedy: "Mend what is named here on this machine.")
        }
    }
}
