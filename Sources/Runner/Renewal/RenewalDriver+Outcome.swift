import Automation
import Foundation
import PluginKit
import Storage

extension RenewalDriver {
    /// Stores what the issuer returned, once it passed every check: version, intent closed, publications asked for,
    /// event, in one commit.
    func adopt(
        _ chains: [[Data]], _ intent: IntentRecord, _ context: RenewalContext, _ startedAt: Instant, _ notes: [String]
    ) async throws {
        let (certificate, outside) = (context.certificate, claimed.outside)
        let now = claimed.now
        let key = try outside.vault.open(intent.sealedKey, Vault.Place.key(ofIntent: intent))
        let issued = try outside.tools.verify(chains, key, intent.subjects, now)
        if let barred = endsNoLater(issued.life, intent, context) {
            return try await bar(context, intent, barred, startedAt)
        }
        var version = VersionRecord(
            certificate: certificate.id, number: context.state.current + 1, predecessor: context.state.current,
            subjects: intent.subjects, fingerprint: issued.fingerprint, serial: issued.serial,
            issuerName: issued.issuerName, life: issued.life, storedAt: now, source: .issued, keyType: issued.keyType,
            issuer: intent.issuer)
        if case .daysAfter = intent.cause { version.followsLateRule = true }
        let material = VersionMaterial(
            chain: issued.chain,
            sealedKey: try outside.vault.seal(key, Vault.Place.key(of: certificate.id, version: version.number)))
        // What was asked for while this ran is served by it as well: nobody wants the same renewal twice.
        let known = try await outside.ledger.certificate(certificate.id) ?? certificate
        var state = renewed(context.state, version, intent, asked: known.renewalsAsked)
        // Its key is the revoked one's: it was past calling back, and is replaced in its turn.
        if hasRevokedKey(intent, context) { state.revokedAt = context.state.revokedAt }
        var closed = intent
        closed.standing = .stored
        closed.sealedKey = Data()
        var writes: [Change.Write] = [
            .addVersion(version, material), .putIntent(closed), .putRenewal(state),
            .addAttempt(
                attempt(
                    context, startedAt, .succeeded, serves: request(in: known, context.state), version: version.number,
                    notes: notes)),
        ]
        for placement in context.placements {
            writes.append(.hasten(PublicationPlanning.dueNow(placement, at: now)))
        }
        let isFallback = intent.issuer == certificate.fallback?.issuer
        writes += try await recovery(context, isFallback ? intent.issuer : nil)
        let event = claimed.event(
            "version.stored", certificate.name,
            detail: [
                "version": String(version.number), "fingerprint": version.fingerprint.description,
                "serial": version.serial, "notAfter": version.life.notAfter.rfc3339, "issuer": version.issuer,
                "cause": Wording.short(intent.cause), "fallback": isFallback ? "yes" : "",
            ])
        let next = RenewalPlanning.due(known, state, unheldPublication: nil, now: now)
        try await claimed.commit(
            Change(
                writes, events: [event],
                release: Change.Release(claimed.claim.work, next: next)))
        breakers.succeeded(WorkGroup.issuer(intent.issuer))
        tell(
            .stored, certificate.name,
            "version \(version.number) issued by \(intent.issuer), ends \(version.life.notAfter)")
    }

    private func renewed(
        _ before: RenewalState, _ version: VersionRecord, _ intent: IntentRecord, asked: Int
    ) -> RenewalState {
        var state = before
        if intent.cause == .advisedEarly {
            state.earlyFollowedAt = version.storedAt
            state.earlyFollowedVersion = before.current
        }
        state.current = version.number
        state.life = version.life
        state.storedAt = version.storedAt
        state.issuedHere = true
        state.revokedAt = nil
        state.advice = nil
        state.adviceExplanation = nil
        state.adviceDue = advises(version.issuer) ? version.storedAt : nil
        state.generation = 0
        state.renewalsDone = asked
        state.reissuesDone = intent.reissuesAsked
        state.barred = nil
        state.trouble = nil
        return state
    }

    // MARK: A later end

    /// A renewal must bring a later end; in words why this one does not, nil where it does or need not.
    private func endsNoLater(_ life: Life, _ intent: IntentRecord, _ context: RenewalContext) -> String? {
        guard needsLaterEnd(intent.cause), let current = context.state.life else { return nil }
        guard life.chainNotAfter > current.chainNotAfter else {
            return "the issuer \(intent.issuer) returned a version that ends \(life.chainNotAfter), "
                + "no later than the present one"
        }
        return nil
    }

    private func needsLaterEnd(_ cause: Cause) -> Bool {
        switch cause {
        case .byHand, .revoked, .changedSubjects, .firstVersion, .advisedEarly: false
        default: true
        }
    }

    /// Whether the issuer can bring a later end at all; otherwise it is not asked.
    func canBringLaterEnd(_ context: inout RenewalContext, _ run: PlannedRun) async throws -> Bool {
        guard needsLaterEnd(run.cause), let current = context.state.life else { return true }
        let name = issuerAsked(context)
        let issuer = try await Issuers(claimed.outside).issuer(profile: name)
        let expires = try await claimed.outside.clock.bounded("The issuer \(name)", claimed.outside.settings.callLimit)
        {
            try await issuer.expires()
        }
        guard let end = expires.map(Instant.init), end <= current.chainNotAfter else { return true }
        try await bar(
            context, nil,
            "the issuer \(name) itself ends \(end), no later than the present version",
            claimed.now)
        return false
    }

    /// Tried once per version and issuer: the fallback takes its turn at once; where there is none that could, the schedule
    /// does not repeat it, and a person has to look.
    private func bar(
        _ context: RenewalContext, _ intent: IntentRecord?, _ reason: String, _ startedAt: Instant
    ) async throws {
        let failure = PluginFailure(
            .policy, code: "renewal.no-later-end", message: "A renewal would bring no later end: \(reason).",
            remedy: "Renew the issuer, or move the certificate to another with `certflow apply`; then "
                + "`certflow renew \(context.certificate.name)`.")
        let now = claimed.now
        let issuer = intent?.issuer ?? issuerAsked(context)
        let turns = IssuerChoice(context.certificate, context.state).turns(without: issuer, at: now)
        var state = context.state
        state.barred = turns == nil ? failure.message : nil
        state.renewalsDone = context.certificate.renewalsAsked
        state.trouble = Troubles.next(
            after: state.trouble, StageFailure(failure, step: "issue"), stage: .issuing, atStake: state.life,
            now: claimed.now, entropy: claimed.outside.entropy)
        state.trouble?.needsAttention = turns == nil
        state.trouble?.retryAt = turns == nil ? nil : now + .seconds(1)
        state.trouble?.turns = turns
        state.trouble?.basis = try await Basis(claimed.outside).of(context)
        var writes: [Change.Write] = [
            .addAttempt(
                attempt(
                    context, startedAt, .failed, serves: request(in: context.certificate, context.state),
                    failure: failure))
        ]
        if var intent {
            intent.standing = .abandoned
            intent.sealedKey = Data()
            state.generation = intent.generation + 1
            writes.append(.putIntent(intent))
        }
        writes += try await alarm(&state.trouble, context)
        writes.append(.putRenewal(state))
        var event = claimed.event("renewal.barred", context.certificate.name, reason: reason)
        if turns != nil {
            event = claimed.event(
                "renewal.failed", context.certificate.name,
                detail: [
                    "code": failure.code, "class": failure.kind.rawValue, "issuer": issuer,
                    "failures": String(state.trouble?.failures ?? 0), "next": state.trouble?.retryAt?.rfc3339 ?? "",
                ])
        }
        let next = turns == nil ? now + .minutes(1) : now + .seconds(1)
        try await claimed.release(until: next, deadline: claimed.claim.deadline, writes: writes, events: [event])
        tell(.failed, context.certificate.name, failure.message)
    }

    // MARK: Failure

    func fail(
        _ context: RenewalContext, _ failure: StageFailure, _ startedAt: Instant, _ notes: [String]
    ) async throws {
        let now = claimed.now
        let issuer = context.openIntent?.issuer ?? issuerAsked(context)
        breakers.failed(WorkGroup.issuer(issuer), failure.failure, at: now)
        var state = context.state
        // A try by hand is served whatever came of it; the schedule goes on with its own rules.
        state.renewalsDone = context.certificate.renewalsAsked
        state.trouble = Troubles.next(
            after: state.trouble, failure, stage: .issuing, atStake: state.life, now: now,
            entropy: claimed.outside.entropy)
        state.trouble?.basis = try await Basis(claimed.outside).of(context)
        if var next = state.trouble {
            IssuerChoice(context.certificate, context.state).decide(
                &next, failed: issuer, isCommitted: context.openIntent?.phase == .finalizing,
                deadline: RenewalPlanning.hardDeadline(context.certificate, state), at: now)
            state.trouble = next
        }
        var writes: [Change.Write] = [
            .addAttempt(
                attempt(
                    context, startedAt, .failed, serves: request(in: context.certificate, context.state),
                    failure: failure.failure, step: failure.step, notes: notes))
        ]
        writes += try await alarm(&state.trouble, context)
        writes.append(.putRenewal(state))
        let next = RenewalPlanning.due(context.certificate, state, unheldPublication: nil, now: now)
        let event = claimed.event(
            "renewal.failed", context.certificate.name,
            detail: [
                "code": failure.failure.code, "class": failure.failure.kind.rawValue, "issuer": issuer,
                "failures": String(state.trouble?.failures ?? 0), "next": next?.at.rfc3339 ?? "",
            ])
        try await claimed.commit(
            Change(writes, events: [event], release: Change.Release(claimed.claim.work, next: next)))
        tell(.failed, context.certificate.name, failure.failure.message)
    }

    /// Three starts without an end: something about this certificate ends the whole process.
    func giveUpCrashing(_ context: RenewalContext, _ startedAt: Instant) async throws {
        var state = context.state
        state.trouble = Troubles.crashing(
            state.trouble, "The renewal of \(context.certificate.name)", now: claimed.now,
            retry: "certflow renew \(context.certificate.name)")
        state.trouble?.basis = try await Basis(claimed.outside).of(context)
        state.renewalsDone = context.certificate.renewalsAsked
        var writes = try await alarm(&state.trouble, context)
        var attempt = attempt(
            context, startedAt, .failed, serves: request(in: context.certificate, context.state), failure: nil)
        attempt.code = state.trouble?.code
        attempt.message = state.trouble?.message
        attempt.remedy = state.trouble?.remedy
        writes += [.putRenewal(state), .addAttempt(attempt)]
        let event = claimed.event(
            "renewal.needs-attention", context.certificate.name, reason: "three starts without an end")
        try await claimed.release(until: claimed.now + .minutes(1), writes: writes, events: [event])
    }

    /// The number of the renewal that people asked for last, where it is not served yet.
    private func request(in certificate: CertificateRecord, _ state: RenewalState) -> Int? {
        RenewalPlanning.isAskedByHand(certificate, state) ? certificate.renewalsAsked : nil
    }

    private func attempt(
        _ context: RenewalContext, _ startedAt: Instant, _ outcome: AttemptRecord.Outcome, serves: Int?,
        version: Int? = nil, failure: PluginFailure? = nil, step: String? = nil, notes: [String] = []
    ) -> AttemptRecord {
        AttemptRecord(
            work: claimed.claim.work, certificate: context.certificate.id, version: version, serves: serves,
            startedAt: startedAt, endedAt: claimed.now, outcome: outcome, kind: failure?.kind, code: failure?.code,
            message: failure?.message, remedy: failure?.remedy, step: step, notes: notes)
    }

    /// The notice that this trouble deserves by now, and its place among the due.
    private func alarm(_ trouble: inout Trouble?, _ context: RenewalContext) async throws -> [Change.Write] {
        try await Alarms(claimed.outside).writes(
            &trouble, subject: "Renewal of \(context.certificate.name)", certificate: context.certificate.name,
            atStake: context.state.life,
            more: IssuerChoice(context.certificate, context.state).words(trouble, at: claimed.now), now: claimed.now)
    }

    /// The notice that the trouble is over, where people were told of it.
    /// - Parameter fallback: the profile, where it was the fallback that issued.
    private func recovery(_ context: RenewalContext, _ fallback: String?) async throws -> [Change.Write] {
        let more = fallback.map { name in
            "The fallback issuer \(name) issued this version; \(context.certificate.issuer) is asked for the next one."
        }
        return try await Alarms(claimed.outside).recovery(
            context.state.trouble, subject: "Renewal of \(context.certificate.name)",
            certificate: context.certificate.name, more: more, now: claimed.now)
    }
}
