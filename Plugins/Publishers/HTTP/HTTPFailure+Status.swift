import Curl
import Foundation
import PluginKit

extension HTTPFailure {
    /// An answer with a status that the profile does not expect.
    /// - Parameters:
    ///   - said: the answer's beginning, fit to be shown; nil where nothing of it may be.
    ///   - isUncertain: whether the request changes something and must not be repeated.
    ///   - location: where a redirect leads, without secrets.
    static func status(
        _ answer: HTTPResponse, _ place: String, said: String?, retryAfter: Date?, isUncertain: Bool, location: String?
    ) -> PluginFailure {
        let status = answer.status
        let words = words(status, said)
        let message = "The server answered \(place) \(words)."
        func failure(_ kind: FailureClass, _ code: String, _ remedy: String) -> PluginFailure {
            PluginFailure(kind, code: "http.\(code)", message: message, remedy: remedy, retryAfter: retryAfter)
        }
        switch status {
        case 300...399:
            let place = location.map { " to \(ShownText($0))" } ?? ""
            return failure(
                .configuration, "redirected", "Redirects\(place) are not followed: write where it really is.")
        case 401:
            return failure(.auth, "unauthorized", "See whether what `authentication` and `login` name is still valid.")
        case 403: return failure(.auth, "forbidden", "Let the account that certflow uses do this there.")
        case 404, 405, 410:
            return failure(.configuration, "not-found", "See whether `server` and `path` are right for this server.")
        case 409, 412, 428:
            return failure(.conflict, "conflict", "Somebody else changed it meanwhile, or it is locked: look there.")
        case 408: return failure(.transient, "server-busy", "It is tried again.")
        case 429: return failure(.rateLimited, "rate-limited", "It is tried again when the server allows it.")
        case _ where isUncertain && [500, 502, 504].contains(status):
            return outcomeUnknown(place, "the server answered \(words).")
        case 500...599: return failure(.transient, "server-failed", "It is tried again; see the server's own log.")
        case 200...299:
            return failure(
                .configuration, "unexpected-status", "If that is good, add it to `expect` in the profile.")
        default:
            return failure(
                .configuration, "refused",
                "Compare the request (`certflow profile render`) with what the server wants.")
        }
    }
}

extension HTTPFailure {
    private static func words(_ status: Int, _ said: String?) -> String {
        guard let said else { return "with \(status)" }
        return said.isEmpty ? "with \(status) and no words" : "with \(status): \"\(said)\""
    }

    /// A refusal whose words say that the server is only busy, or that it does not accept who asks, whatever its status is.
    static func saying(
        _ answer: HTTPResponse, _ place: String, said: String?, retryAfter: Date?, isBusy: Bool
    ) -> PluginFailure {
        PluginFailure(
            isBusy ? .rateLimited : .auth, code: isBusy ? "http.rate-limited" : "http.unauthorized",
            message: "The server answered \(place) \(words(answer.status, said)).",
            remedy: isBusy
                ? "It is tried again when the server allows it."
                : "See whether what `authentication` and `login` name is still valid, and may do this there.",
            retryAfter: retryAfter)
    }

    /// An answer whose status is good, and whose text is not.
    static func saysOtherwise(_ place: String, _ wanted: String, said: String?) -> PluginFailure {
        PluginFailure(
            .configuration, code: "http.refused",
            message: "The answer to \(place) has no \"\(ShownText(wanted))\" in it\(said.map { ": \"\($0)\"" } ?? "").",
            remedy: "See what the server says; if that is good, mend `contains` in the profile.")
    }

    /// An authorization server that gave no token.
    static func noToken(_ answer: HTTPResponse, _ place: String, said: String?, retryAfter: Date?) -> PluginFailure {
        switch answer.status {
        case 200:
            return PluginFailure(
                .configuration, code: "http.no-token", message: "The answer to \(place) has no `access_token`.",
                remedy: "See whether `tokenURL` is right.")
        // An invalid client is told with either of them (RFC 6749, 5.2).
        case 400, 401:
            return PluginFailure(
                .auth, code: "http.token-refused",
                message: "The server answered \(place) \(words(answer.status, said)).",
                remedy: "See whether client, secret and scope are still right.")
        default:
            return status(answer, place, said: said, retryAfter: retryAfter, isUncertain: false, location: nil)
        }
    }
}
