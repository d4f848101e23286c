import Foundation
import NIOCore
import PluginKit

extension PluginFailure {
    static func challengeOption(_ message: String, remedy: String) -> PluginFailure {
        PluginFailure(.configuration, code: "acme.challenge-option", message: message, remedy: remedy)
    }

    static func challengeForm() -> PluginFailure {
        PluginFailure(
            .bug, code: "acme.challenge-form", message: "A challenge was handed to a solver of another form.",
            remedy: "Report this as a defect of certflow.")
    }

    static func challengeToken() -> PluginFailure {
        PluginFailure(
            .policy, code: "acme.challenge-token",
            message: "The authority sent a token that is not base64url text of 1 to 256 characters; it was not used.",
            remedy: "Ask the authority's operator: RFC 8555, 8, permits no other.")
    }

    static func keyAuthorization() -> PluginFailure {
        PluginFailure(
            .bug, code: "acme.key-authorization", message: "A key authorization does not belong to its token.",
            remedy: "Report this as a defect of certflow.")
    }

    static func challengeSubject(_ text: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.challenge-subject",
            message: "\(OutsideText.of(text, atMost: 260)) can't be proved by this form of challenge.",
            remedy: "Set up dns-01 for wildcards, and http-01 or tls-alpn-01 for addresses.")
    }

    static func noSolver(for form: Challenge.Form, _ subject: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.no-solver",
            message: "This profile has no solver of \(form.rawValue) for \(OutsideText.of(subject, atMost: 260)).",
            remedy: "Set one up in the issuing profile: `http01`, `dns01` or `tlsALPN01`.")
    }

    static func challengesClosed() -> PluginFailure {
        PluginFailure(
            .transient, code: "acme.closing", message: "No challenge is answered any more: certflow is shutting down.",
            remedy: "Nothing is to be done: it is tried again by the next run.")
    }

    static func listening(on place: HostPort, option: String, _ error: any Error) -> PluginFailure {
        let elsewhere =
            option.hasPrefix("http01")
            ? "set `http01.webroot` to the root of the web server that has the port, or have it pass "
                + "/.well-known/acme-challenge/ on to another port and listen there"
            : "have what has the port pass connections with ALPN acme-tls/1 on to another port and listen there"
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            return PluginFailure(
                .configuration, code: "acme.port-in-use",
                message: "`\(option)`: something else listens on \(place) already.",
                remedy: "Stop it, or \(elsewhere).")
        case EACCES, EPERM:
            return PluginFailure(
                .configuration, code: "acme.port-not-permitted",
                message: "`\(option)`: certflow may not listen on \(place).",
                remedy: "Give it that right (AmbientCapabilities=CAP_NET_BIND_SERVICE in its service, or "
                    + "`setcap cap_net_bind_service=+ep` on the program), or \(elsewhere).")
        case EADDRNOTAVAIL, EAFNOSUPPORT:
            return PluginFailure(
                .configuration, code: "acme.no-such-address",
                message: "`\(option)`: this machine does not have the address of \(place).",
                remedy: "Listen on an address that it has, or on 0.0.0.0.")
        default:
            return PluginFailure(
                .transient, code: "acme.not-listening",
                message: "`\(option)`: certflow could not listen on \(place): \(OutsideText.of("\(error)")).",
                remedy: "Nothing is to be done at first: it is tried again.")
        }
    }
}
