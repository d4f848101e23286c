import Automation
import Profiles
import Storage

/// Lets the targets of a profile start in the order of its rollout.
struct RolloutGate {
    private let ledger: any LedgerReading
    private let planning: PublicationPlanning

    init(_ ledger: any LedgerReading, _ planning: PublicationPlanning) {
        self.ledger = ledger
        self.planning = planning
    }

    /// Whether a target may start, or waits for those before it.
    /// - Parameter deadline: by when it must hold the version.
    func admission(
        _ context: PublicationContext, _ version: VersionRecord, _ profile: PublishingProfile, deadline: Instant?,
        now: Instant
    ) async throws -> Rollout.Admission {
        guard profile.rollout.first > 0 else { return .admitted }
        let order = profile.targets.map(\.name)
        guard let index = order.firstIndex(of: context.placement.target) else { return .admitted }
        // Where the rule means to be late there is no deadline, but what has ended waits for nobody's later turn.
        let hasEnded = context.placement.held.map { $0.life.chainNotAfter <= now } ?? false
        let deadline = deadline ?? (hasEnded ? now : nil)
        var standings: [Rollout.Standing] = []
        for name in order {
            let sibling = context.siblings.first { $0.target == name }
            if context.isPublishAsked {
                standings.append(try await standing(of: sibling, in: context.wish.batch, version))
            } else {
                standings.append(try await standing(of: sibling, version, before: deadline, now))
            }
        }
        return profile.rollout.admission(of: index, among: standings)
    }

    private func standing(
        of sibling: PlacementRecord?, _ version: VersionRecord, before deadline: Instant?, _ now: Instant
    ) async throws -> Rollout.Standing {
        guard let sibling else { return .outstanding }
        if sibling.held?.number == version.number, sibling.trouble == nil { return .done }
        // A trouble that names no version is one with the target itself, whatever shall go there.
        if let trouble = sibling.trouble, trouble.version ?? version.number == version.number { return .failed }
        return try await takesPart(sibling, version, before: deadline, now) ? .outstanding : .done
    }

    /// Whether the version comes to that target too, and in time for those behind it: one that a person holds, or whose
    /// turn is only when the others' certificates have ended, is not waited for.
    private func takesPart(
        _ sibling: PlacementRecord, _ version: VersionRecord, before deadline: Instant?, _ now: Instant
    ) async throws -> Bool {
        guard let context = try await ledger.publicationContext(sibling.id) else { return false }
        guard planning.wanted(context, now: now) == .version(version.number) else { return false }
        guard let turn = planning.plannedRun(context, now: now) else { return true }
        // Where nothing ends: no window is closed for more than a week.
        return turn.at < max(deadline ?? now + .days(8), now)
    }

    /// Among what was asked for at once: the other targets do not count.
    private func standing(
        of sibling: PlacementRecord?, in batch: Int64, _ version: VersionRecord
    ) async throws -> Rollout.Standing {
        guard let sibling else { return .done }
        let wish = try await ledger.wish(of: sibling.id)
        guard wish.batch == batch else { return .done }
        if wish.asked > sibling.wishesDone { return .outstanding }
        guard let trouble = sibling.trouble else { return .done }
        return trouble.version ?? version.number == version.number ? .failed : .done
    }

    /// The targets that wait for this one, to be looked at once it is through.
    /// - Parameters:
    ///   - version: those that hold it already need not be looked at.
    ///   - byHand: a person asked for this: then the others may have been asked for as well, whatever they hold.
    static func wakeUps(
        _ context: PublicationContext, _ profile: PublishingProfile?, holding version: Int?, byHand: Bool,
        at now: Instant
    ) -> [Change.Write] {
        guard profile.map({ $0.rollout.first > 0 }) ?? false else { return [] }
        return context.siblings.filter { sibling in
            sibling.id != context.placement.id && (byHand || sibling.held?.number != version)
        }.map { .hasten(PublicationPlanning.dueNow($0, at: now, byHand: byHand)) }
    }
}
