import Automation
import Profiles
import Runner
import Storage

/// One target of a certificate: what it holds, whether that is what it should, whether it is served.
struct ShownTarget {
    let context: PublicationContext
    let isManaged: Bool
    let isChecked: Bool

    init(_ context: PublicationContext, profiles: ProfileSet) {
        self.context = context
        isManaged = PublicationPlanning(profiles: profiles).isManaged(context)
        isChecked = profiles.publishing[context.placement.profile]?.proof != nil
    }

    var name: String { context.placement.name }

    /// Whether it holds the current version, or a newer one than was current.
    var isPublished: Bool { context.placement.held?.number.map { $0 >= context.state.current } ?? false }

    /// "serving", "different", "unreachable", "not-checked"
    var serving: String { isChecked ? context.proofOfHeld?.outcome.rawValue ?? "not-checked" : "not-checked" }

    var hold: PlacementWish.Hold? { context.isHeldByHand ? context.wish.hold : nil }

    var form: ShowForm.Target {
        let placement = context.placement
        return ShowForm.Target(
            name: name, managed: isManaged, version: placement.held.map { $0.number ?? 0 },
            fingerprint: placement.held?.fingerprint.description, notAfter: placement.held?.life.notAfter.rfc3339,
            chainNotAfter: placement.held?.life.chainNotAfter.rfc3339, checked: isChecked, published: isPublished,
            publishedAt: placement.held?.since.rfc3339,
            publication: context.publications.first?.state.rawValue, serving: serving,
            provedAt: context.proofOfHeld?.at.rfc3339, shown: context.proofOfHeld?.lines ?? [],
            hold: hold.map(ShowForm.Stop.init), trouble: placement.trouble.map(ShowForm.Problem.init))
    }
}
