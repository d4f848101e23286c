import Automation
import Profiles
import Runner
import Storage

/// One target of a certificate: what it holds, whether that is what it should, whether it is served.
package struct ShownTarget {
    package let context: PublicationContext
    package let isManaged: Bool
    package let isChecked: Bool
    package let next: ForecastRun?
    package let now: Instant

    package init(_ context: PublicationContext, outlook: Outlook, profiles: ProfileSet, now: Instant) {
        self.context = context
        self.now = now
        let name = context.placement.name
        isManaged = PublicationPlanning(profiles: profiles).isManaged(context)
        isChecked = profiles.publishing[context.placement.profile]?.proof != nil
        next = outlook.forecast.runs.first { $0.target == name }
    }

    package var name: String { context.placement.name }

    /// Whether it holds the current version, or a newer one than was current.
    package var isPublished: Bool { context.placement.held?.number.map { $0 >= context.state.current } ?? false }

    /// "serving", "different", "unreachable", "not-checked"
    package var serving: String { isChecked ? context.proofOfHeld?.outcome.rawValue ?? "not-checked" : "not-checked" }

    package var hold: PlacementWish.Hold? { context.isHeldByHand ? context.wish.hold : nil }

    package var form: ShowForm.Target {
        let placement = context.placement
        return ShowForm.Target(
            name: name, managed: isManaged, version: placement.held.map { $0.number ?? 0 },
            fingerprint: placement.held?.fingerprint.description, notAfter: placement.held?.life.notAfter.rfc3339,
            published: isPublished, publishedAt: placement.held?.since.rfc3339,
            publication: context.publications.first?.state.rawValue, serving: serving,
            provedAt: context.proofOfHeld?.at.rfc3339, shown: context.proofOfHeld?.lines ?? [],
            hold: hold.map(ShowForm.Stop.init), trouble: placement.trouble.map(ShowForm.Problem.init))
    }
}
