import Automation
import PluginKit
import Storage

/// Why a request of a person can't be served, found out by the runner when it looks at the target.
enum RequestRefusal {
    static func nothingToRollBackTo(_ context: PublicationContext, _ number: Int?) -> PluginFailure {
        let name = context.certificate.name
        let wanted = number.map { "Version \($0) of \(name) can't come back to \(context.placement.name): it" }
        return PluginFailure(
            .policy, code: "rollback.nothing-usable",
            message: wanted.map { "\($0) is unknown, expired or revoked." }
                ?? "There is no earlier version of \(name) on \(context.placement.name) that is still valid.",
            remedy: "See `certflow history \(name)`; renew it instead with `certflow renew \(name) --force`.")
    }

    static func nothingToProve(_ context: PublicationContext) -> PluginFailure {
        PluginFailure(
            .policy, code: "proof.nothing-published",
            message: "Nothing of \(context.certificate.name) is on \(context.placement.name) yet.",
            remedy: "Publish it first with `certflow publish \(context.certificate.name)`.")
    }

    static func nothingWanted(_ context: PublicationContext, _ wanted: Wanted) -> PluginFailure {
        let name = context.certificate.name
        let reason =
            switch wanted {
            case .nothing(.revoked): "its versions are revoked"
            case .nothing(.retired): "it was taken out of service"
            case .nothing(.unmanaged): "flow or profile no longer name the target"
            case .nothing, .version: "it has no version yet"
            }
        return PluginFailure(
            .policy, code: "publication.nothing-wanted",
            message: "There is nothing of \(name) to publish to \(context.placement.name): \(reason).",
            remedy: "See `certflow show \(name)`.")
    }

    /// - Parameter owned: which place, and whose it is, in words.
    static func placeOwned(_ owned: String, _ context: PublicationContext) -> PluginFailure {
        PluginFailure(
            .conflict, code: "publication.place-owned", message: owned,
            remedy: "Give one of the two another directory, or move it here with "
                + "`certflow publish \(context.certificate.name) --take-over`.")
    }

    /// A certificate that is not ours and lives longer than ours is never overwritten; nil where none is in the way.
    static func foreign(_ context: PublicationContext, _ version: VersionRecord) -> PluginFailure? {
        guard let held = context.placement.held, held.number == nil, !context.takesOver,
            held.life.notAfter > version.life.notAfter
        else { return nil }
        return PluginFailure(
            .policy, code: Trouble.foreignRefused,
            message:
                "\(context.placement.name) holds a certificate that is none of \(context.certificate.name) and ends "
                + "\(held.life.notAfter), later than version \(version.number).",
            remedy: "If it may go, publish with `certflow publish \(context.certificate.name) --take-over`.")
    }

    static func rolloutStopped(_ context: PublicationContext) -> PluginFailure {
        PluginFailure(
            .policy, code: "rollout.stopped",
            message: "\(context.placement.name) was left alone: a target before it in the rollout failed.",
            remedy: "Mend that one, or publish to this one alone with `certflow publish \(context.certificate.name) "
                + "--target \(context.placement.name)`.")
    }

    static func unmanaged(_ context: PublicationContext) -> PluginFailure {
        PluginFailure(
            .policy, code: "placement.unmanaged",
            message: "\(context.placement.name) is managed no more: the flow of \(context.certificate.name) or the "
                + "profile does not name it.",
            remedy: "Name it there again, or remove its files with `certflow target clean \(context.placement.name)`.")
    }

    static func inUse(_ context: PublicationContext) -> PluginFailure {
        PluginFailure(
            .policy, code: "target.in-use",
            message: "\(context.placement.name) is in use by \(context.certificate.name).",
            remedy: "Take the profile out of its flow first (`certflow apply`), or retire the certificate "
                + "(`certflow remove \(context.certificate.name) --retire`).")
    }
}
