import Automation
import Profiles
import Storage

/// Judges where certificates stand, from what the ledger holds.
public struct StandingReader: Sendable {
    private let ledger: any LedgerReading
    private let profiles: ProfileSet
    private let planning: PublicationPlanning

    public init(ledger: any LedgerReading, profiles: ProfileSet) {
        self.ledger = ledger
        self.profiles = profiles
        planning = PublicationPlanning(profiles: profiles)
    }

    /// Reads no more than it must: where a target holds the current version and nothing else is going on, its record
    /// says all, so that a hundred thousand certificates are walked in seconds.
    public func standing(_ overview: CertificateOverview, at now: Instant) async throws -> CertificateStanding {
        var targets: [TargetStanding] = []
        var unheld: Instant?
        for placement in overview.placements {
            guard needsContext(placement, overview) else {
                targets.append(target(placement, overview))
                continue
            }
            guard let context = try await ledger.publicationContext(placement.id) else { continue }
            let run = planning.plannedRun(context, now: now)
            if context.version(context.state.current)?.life == context.state.life {
                unheld = [unheld, run?.at].compactMap { $0 }.min()
            }
            targets.append(target(context, run ?? planning.retry(context, now: now)))
        }
        let run = RenewalPlanning.run(overview.certificate, overview.state, unheldPublication: unheld, now: now)
        return CertificateStanding(overview, run: run, targets: targets, at: now)
    }

    /// Whether more is needed than the record: what it should hold, a person's wish, or whether its proof still counts.
    private func needsContext(_ placement: PlacementRecord, _ overview: CertificateOverview) -> Bool {
        guard let held = placement.held, held.number == overview.state.current else { return true }
        guard placement.wishesDone == 0, placement.trouble == nil, overview.state.revokedAt == nil else { return true }
        guard let proof = placement.proof else { return false }
        return proof.at < held.since || proof.outcome == .different
    }

    private func target(_ placement: PlacementRecord, _ overview: CertificateOverview) -> TargetStanding {
        TargetStanding(
            placement: placement, isManaged: planning.isManaged(placement, of: overview.certificate),
            holdsCurrent: true, isChecked: isChecked(placement), proof: placement.proof, run: nil, hold: nil)
    }

    private func target(_ context: PublicationContext, _ run: PlannedRun?) -> TargetStanding {
        var placement = context.placement
        placement.trouble = placement.trouble ?? Self.holdsRevoked(context)
        return TargetStanding(
            placement: placement, isManaged: planning.isManaged(context),
            holdsCurrent: placement.held?.number.map { $0 >= context.state.current } ?? false,
            isChecked: isChecked(placement), proof: context.proofOfHeld, run: run,
            hold: context.isHeldByHand ? context.wish.hold : nil)
    }

    /// A person holds the target at a version that was revoked: nothing takes it away by itself.
    private static func holdsRevoked(_ context: PublicationContext) -> Trouble? {
        guard context.isHeldByHand, let number = context.placement.held?.number,
            let at = context.versions.first(where: { $0.number == number })?.revokedAt
        else { return nil }
        return Trouble(
            failures: 1, since: at, lastAt: at, retryAt: nil, kind: .policy, code: TargetStanding.holdsRevoked,
            message: "Version \(number), which was revoked, is held there by hand.",
            remedy: "Publish version \(context.state.current) there, which ends the hold, or resume the flow.",
            needsAttention: true)
    }

    private func isChecked(_ placement: PlacementRecord) -> Bool {
        profiles.publishing[placement.profile]?.proof != nil
    }
}
