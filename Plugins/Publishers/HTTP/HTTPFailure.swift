import Curl
import Foundation
import PluginKit

/// The failures of this publisher, worded in one place. What a server said comes cleaned and without secrets.
enum HTTPFailure {
    static func option(_ message: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "http.option", message: message,
            remedy: "Mend the profile; `certflow profile options http` explains every option.")
    }

    static func pointer(_ text: String, _ request: String) -> PluginFailure {
        option("\(request) names \"\(ShownText(text))\", which is no JSON pointer: one begins with `/` (RFC 6901).")
    }

    static func unknownValue(_ name: String, _ request: String, known: Set<String>) -> PluginFailure {
        PluginFailure(
            .configuration, code: "http.unknown-value",
            message: "\(request) names `\(name)`, which nothing gives there.",
            remedy: NearestKey.remedy(for: name, among: known.sorted())
                + " An earlier request gives it by `extract: {NAME: {pointer: /place}}`.")
    }

    static func template(_ problem: TemplateProblem, _ request: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "http.template", message: "\(request) can't be filled in: \(problem.message)",
            remedy: problem.remedy)
    }

    static func unsafePath(_ request: String, _ name: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "http.unsafe-path",
            message: "The path of \(request) would be changed by what `\(name)` is: it has characters that mean "
                + "something there.", remedy: "Write `{{\(name) | url}}` in the path.")
    }

    static func badPath(_ request: String) -> PluginFailure {
        option("The path of \(request) does not begin with `/`, or has `..`, `?`, `#` or a space in it.")
    }

    static func badHeader(_ name: String, _ request: String) -> PluginFailure {
        option("The header \(name) of \(request) would have a line break or another control character in it.")
    }

    static func notFound(_ extraction: RequestOptions.Extraction, _ place: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "http.nothing-extracted",
            message: "The answer to \(place) has no text at \(extraction.source.words), where "
                + "`\(extraction.name)` should stand.", remedy: "Compare `extract` with what the server answers.")
    }

    static func outcomeUnknown(_ place: String, _ reason: String) -> PluginFailure {
        PluginFailure(
            .unknownOutcome, code: "http.outcome-unknown",
            message: "Whether \(place) had its effect isn't known: \(reason)",
            remedy: "What the target holds is looked at before it is tried again.")
    }

    static let jobFailedCode = "http.job-failed"

    static func jobFailed(_ place: String, _ state: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: jobFailedCode,
            message: "What was begun did not succeed: \(place) says \"\(ShownText(state))\".",
            remedy: "See in the server's own log why.")
    }

    static func jobUnfinished(_ place: String, _ limit: Duration, _ state: String?) -> PluginFailure {
        let time = OptionText.words(seconds: limit.components.seconds)
        let said = state.map { "the last answer was \"\(ShownText($0))\"" } ?? "no answer said anything there"
        return PluginFailure(
            .unknownOutcome, code: "http.job-unfinished",
            message: "\(place) did not say that it was done within \(time): \(said).",
            remedy: "Raise `poll.within`, or see what the server waits for.")
    }

    /// What an earlier try began is not begun again by itself.
    static func notRepeated(_ request: String, isLookedAt: Bool) -> PluginFailure {
        PluginFailure(
            .configuration, code: "http.not-repeated",
            message: "An earlier try sent \(request), whose answer was lost: it may have had its effect, and it is not "
                + "sent again.",
            remedy: "See on the server what became of it. Where doing it twice is like doing it once, say "
                + "`idempotent: true`"
                + (isLookedAt ? "" : "; where the server can be asked what it holds, add `inspect`")
                + "; otherwise have the certificate renewed, which is a new publication.")
    }

    /// - Parameters:
    ///   - message: what the failure says, without secrets.
    ///   - mayHaveChanged: whether the request, or an earlier try of it, may have had an effect.
    static func transfer(
        _ failure: TransferFailure, saying message: String, _ place: String, mayHaveChanged: Bool
    ) -> PluginFailure {
        let text = ShownText(message).description
        let reason = text.hasSuffix(".") ? text : text + "."
        if mayHaveChanged { return outcomeUnknown(place, reason) }
        func refusal(_ kind: FailureClass, _ code: String, _ remedy: String) -> PluginFailure {
            PluginFailure(kind, code: "http.\(code)", message: "\(place): \(reason)", remedy: remedy)
        }
        switch failure.kind {
        case .unreachable:
            return refusal(.transient, "unreachable", "It is tried again; see whether this machine reaches the server.")
        case .broken: return refusal(.transient, "broken-off", "It is tried again; nothing was changed.")
        case .malformed:
            return refusal(.transient, "answer-malformed", "It is tried again; see whether a proxy stands between.")
        case .untrusted:
            return refusal(
                .configuration, "untrusted",
                "Where a private authority vouches for the server, name it in `caBundle`; otherwise see who answers "
                    + "there.")
        case .refusedAddress:
            return refusal(
                .policy, "refused-address",
                "If the server is meant, name its address in `addresses`; otherwise see what its name leads to.")
        case .refusedURL: return refusal(.configuration, "refused-url", "Mend `server` and `path` in the profile.")
        case .local: return refusal(.configuration, "local", "Mend what is named here on this machine.")
        }
    }
}
