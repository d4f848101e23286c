import Automation
import Storage

/// When the CA advises to renew (RFC 9773). Part of the forms of `show` and `explain`.
struct CAAdvice: Encodable {
    var from: String
    var to: String
    /// A page of the CA's; absent where it gives none. Shown, never followed.
    var explanation: String?

    private let start: Instant
    private let end: Instant

    private enum CodingKeys: String, CodingKey { case from, to, explanation }

    /// Nil where it has not said anything of the present version.
    init?(_ state: RenewalState) {
        guard let advice = state.advice else { return nil }
        (start, end) = (advice.start, advice.end)
        (from, to) = (start.rfc3339, end.rfc3339)
        explanation = state.adviceExplanation
    }

    func words(_ zone: Zone) -> String {
        let reason = explanation.map { "; why: \($0)" } ?? ""
        return
            "the CA advises to renew from \(Wording.moment(start, in: zone)) to \(Wording.moment(end, in: zone))\(reason)"
    }
}
