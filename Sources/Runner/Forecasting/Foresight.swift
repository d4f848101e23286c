import Automation
import PluginKit
import Storage

/// Forecasts from what the ledger holds: reads what the schedule reads, asks the planners that the schedule asks.
///
/// Asks each issuer once: lives as long as one answer. Answers that share a memory ask once a second.
public actor Foresight {
    private let outside: RunnerDependencies
    private let planning: PublicationPlanning
    private let memory: IssuerMemory?
    private var known: [String: IssuerFacts] = [:]

    public init(_ outside: RunnerDependencies, memory: IssuerMemory? = nil) {
        self.outside = outside
        self.memory = memory
        planning = PublicationPlanning(outside)
    }

    /// - Parameters:
    ///   - showing: runs before that are assumed, but not told; nil for all.
    ///   - limit: at most so many runs are told.
    public func outlook(
        of overview: CertificateOverview, until: Instant, showing: Instant? = nil, limit: Int = 1000
    ) async throws -> Outlook {
        let now = outside.clock.now()
        var targets: [PublicationContext] = []
        for placement in overview.placements {
            if let context = try await outside.ledger.publicationContext(placement.id) { targets.append(context) }
        }
        return await outlook(of: overview, targets, now: now, until: until, showing: showing, limit: limit)
    }

    /// As it would be if the certificate had `flow`, saved now.
    ///
    /// - Parameter limit: at most so many runs are told.
    public func outlook(
        of overview: CertificateOverview, under flow: Flow, until: Instant, limit: Int = 1000
    ) async throws -> Outlook {
        let now = outside.clock.now()
        var draft = overview
        draft.certificate.take(flow, at: now)
        var targets: [PublicationContext] = []
        for placement in overview.placements {
            guard var context = try await outside.ledger.publicationContext(placement.id) else { continue }
            context.certificate = draft.certificate
            targets.append(context)
        }
        let known = Set(overview.placements.map(\.name))
        for profile in flow.profiles {
            for target in outside.profiles.current.publishing[profile]?.targets ?? []
            where !known.contains("\(profile)/\(target.name)") {
                targets.append(
                    try await outside.ledger.contextOfNewTarget(
                        target.name, of: profile, draft.certificate, draft.state, at: now))
            }
        }
        return await outlook(of: draft, targets, now: now, until: until, showing: nil, limit: limit)
    }

    private func outlook(
        of overview: CertificateOverview, _ targets: [PublicationContext], now: Instant, until: Instant,
        showing: Instant?, limit: Int
    ) async -> Outlook {
        let issuer = await facts(IssuerChoice(overview.certificate, overview.state).profile(at: now))
        let input = input(overview, targets, issuer, now)
        let forecast = Forecast(
            input, from: min(now, showing ?? now), until: until, showing: showing, limit: limit)
        return Outlook(
            certificate: overview.certificate, state: overview.state, targets: targets, issuer: issuer, input: input,
            forecast: forecast)
    }

    private func input(
        _ overview: CertificateOverview, _ targets: [PublicationContext], _ issuer: IssuerFacts, _ now: Instant
    ) -> ForecastInput {
        let (certificate, state) = (overview.certificate, overview.state)
        let pause = certificate.pause.flatMap { $0.holds(at: now) ? $0 : nil }
        var input = ForecastInput(
            certificate: certificate.name, rules: certificate.flow.rules,
            current: RenewalPlanning.situation(certificate, state, unheldPublication: nil),
            currentNumber: state.current,
            targets: certificate.isRetired ? [] : targets.compactMap { target($0, now) },
            newLife: issuer.lifetime ?? state.life?.length ?? .days(90), announcedLives: issuer.announced,
            issuerEnd: issuer.end, isPaused: pause != nil, spread: { certificate.spread(version: $0) })
        input.resumesAt = pause?.until
        input.everHeld = state.heldNumber
        input.isRenewalAsked = RenewalPlanning.isAskedByHand(certificate, state)
        input.firstSince = certificate.createdAt
        input.firstRetryAt = state.trouble?.retryAt
        input.hindrance = Self.hindrance(certificate, state)
        return input
    }

    private static func hindrance(_ certificate: CertificateRecord, _ state: RenewalState) -> ForecastInput.Hindrance? {
        if certificate.isRetired { return .retired }
        if let barred = state.barred { return .noLaterEnd(barred) }
        guard let trouble = state.trouble, trouble.needsAttention else { return nil }
        return .needsAttention(trouble.message)
    }

    /// Nil where nothing will ever be published there again: the flow or the profile no longer names it.
    private func target(_ context: PublicationContext, _ now: Instant) -> ForecastInput.Target? {
        guard planning.isManaged(context) else { return nil }
        return ForecastInput.Target(
            name: context.placement.name, held: planning.held(context, wanting: context.versions.first),
            heldNumber: context.placement.held?.number, waiting: waiting(context, now),
            takesNew: !context.isHeldUntilReleased)
    }

    /// The version that waits for a target, as the schedule sees it.
    private func waiting(_ context: PublicationContext, _ now: Instant) -> ForecastInput.Waiting? {
        guard case .version(let number) = planning.wanted(context, now: now), number != context.placement.held?.number,
            let version = context.version(number)
        else { return nil }
        let situation = planning.situation(
            context, version, atOnce: context.hasDrifted(from: number) ? .drifted : nil, now: now)
        var waiting = ForecastInput.Waiting(
            number: number, life: version.life, wantedSince: situation.wantedSince,
            followsLateRenewal: situation.followsLateRenewal, notSooner: situation.notSooner,
            answer: situation.answer, atOnce: situation.atOnce)
        waiting.isAskedByHand = context.isPublishAsked
        waiting.needsAttention = context.trouble(about: number)?.needsAttention == true && !context.isPublishAsked
        return waiting
    }

    /// What an issuer says of itself.
    public func facts(_ profile: String) async -> IssuerFacts {
        if let facts = known[profile] ?? memory?.facts(profile, outside) { return facts }
        var facts = IssuerFacts()
        facts.announced = outside.profiles.current.issuing[profile]?.announced ?? []
        do {
            let issuer = try await Issuers(outside).issuer(profile: profile)
            facts.end = try await issuer.expires().map(Instant.init)
            facts.lifetime = try await issuer.lifetime().map { Span(seconds: $0.components.seconds) }
        } catch {
            facts.failure = (try? StageFailure(classifying: error, step: "forecast", journalled: false))?.failure
        }
        known[profile] = facts
        memory?.keep(facts, of: profile, outside)
        return facts
    }
}

extension LedgerReading {
    /// What would be known of a target that a flow has not named so far.
    func contextOfNewTarget(
        _ target: String, of profile: String, _ record: CertificateRecord, _ state: RenewalState, at now: Instant
    ) async throws -> PublicationContext {
        let placement = PlacementRecord(
            id: 0, certificate: record.id, profile: profile, target: target, createdAt: now)
        let versions =
            state.current == 0 ? [] : try await versions(of: record.id, limit: PublicationContext.versionsRead)
        return PublicationContext(
            certificate: record, state: state, versions: versions, placement: placement,
            wish: PlacementWish(placement: 0), publications: [], siblings: [placement])
    }
}
