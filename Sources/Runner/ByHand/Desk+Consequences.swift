import Automation
import PluginKit
import Profiles
import Storage

/// What follows from applying one certificate: said before it is done.
public struct Consequences: Sendable {
    /// One publication that would not happen, or not then, without the change.
    public struct Publication: Sendable {
        /// "profile/target"
        public var target: String
        public var version: Int
        /// Nil where the window never opens and nothing allows to act outside of it.
        public var run: PlannedRun?
        /// When it would have been without the change; nil where it would not have been.
        public var before: Instant?
    }

    public var certificate: String
    /// Of the publications' window, and of the renewal's.
    public var zone: Zone
    public var zoneOfRenewal: Zone
    /// The version that is issued because of it: when and why; nil where none is.
    public var issues: PlannedRun?
    public var publications: [Publication] = []
    /// Targets that are not managed any more: nothing is deleted there.
    public var released: [String] = []
}

extension Desk {
    /// What applying these would cause, in their order; nothing of what stays as it is.
    public func consequences(of specs: [CertificateSpec]) async throws -> [Consequences] {
        var all: [Consequences] = []
        for spec in specs {
            if let known = try await ledger.certificate(named: spec.name) {
                guard !spec.differences(from: CertificateSpec(known)).isEmpty || known.isRetired else { continue }
                guard let overview = try await ledger.overview(known.id) else { continue }
                let record = changed(known, to: spec, at: now())
                all.append(try await consequences(record, overview))
            } else {
                let record = CertificateRecord(spec, id: 0, seed: 0, createdAt: now())
                let state = RenewalState(certificate: 0)
                all.append(
                    try await consequences(
                        record, CertificateOverview(certificate: record, state: state, placements: [])))
            }
        }
        return all
    }

    /// As it would be once it is applied; nil where that changes neither its flow nor whether it is in service.
    package func overviewWithNewFlow(of spec: CertificateSpec) async throws -> CertificateOverview? {
        guard let known = try await ledger.certificate(named: spec.name) else {
            return CertificateOverview(
                certificate: CertificateRecord(spec, id: 0, seed: 0, createdAt: now()),
                state: RenewalState(certificate: 0), placements: [])
        }
        guard spec.flow != known.flow || known.isRetired, var overview = try await ledger.overview(known.id) else {
            return nil
        }
        overview.certificate = changed(known, to: spec, at: now())
        return overview
    }

    private func consequences(_ record: CertificateRecord, _ before: CertificateOverview) async throws -> Consequences {
        let rules = record.flow.rules
        var consequences = Consequences(
            certificate: record.name, zone: rules.windowOfPublication.zone, zoneOfRenewal: rules.window.zone)
        if before.state.current == 0 || record.reissuesAsked > before.certificate.reissuesAsked {
            consequences.issues = RenewalPlanning.run(record, before.state, unheldPublication: nil, now: now())
        }
        for placement in before.placements where !record.flow.profiles.contains(placement.profile) {
            consequences.released.append(placement.name)
        }
        for profile in record.flow.profiles {
            for target in profiles.publishing[profile]?.targets ?? [] {
                let known = before.placements.first { $0.profile == profile && $0.target == target.name }
                let context = try await context(record, before, known, profile, target.name)
                if let publication = publication(
                    context, before.certificate, consequences.issues?.at, known != nil)
                {
                    consequences.publications.append(publication)
                }
            }
        }
        return consequences
    }

    private func context(
        _ record: CertificateRecord, _ before: CertificateOverview, _ known: PlacementRecord?, _ profile: String,
        _ target: String
    ) async throws -> PublicationContext {
        if let known, var context = try await ledger.publicationContext(known.id) {
            context.certificate = record
            return context
        }
        return try await ledger.contextOfNewTarget(target, of: profile, record, before.state, at: now())
    }

    /// - Parameters:
    ///   - issued: when a version comes first, which is what is published.
    ///   - isKnown: whether the target was one before.
    private func publication(
        _ context: PublicationContext, _ old: CertificateRecord, _ issued: Instant?, _ isKnown: Bool
    ) -> Consequences.Publication? {
        let rules = context.certificate.flow.rules
        guard rules.publicationEnabled, !context.certificate.isRetired else { return nil }
        let planning = PublicationPlanning(profiles: profiles)
        let now = now()
        if let issued {
            guard !context.isHeldUntilReleased else { return nil }
            // What is planned is as if it were here then.
            let issued = max(issued, now)
            let held = context.placement.held
            let names = held?.number.flatMap { context.version($0) }.map { Set($0.subjects) } ?? []
            let situation = PublicationSituation(
                held: held.map {
                    PublicationSituation.Held(
                        life: $0.life, lacksName: !Set(context.certificate.subjects).isSubset(of: names))
                }, notBefore: issued, wantedSince: issued)
            return Consequences.Publication(
                target: context.placement.name, version: context.state.current + 1,
                run: PublicationPlanner(rules).plan(situation, now: issued))
        }
        guard case .version(let number) = planning.wanted(context, now: now), number != context.placement.held?.number
        else {
            return nil
        }
        let run = planning.plannedRun(context, now: now)
        var unchanged = context
        unchanged.certificate = old
        let before = isKnown ? planning.plannedRun(unchanged, now: now) : nil
        guard before == nil || before?.at != run?.at else { return nil }
        return Consequences.Publication(
            target: context.placement.name, version: number, run: run, before: before?.at)
    }
}
