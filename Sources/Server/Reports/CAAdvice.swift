import Automation
import Storage

/// When the CA advises to renew (RFC 9773). Part of the forms of `show` and `explain`.
package struct CAAdvice: Codable, Sendable {
    package var from: String
    package var to: String
    /// A page of the CA's; absent where it gives none. Shown, never followed.
    package var explanation: String?

    /// Nil where it has not said anything of the present version.
    package init?(_ state: RenewalState) {
        guard let advice = state.advice else { return nil }
        (from, to) = (advice.start.rfc3339, advice.end.rfc3339)
        explanation = state.adviceExplanation
    }

    package func words(_ zone: Zone) -> String {
        let reason = explanation.map { "; why: \($0)" } ?? ""
        func moment(_ text: String) -> String {
            Instant(rfc3339: text).map { Wording.moment($0, in: zone) } ?? text
        }
        return "the CA advises to renew from \(moment(from)) to \(moment(to))\(reason)"
    }
}
