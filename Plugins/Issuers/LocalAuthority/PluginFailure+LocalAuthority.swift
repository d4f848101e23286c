import Automation
import Certificates
import Foundation
import PluginKit

extension PluginFailure {
    static func badNameRule(_ text: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "local-authority.option",
            message: "`permittedNames` has \"\(text)\", which is neither a domain nor a network.",
            remedy: "Write `example.internal`, `.example.internal` (only what is below it), or `10.0.0.0/8`.")
    }

    static func constraintsWithoutNames() -> PluginFailure {
        PluginFailure(
            .configuration, code: "local-authority.option",
            message: "`nameConstraints` is on, but `permittedNames` names nothing.",
            remedy: "List the permitted names, or remove `nameConstraints`.")
    }

    static func badAddress(_ text: String, option: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "local-authority.option", message: "`\(option)` is \"\(text)\", which is no address.",
            remedy: "Write an address that begins with `http://`.")
    }

    static func badName(_ text: String, option: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "local-authority.option",
            message: "`\(option)` is \"\(text.prefix(100))\", which can't stand in a certificate.",
            remedy: "Write 1 to 64 characters.")
    }

    static func sameNames(_ name: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "local-authority.option",
            message: "`rootName` and `intermediateName` are both \"\(name)\".",
            remedy: "Give them different names: clients tell authorities apart by them.")
    }

    static func authorityNotCreated() -> PluginFailure {
        PluginFailure(
            .configuration, code: "local-authority.not-created",
            message: "This local authority has no root and intermediate yet.",
            remedy: "Run `certflow init` in this home: it makes what is missing and changes nothing else.")
    }

    static func authorityDamaged(_ entry: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "local-authority.damaged",
            message: "The entry `\(entry)` in the state of this local authority can't be read.",
            remedy: "Restore the home from a backup.")
    }

    static func authorityBusy() -> PluginFailure {
        PluginFailure(
            .conflict, code: "local-authority.busy",
            message: "Other processes keep changing the state of this local authority.",
            remedy: "Nothing is to be done: it is tried again.")
    }

    static func authorityExpired(_ certificate: SignedCertificate) -> PluginFailure {
        PluginFailure(
            .configuration, code: "local-authority.expired",
            message: "\(certificate.subject), which signs for this local authority, ended at \(certificate.notAfter).",
            remedy: "Make a new local authority under another profile name, and move the certificates there.")
    }

    static func clockBehind(_ certificate: SignedCertificate, now: Instant) -> PluginFailure {
        PluginFailure(
            .configuration, code: "local-authority.clock",
            message: "This machine's clock says \(now), before \(certificate.subject) was made "
                + "(\(certificate.notBefore)).",
            remedy: "Set the clock right.")
    }

    static func nameNotPermitted(_ subject: Subject, _ rules: [NameRule]) -> PluginFailure {
        let rules = rules.map(\.description).joined(separator: ", ")
        return PluginFailure(
            .policy, code: "local-authority.name-not-permitted",
            message: "This local authority may not certify \(subject): `permittedNames` allows only \(rules).",
            remedy: "Add the name to `permittedNames` in the issuing profile, or use another issuer for it.")
    }

    static func badRequest(_ failure: CertificateFailure) -> PluginFailure {
        PluginFailure(
            .bug, code: "local-authority.bad-request", message: failure.message,
            remedy: "Report this as a defect of certflow.")
    }

    static func requestMismatch() -> PluginFailure {
        PluginFailure(
            .bug, code: "local-authority.request-mismatch",
            message: "The signing request is not for the names that the order is for.",
            remedy: "Report this as a defect of certflow.")
    }

    static func otherReservation() -> PluginFailure {
        PluginFailure(
            .conflict, code: "local-authority.other-request",
            message: "The recorded serial number was reserved for another request, key or set of names.",
            remedy: "Renew the certificate with `--force`: that makes a new request.")
    }

    static func signingFailed() -> PluginFailure {
        PluginFailure(
            .bug, code: "local-authority.signing-failed", message: "The local authority could not sign.",
            remedy: "Report this as a defect of certflow.")
    }

    static func badEntropy() -> PluginFailure {
        PluginFailure(
            .bug, code: "local-authority.entropy", message: "The source of randomness gave too little.",
            remedy: "Report this as a defect of certflow.")
    }
}
