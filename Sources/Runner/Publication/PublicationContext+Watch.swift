import Automation
import Storage

extension PublicationContext {
    /// How the newest ended publication of that version ended.
    func lastEnding(of number: Int) -> PublicationState? {
        publications.first { $0.version == number && $0.state.isFinal }?.state
    }

    /// Whether the profile has a proof that is due.
    func watchIsDue(_ outside: RunnerDependencies, at now: Instant) -> Bool {
        nextProof(outside).map { $0 <= now } ?? false
    }

    private func nextProof(_ outside: RunnerDependencies) -> Instant? {
        guard placement.held?.number != nil,
            outside.profiles.current.publishing[placement.profile]?.proof != nil
        else { return nil }
        guard let proof = placement.proof else { return .distantPast }
        let every = outside.settings.proofEvery
        return proof.at + (proof.outcome == .unreachable ? min(.hours(1), every) : every)
    }

    /// When the target is next looked at or swept, whatever is published.
    func nextWatch(_ outside: RunnerDependencies) -> Instant? {
        [nextProof(outside), placement.sweepDue].compactMap { $0 }.min()
    }
}
