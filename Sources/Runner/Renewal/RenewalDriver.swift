import Automation
import Foundation
import PluginKit
import Storage

/// Drives the renewal stage of one certificate as far as it goes: asks the machine, does what it says, stores what came
/// of it.
struct RenewalDriver {
    /// The longest that a renewal lets running publications go first.
    private static let courtesy = Span.minutes(15)

    let claimed: Claimed
    let breakers: Breakers
    private let isStopping: @Sendable () -> Bool

    private var outside: RunnerDependencies { claimed.outside }
    private var claim: Claim { claimed.claim }

    init(_ runner: Runner, _ claim: Claim) {
        claimed = Claimed(claim: claim, outside: runner.outside, leases: runner.leases)
        breakers = runner.breakers
        isStopping = { runner.isStopping }
    }

    func drive() async throws {
        guard var context = try await outside.ledger.renewalContext(claim.work.id) else {
            return try await claimed.release(until: nil)  // the certificate was removed
        }
        let startedAt = claimed.now
        context.state.revokedAt = context.state.revokedAt ?? context.current?.revokedAt
        try await forgetWhatChanged(&context)
        try await takeUpBegun(&context)
        if claim.starts > 3 { return try await giveUpCrashing(context, startedAt) }
        if !RenewalPlanning.isAskedByHand(context.certificate, context.state),
            let until = breakers.closedOff(claim, group: group(context), at: startedAt)
        {
            return try await claimed.release(until: until, deadline: claim.deadline)
        }
        var journal: LeaseJournal?
        do {
            try await advance(&context, startedAt, &journal)
        } catch {
            // What the issuer's plug-in journalled before it failed.
            context.openIntent = try await outside.ledger.renewalContext(claim.work.id)?.openIntent
            let failure = try StageFailure(
                classifying: error, step: context.openIntent == nil ? "prepare" : "issue",
                journalled: journal?.hasRecorded ?? false)
            try await fail(context, failure, startedAt, journal?.notes ?? [])
        }
    }

    private func advance(
        _ context: inout RenewalContext, _ startedAt: Instant, _ journal: inout LeaseJournal?
    ) async throws {
        while true {
            let now = claimed.now
            let unheld = try await unheldPublication(context, now)
            let run = RenewalPlanning.run(context.certificate, context.state, unheldPublication: unheld, now: now)
            let record = try await record(context, run, now)
            switch RenewalMachine.next(record, now: now) {
            case .rest(let until): return try await rest(context, until, unheld, now)
            case .yield: return try await claimed.release(until: now + Runner.yielding, deadline: run?.deadline)
            case .abandonIntent: try await abandon(&context)
            case .openIntent:
                guard let run else { return try await claimed.release(until: nil) }
                guard !isStopping() else { throw WorkStopped.cancelled }
                guard try await canBringLaterEnd(&context, run) else { return }
                try await openIntent(&context, run)
            case .begin, .resume:
                guard let intent = context.openIntent else { return try await claimed.release(until: nil) }
                guard !isStopping() else { throw WorkStopped.cancelled }
                let writer = journalWriter(intent, context.certificate.name)
                journal = writer
                let issuance = try await ask(intent, context, writer)
                switch issuance {
                case .issued(let chains, _):
                    return try await adopt(chains, intent, context, startedAt, writer.notes)
                case .pending(let handle, let phase, let notBefore):
                    guard try await wait(handle, phase, Instant(notBefore), &context) else { return }
                }
            }
        }
    }

    /// What the machine decides on.
    private func record(_ context: RenewalContext, _ run: PlannedRun?, _ now: Instant) async throws -> RenewalRecord {
        let (certificate, state) = (context.certificate, context.state)
        let byHand = RenewalPlanning.isAskedByHand(certificate, state)
        return RenewalRecord(
            isRetired: certificate.isRetired, isPaused: !byHand && certificate.pause?.holds(at: now) == true,
            needsAttention: !byHand && state.trouble?.needsAttention == true, run: run,
            retryAt: byHand ? nil : state.trouble?.retryAt,
            intent: context.openIntent.map { intent in
                RenewalRecord.Intent(
                    phase: intent.phase, matchesRequest: isWanted(intent, context), pendingUntil: intent.pendingUntil)
            },
            publicationGoesFirst: try await publicationGoesFirst(context, run, now))
    }

    /// Whether the intent was opened with the key of a version that was revoked since.
    func hasRevokedKey(_ intent: IntentRecord, _ context: RenewalContext) -> Bool {
        guard let revokedAt = context.state.revokedAt else { return false }
        return context.certificate.key.reuse && intent.openedAt < revokedAt
    }

    /// Whether what an open intent asks for is still what the certificate should be, at the issuer whose turn it is.
    private func isWanted(_ intent: IntentRecord, _ context: RenewalContext) -> Bool {
        guard !hasRevokedKey(intent, context) else { return false }
        let issuer = IssuerChoice(context.certificate, context.state).profile(at: claimed.now)
        return intent.requestDigest == Digests.request(of: context.certificate, from: issuer)
    }

    /// Publications go before renewals that are due in the same period.
    private func publicationGoesFirst(_ context: RenewalContext, _ run: PlannedRun?, _ now: Instant) async throws
        -> Bool
    {
        let rules = context.certificate.flow.rules
        guard rules.publicationEnabled, context.openIntent == nil, let run, run.at <= now, run.cause != .byHand else {
            return false
        }
        let end = min(rules.windowOfPublication.closes(after: now), now + .hours(4), run.deadline ?? .distantFuture)
        for placement in context.placements
        where (placement.held?.number ?? 0) < context.state.current && placement.trouble == nil {
            let work = WorkKey(.publication, placement.id)
            // A target that hangs keeps nobody's renewal for long.
            if now < min(end, run.at + Self.courtesy), try await outside.ledger.lease(work) != nil { return true }
            if let due = try await outside.ledger.due(work), due.at < end, due.at <= now { return true }
        }
        return false
    }

    /// When the current version is first published, where no target has held it yet.
    private func unheldPublication(_ context: RenewalContext, _ now: Instant) async throws -> Instant? {
        guard context.state.current > 0, context.state.heldNumber < context.state.current,
            // What begins later waits for its day, and is not what is renewed meanwhile.
            context.current?.life == context.state.life,
            context.certificate.flow.rules.publicationEnabled
        else { return nil }
        var first: Instant?
        for placement in context.placements {
            guard let publication = try await outside.ledger.publicationContext(placement.id) else { continue }
            let planned = PublicationPlanning(outside).plannedRun(publication, now: now)
            first = [first, planned?.at].compactMap { $0 }.min()
        }
        return first
    }

    private func rest(
        _ context: RenewalContext, _ until: Instant?, _ unheld: Instant?, _ now: Instant
    ) async throws {
        var context = context
        if try await takeAdvice(&context) { return try await claimed.release(until: now, deadline: claim.deadline) }
        let planned = RenewalPlanning.due(context.certificate, context.state, unheldPublication: unheld, now: now)
        var next = [until ?? planned?.at, context.state.adviceDue].compactMap { $0 }.min()
        var writes: [Change.Write] = []
        if let life = context.state.life, let reason = standstill(context, now) {
            let deadlines = Deadlines(outside, .renewal(context.certificate.id))
            writes = try await deadlines.writes(
                "The renewal of \(context.certificate.name) \(reason)", certificate: context.certificate.name, life, now
            )
            next = [next, deadlines.next(life, now)].compactMap { $0 }.min()
        }
        try await claimed.release(until: next, deadline: planned?.deadline, writes: writes)
    }

    /// Why nothing is done about the end of the current version; nil where something is.
    private func standstill(_ context: RenewalContext, _ now: Instant) -> String? {
        guard !context.certificate.isRetired else { return nil }
        if let trouble = context.state.trouble, trouble.needsAttention { return "needs attention: \(trouble.message)" }
        if let pause = context.certificate.pause, pause.holds(at: now) {
            return "is paused by \(pause.by)\(pause.reason.isEmpty ? "" : ": \(pause.reason)")"
        }
        if !context.certificate.flow.rules.renewalEnabled { return "is switched off" }
        return nil
    }

    /// Trouble says nothing any more where the profile, a secret or the flow that it rested on has changed.
    private func forgetWhatChanged(_ context: inout RenewalContext) async throws {
        guard let trouble = context.state.trouble else { return }
        let basis = try await Basis(outside).of(context)
        guard trouble.basis != basis else { return }
        if context.state.barred == nil, Basis.differOnlyInFallback(trouble.basis, basis) {
            // How long the first has failed still counts.
            context.state.trouble?.basis = basis
            context.state.trouble?.retryAt = trouble.turns?.isFallbacks(at: claimed.now) == true ? nil : trouble.retryAt
        } else {
            context.state.trouble = nil
            context.state.barred = nil
        }
        try await claimed.commit(Change([.putRenewal(context.state)]))
    }

    /// A version that was stored long before it begins is the one to renew from that day on.
    private func takeUpBegun(_ context: inout RenewalContext) async throws {
        guard let newest = context.current, newest.number == context.state.current,
            newest.life != context.state.life, newest.life.notBefore <= claimed.now
        else { return }
        context.state.life = newest.life
        context.state.storedAt = newest.storedAt
        context.state.issuedHere = newest.source == .issued
        context.state.advice = nil
        try await claimed.commit(Change([.putRenewal(context.state)]))
    }

    // MARK: Steps

    private func abandon(_ context: inout RenewalContext) async throws {
        guard var intent = context.openIntent else { return }
        if let handle = intent.handle, let issuer = try? await issuer(intent.issuer) {
            let request = try? await request(intent, context)
            if let request {
                try? await outside.clock.bounded("The issuer \(intent.issuer)", outside.settings.callLimit) {
                    try await issuer.cancel(request, from: handle)
                }
            }
        }
        intent.standing = .abandoned
        intent.sealedKey = Data()
        var state = context.state
        state.generation = intent.generation + 1
        let issuer = IssuerChoice(context.certificate, state).profile(at: claimed.now)
        let why =
            issuer == intent.issuer ? "the certificate changed" : "\(issuer) is asked in place of \(intent.issuer)"
        let event = claimed.event(
            "intent.abandoned", context.certificate.name, detail: ["intent": intent.id, "why": why])
        try await claimed.commit(Change([.putIntent(intent), .putRenewal(state)], events: [event]))
        context.state = state
        context.openIntent = nil
    }

    private func openIntent(_ context: inout RenewalContext, _ run: PlannedRun) async throws {
        let (certificate, state) = (context.certificate, context.state)
        let key = try await key(for: context)
        let choice = IssuerChoice(certificate, state)
        let issuer = choice.profile(at: claimed.now)
        var intent = IntentRecord(
            certificate: certificate.id, predecessor: state.current, generation: state.generation,
            requestDigest: Digests.request(of: certificate, from: issuer), sealedKey: Data(), issuer: issuer,
            subjects: certificate.subjects, openedAt: claimed.now, cause: run.cause,
            renewalsAsked: certificate.renewalsAsked, reissuesAsked: certificate.reissuesAsked)
        intent.sealedKey = try outside.vault.seal(key, Vault.Place.key(ofIntent: intent))
        let event = claimed.event(
            "intent.opened", certificate.name, reason: certificate.renewalsAsked > state.renewalsDone ? "by hand" : "",
            detail: [
                "intent": intent.id, "cause": Wording.short(run.cause), "move": run.move.rawValue,
                "issuer": issuer, "fallback": choice.isFallback(at: claimed.now) ? "yes" : "",
            ])
        try await claimed.commit(Change([.openIntent(intent)], events: [event]))
        context.openIntent = intent
        tell(
            .started, certificate.name,
            "renewal begun: \(Wording.reason(run, in: context.certificate.flow.rules.window.zone))")
    }

    /// The key of the next version: a new one, or the present one where the policy keeps it.
    private func key(for context: RenewalContext) async throws -> Secret {
        let (certificate, state) = (context.certificate, context.state)
        if certificate.key.reuse, state.revokedAt == nil, state.current > 0,
            context.current?.keyType == certificate.key.type,
            let sealed = try await outside.ledger.material(of: certificate.id, number: state.current)?.sealedKey
        {
            return try outside.vault.open(sealed, Vault.Place.key(of: certificate.id, version: state.current))
        }
        return try await outside.tools.makeKey(certificate.key.type)
    }

    private func ask(
        _ intent: IntentRecord, _ context: RenewalContext, _ journal: LeaseJournal
    ) async throws -> Issuance {
        let issuer = try await issuer(intent.issuer)
        let request = try await request(intent, context)
        return try await outside.clock.bounded("The issuer \(intent.issuer)", outside.settings.callLimit) {
            guard let handle = intent.handle else { return try await issuer.begin(request, journal) }
            return try await issuer.resume(request, from: handle, journal)
        }
    }

    private func request(_ intent: IntentRecord, _ context: RenewalContext) async throws -> IssuanceRequest {
        let key = try outside.vault.open(intent.sealedKey, Vault.Place.key(ofIntent: intent))
        let predecessor = try await predecessor(context, for: intent.issuer)
        return IssuanceRequest(
            id: intent.id, subjects: intent.subjects.map(\.description),
            signingRequest: try await outside.tools.signingRequest(intent.subjects, key), replaces: predecessor)
    }

    /// The current version as that issuer may know it. What names it at its own issuer (RFC 9773, 4.1) is told to that
    /// one only: another would refuse an order that says it replaces it.
    func predecessor(_ context: RenewalContext, for issuer: String) async throws -> IssuanceRequest.Predecessor? {
        guard let version = context.current else { return nil }
        var predecessor = IssuanceRequest.Predecessor(facts: version.facts(certificate: context.certificate.name))
        guard version.source == .issued, version.issuer == issuer, advises(issuer) else { return predecessor }
        let material = try await outside.ledger.material(of: version.certificate, number: version.number)
        predecessor.authorityKeyIdentifier =
            material.flatMap { outside.tools.describe($0.chain) }?
            .authorityKeyIdentifier
        return predecessor
    }

    /// What limits and breakers count this work by: the issuer that is asked.
    func group(_ context: RenewalContext) -> Int64 { WorkGroup.issuer(issuerAsked(context)) }

    /// The profile that is asked now: the open intent's, once that issuer was told to issue.
    func issuerAsked(_ context: RenewalContext) -> String {
        if let intent = context.openIntent, intent.phase == .finalizing { return intent.issuer }
        return IssuerChoice(context.certificate, context.state).profile(at: claimed.now)
    }

    private func issuer(_ name: String) async throws -> any Issuer {
        try await Issuers(outside).issuer(profile: name)
    }

    /// A plug-in that prepares or orders anew says that what it had told its issuer to issue came to nothing.
    private static func phase(
        _ step: Step, after before: RenewalRecord.Intent.Phase
    ) -> RenewalRecord.Intent.Phase {
        switch step {
        case .finalizing: .finalizing
        case .prepared, .ordered: .ordered
        default: max(before, .ordered)
        }
    }

    /// Each entry of the issuer: its handle, durable under the fence.
    private func journalWriter(_ intent: IntentRecord, _ name: String) -> LeaseJournal {
        let box = Held(intent)
        return LeaseJournal(
            write: { [claimed] step, handle in
                let changed = box.update { intent in
                    intent.step = step
                    intent.handle = handle
                    intent.phase = Self.phase(step, after: intent.phase)
                    intent.pendingUntil = nil
                }
                let event = claimed.event(
                    "intent.\(step.rawValue)", name, detail: ["intent": changed.id])
                try await claimed.commit(Change([.putIntent(changed)], events: [event]))
            },
            tell: { [self] text in tell(.note, name, text) })
    }

    /// Waits a little for the issuer, or puts the work back until it may be asked again.
    /// - Returns: whether to go on at once.
    private func wait(
        _ handle: Handle, _ phase: Step, _ notBefore: Instant, _ context: inout RenewalContext
    ) async throws -> Bool {
        guard var intent = context.openIntent else { return false }
        intent.handle = handle
        intent.step = phase
        intent.phase = phase == .finalizing ? .finalizing : max(intent.phase, .ordered)
        intent.pendingUntil = notBefore
        let event = claimed.event(
            "intent.pending", context.certificate.name,
            detail: ["intent": intent.id, "until": notBefore.rfc3339, "phase": phase.rawValue])
        let pause = notBefore - claimed.now
        guard pause <= outside.settings.patience else {
            try await claimed.release(until: notBefore, writes: [.putIntent(intent)], events: [event])
            return false
        }
        try await claimed.commit(Change([.putIntent(intent)], events: [event]))
        context.openIntent = intent
        if pause > .zero { try await outside.clock.sleep(pause.duration) }
        return true
    }

    func tell(_ kind: ProgressNote.Kind, _ certificate: String, _ text: String) {
        outside.report(ProgressNote(at: claimed.now, kind: kind, certificate: certificate, text: text))
    }
}
