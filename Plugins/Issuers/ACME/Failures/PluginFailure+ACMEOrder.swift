import Automation
import Certificates
import Foundation
import PluginKit

extension PluginFailure {
    static func badRequest(_ reason: String) -> PluginFailure {
        PluginFailure(
            .bug, code: "acme.bad-request", message: reason, remedy: "Report this as a defect of certflow.")
    }

    static func otherOrder(_ host: String, _ label: String) -> PluginFailure {
        PluginFailure(
            .transient, code: "acme.other-order",
            message: "\(host) answered with an order for other names than \(label).",
            remedy: "It is tried again; if it stays, tell the CA.")
    }

    static func orderStuck(_ host: String, _ label: String) -> PluginFailure {
        PluginFailure(
            .transient, code: "acme.order-stuck",
            message: "\(host) came to no end with the order for \(label) in time.",
            remedy: "It is asked again later; a longer `timeout` in the issuing profile waits longer each time.")
    }

    static func orderPending(_ host: String, _ label: String) -> PluginFailure {
        PluginFailure(
            .transient, code: "acme.order-pending",
            message: "\(host) keeps the order for \(label) pending, though every name in it is proved.",
            remedy: "Nothing is to be done: another order is made at the next try; if it stays, tell the CA.")
    }

    static func tooMany(_ what: String, _ host: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "acme.too-many", message: "\(host) answered with too many \(what).",
            remedy: "See that `directory` names the right CA, and tell the CA.")
    }

    static func foreignAuthorization(_ host: String, _ name: String) -> PluginFailure {
        PluginFailure(
            .policy, code: "acme.foreign-authorization",
            message: "\(host) asks to prove control of \"\(ShownText(name))\", which was not ordered.",
            remedy: "See that `directory` names the right CA, and tell the CA.")
    }

    static func badToken(_ host: String, _ subject: Subject) -> PluginFailure {
        PluginFailure(
            .policy, code: "acme.bad-token",
            message: "\(host) gave a token for \(subject) that is none (RFC 8555, 8.1): it is not used.",
            remedy: "See that `directory` names the right CA, and tell the CA.")
    }

    static func noChallenge(_ host: String, _ subject: Subject, offered: [String]) -> PluginFailure {
        let offer = offered.isEmpty ? "nothing" : offered.joined(separator: ", ")
        return PluginFailure(
            .configuration, code: "acme.no-challenge",
            message: "This issuing profile can't prove \(subject) in any way that \(host) offers (\(offer)).",
            remedy: "Add one of these to the profile: `http01`, `dns01` or `tlsALPN01`; a wildcard needs `dns01`.")
    }

    static func validationFailed(_ host: String, _ refused: [(Subject, Problem)]) -> PluginFailure {
        let lines = refused.sorted { $0.0.description < $1.0.description }.prefix(20).map { subject, problem in
            "\(subject): \(problem.words)"
        }
        let names = ShownList(lines, of: refused.count, longest: 1700)
        let isPolicy = refused.allSatisfy { ["caa", "rejectedIdentifier"].contains($0.1.kind) }
        return PluginFailure(
            isPolicy ? .policy : .transient, code: "acme.validation-failed",
            message: "\(host) could not validate \(names).",
            remedy: "See that the CA can reach what proves control of the name; CAA records must allow the CA.")
    }

    static func authorizationsDead(_ host: String, _ dead: [(Subject, String)]) -> PluginFailure {
        let names = dead.prefix(20).map { "\($0.0) (\($0.1))" }.joined(separator: ", ")
        return PluginFailure(
            .transient, code: "acme.authorization-over",
            message: "Authorizations at \(host) are over before they were used: \(names).",
            remedy: "Nothing is to be done: another order is made.")
    }

    static func badCertificate(_ host: String, _ label: String, _ failure: CertificateFailure) -> PluginFailure {
        PluginFailure(
            .policy, code: "acme.bad-certificate",
            message: "What \(host) issued for \(label) is not stored: \(failure.message)",
            remedy:
                "See whether this machine's clock is right; otherwise tell the CA. Another order is made at the next try."
        )
    }

    static func overBudget(_ what: String, until moment: Date) -> PluginFailure {
        PluginFailure(
            .rateLimited, code: "acme.budget",
            message: "To stay below the CA's limits nothing is ordered now: \(what).",
            remedy:
                "Nothing is to be done: it is tried again when the budget allows. Fewer certificates, or certificates "
                + "with more names each, use less of it.", retryAfter: moment)
    }
}
