import Automation
import PluginKit
import Storage

extension PublicationContext {
    /// Which version of this certificate was found; nil where it is none of them, though it may be another's.
    func number(of found: FoundCertificate, _ ledger: any LedgerReading) async throws -> Int? {
        let known = try await ledger.version(withFingerprint: found.fingerprint.sha256)
        return known?.certificate == certificate.id ? known?.number : nil
    }

    /// What the target holds, as it was found there.
    func held(
        _ found: FoundCertificate, _ ledger: any LedgerReading, since: Instant
    ) async throws -> PlacementRecord.Held {
        PlacementRecord.Held(
            number: try await number(of: found, ledger), fingerprint: found.fingerprint, life: found.life,
            delivery: nil, since: since)
    }

    /// How the newest ended publication of that version ended.
    func lastEnding(of number: Int) -> PublicationState? {
        publications.first { $0.version == number && $0.state.isFinal }?.state
    }

    /// What the target is compared with when it is looked at: the version that it holds. Once something of ours was
    /// there, and something else or nothing is now, it is looked at whether ours comes back, as an operator may put it.
    var watched: Int? {
        if let number = placement.held?.number { return number }
        guard publications.contains(where: { $0.state.isFinal && $0.state.isHeld }), state.current > 0 else {
            return nil
        }
        return state.current
    }

    /// Whether what is there has to be found out before anything is done.
    var isUnknown: Bool {
        placement.held == nil && publications.isEmpty || placement.trouble?.kind == .unknownOutcome
    }

    /// Whether the profile has a proof that is due.
    func watchIsDue(_ outside: RunnerDependencies, at now: Instant) -> Bool {
        nextProof(outside).map { $0 <= now } ?? false
    }

    private func nextProof(_ outside: RunnerDependencies) -> Instant? {
        guard watched != nil,
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

extension PublicationContext {
    /// Why that version is due without a rule: it is gone from the target, or is rendered otherwise by now.
    func causeAtOnce(_ version: VersionRecord) -> Cause? {
        if hasDrifted(from: version.number) { return .drifted }
        return placement.held?.number == version.number ? .renderedAnew : nil
    }
}

extension PlacementRecord.Held {
    /// - Parameter delivery: as it was published: what the profile renders by now may be something else.
    init(_ version: VersionRecord, delivery: String, since: Instant) {
        self.init(
            number: version.number, fingerprint: version.fingerprint, life: version.life, delivery: delivery,
            since: since)
    }
}

extension Trouble {
    /// That the target shows what is not ours and lives longer: seen when it was looked at.
    static let foreignSeen = "proof.drifted"
    /// The same, found when it was to be published to.
    static let foreignRefused = "publication.foreign-outlives"

    /// Whether it is over as soon as nothing foreign lives longer there.
    var isAboutForeign: Bool { code == Self.foreignSeen || code == Self.foreignRefused }
}
