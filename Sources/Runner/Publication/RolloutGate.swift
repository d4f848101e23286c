import Automation
import Profiles
import Storage

/// Lets the targets of a profile start in the order of its rollout.
struct RolloutGate {
    private let ledger: any LedgerReading

    init(_ ledger: any LedgerReading) { self.ledger = ledger }

    /// Whether a target may start, or waits for those before it.
    func admission(
        _ context: PublicationContext, _ version: VersionRecord, _ profile: PublishingProfile
    ) async throws -> Rollout.Admission {
        guard profile.rollout.first > 0 else { return .admitted }
        let order = profile.targets.map(\.name)
        guard let index = order.firstIndex(of: context.placement.target) else { return .admitted }
        var standings: [Rollout.Standing] = []
        for name in order {
            let sibling = context.siblings.first { $0.target == name }
            if context.isPublishAsked {
                standings.append(try await standing(of: sibling, in: context.wish.batch, version))
            } else {
                standings.append(standing(of: sibling, version))
            }
        }
        return profile.rollout.admission(of: index, among: standings)
    }

    private func standing(of sibling: PlacementRecord?, _ version: VersionRecord) -> Rollout.Standing {
        guard let sibling else { return .outstanding }
        if sibling.held?.number == version.number, sibling.trouble == nil { return .done }
        return sibling.trouble?.version == version.number ? .failed : .outstanding
    }

    /// Among what was asked for at once: the other targets do not count.
    private func standing(
        of sibling: PlacementRecord?, in batch: Int64, _ version: VersionRecord
    ) async throws -> Rollout.Standing {
        guard let sibling else { return .done }
        let wish = try await ledger.wish(of: sibling.id)
        guard wish.batch == batch else { return .done }
        if wish.asked > sibling.wishesDone { return .outstanding }
        return sibling.trouble?.version == version.number ? .failed : .done
    }
}
