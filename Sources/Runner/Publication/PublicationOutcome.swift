import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// Commits what came of one publication.
struct PublicationOutcome {
    /// How long old versions stay on a target untouched: readers may still have them open.
    private static let sweepAfter = Span.minutes(10)

    private let driver: PublicationDriver
    private let member: PublicationMember

    init(_ driver: PublicationDriver, _ member: PublicationMember) {
        self.driver = driver
        self.member = member
    }

    private var outside: RunnerDependencies { driver.outside }

    func finish() async throws {
        guard !member.isThrough else { return }
        guard !member.isSuspended else { return try await suspend() }
        if member.machine.state.isHeld { try await succeed() } else { try await fail() }
    }

    /// Leaves what is not proved yet to the next start.
    private func suspend() async throws {
        var publication = member.record.current
        publication.state = member.machine.state
        try await member.claimed.release(
            until: member.claimed.now, deadline: member.claimed.claim.deadline, writes: [.putPublication(publication)])
    }

    // MARK: It is there

    private func succeed() async throws {
        let (now, claimed, context) = (member.claimed.now, member.claimed, member.context)
        let version = member.prepared.version
        var placement = context.placement
        placement.sequence = member.publication.sequence
        placement.held = held(at: now)
        placement.proof = member.finding?.record
        placement.trouble = nil
        placement.wishesDone = member.serves ?? placement.wishesDone
        placement.sweepDue = now + Self.sweepAfter
        var publication = member.record.current
        publication.state = member.machine.state
        publication.endedAt = now
        var writes: [Change.Write] = [
            .putPublication(publication), .putPlacement(placement),
            .noteHeld(certificate: context.certificate.id, number: version.number),
            .addAttempt(attempt(.succeeded, failure: nil)),
        ]
        writes += rolloutWakeUps(at: now)
        writes += try await renewalAnew(at: now)
        writes += try await Alarms(outside).recovery(
            context.placement.trouble, subject: subject, certificate: member.name, now: now)
        let event = claimed.event(
            "publication.\(publication.state.rawValue)", member.name, subject: member.place,
            detail: [
                "version": String(version.number), "fingerprint": version.fingerprint.description,
                "effect": publication.receipt?.effect.rawValue ?? "",
            ])
        var after = context
        after.placement = placement
        writes += after.requestLeft(at: now)
        try await claimed.release(
            until: after.nextWatch(outside), deadline: placement.held?.life.deadline, writes: writes, events: [event])
        driver.breakers.succeeded(claimed.claim.group)
        let isProved = publication.state == .serving
        report(
            isProved ? .proved : .published,
            isProved ? "version \(version.number) is served" : "version \(version.number) published, not checked")
        try await ForeseenQuestion(outside).tell(after)
    }

    private func held(at now: Instant) -> PlacementRecord.Held {
        PlacementRecord.Held(member.prepared.version, delivery: member.publication.delivery, since: now)
    }

    private func rolloutWakeUps(at now: Instant) -> [Change.Write] {
        RolloutGate.wakeUps(
            member.context, member.prepared.profile, holding: member.prepared.version.number,
            byHand: member.serves != nil, at: now)
    }

    /// A version that is held for the first time is renewed by its rule from now on.
    private func renewalAnew(at now: Instant) async throws -> [Change.Write] {
        let number = member.prepared.version.number
        guard member.context.state.current == number, member.context.state.heldNumber < number else { return [] }
        // As it is now: it may have been revoked while this ran.
        guard let fresh = try await outside.ledger.renewalContext(member.context.certificate.id) else { return [] }
        var state = fresh.state
        guard state.current == number, state.revokedAt == nil, fresh.current?.revokedAt == nil else { return [] }
        state.heldNumber = number
        return RenewalPlanning.due(fresh.certificate, state, unheldPublication: nil, now: now)
            .map { [.schedule($0)] } ?? []
    }

    // MARK: It is not

    private func fail() async throws {
        let failure =
            member.failure ?? earlier
            ?? StageFailure(
                PluginFailure(
                    .bug, code: "publication.no-reason", message: "The publication ended without a reason.",
                    remedy: "It is tried again; please report it."), step: "publish")
        let state = member.machine.state
        var publication = member.record.current
        publication.state = state
        publication.failedStep = member.machine.failedStep
        publication.endedAt = state.isFinal ? member.claimed.now : nil
        // With `onFailure: keep`, and where nothing may be put back, the new version stays where it is.
        let stays =
            state == .failed && member.machine.failedStep != .publish
            || state == .needsAttention && !member.machine.isPutBack
        let recording = PublicationFailure(driver, member.claimed, member.context)
        try await recording.record(
            failure, version: member.prepared.version.number, publication: publication,
            held: stays ? held(at: member.claimed.now) : member.before, proof: member.finding?.record,
            needsAttention: state == .needsAttention, isCounted: member.resumesRollback,
            attempt: attempt(.failed, failure: failure),
            wakeUps: member.serves != nil || member.prepared.profile.rollout.stopOnFailure == false
                ? rolloutWakeUps(at: member.claimed.now) : [])
        report(
            state == .rolledBack ? .rolledBack : .failed,
            (state == .rolledBack ? "rolled back: " : "") + failure.failure.message)
    }

    /// Why it was to be put back, where an earlier start found that.
    private var earlier: StageFailure? {
        guard let trouble = member.context.trouble(about: member.prepared.version.number), let step = trouble.step
        else {
            return nil
        }
        return StageFailure(
            PluginFailure(trouble.kind, code: trouble.code, message: trouble.message, remedy: trouble.remedy),
            step: step, output: trouble.output)
    }

    private var subject: String { "Publication of \(member.name) to \(member.place)" }

    private func attempt(_ outcome: AttemptRecord.Outcome, failure: StageFailure?) -> AttemptRecord {
        AttemptRecord(
            work: member.claimed.claim.work, certificate: member.context.certificate.id, target: member.place,
            version: member.prepared.version.number, serves: member.serves, startedAt: member.startedAt,
            endedAt: member.claimed.now, outcome: outcome, kind: failure?.failure.kind, code: failure?.failure.code,
            message: failure?.failure.message, remedy: failure?.failure.remedy,
            step: failure?.step ?? Self.deed(outcome, member.record.current.cause),
            output: failure?.output, notes: member.journal.notes)
    }

    /// A version put back by hand is told from one that is published.
    private static func deed(_ outcome: AttemptRecord.Outcome, _ cause: Cause) -> String? {
        outcome == .succeeded && cause == .rolledBack ? PublicationMachine.Step.rollback.rawValue : nil
    }

    private func report(_ kind: ProgressNote.Kind, _ text: String) {
        outside.report(
            ProgressNote(at: member.claimed.now, kind: kind, certificate: member.name, target: member.place, text: text)
        )
    }
}

/// Commits a failed publication: trouble, the next try, the alarm, the event.
struct PublicationFailure {
    /// So often may users feel a failed reload or proof of one version.
    private static let feltLimit = 3
    /// So long after its publication began a rollback that is not through is tried again each minute.
    private static let quickRollback = Span.hours(1)

    private let driver: PublicationDriver
    private let claimed: Claimed
    private let context: PublicationContext

    init(_ driver: PublicationDriver, _ claimed: Claimed, _ context: PublicationContext) {
        self.driver = driver
        self.claimed = claimed
        self.context = context
    }

    /// Before anything was begun at the target.
    func record(_ failure: StageFailure, version: Int?) async throws {
        let attempt = AttemptRecord(
            work: claimed.claim.work, certificate: context.certificate.id, target: context.placement.name,
            version: version, serves: context.request(dueAt: claimed.now), startedAt: claimed.now,
            endedAt: claimed.now, outcome: .failed, kind: failure.failure.kind, code: failure.failure.code,
            message: failure.failure.message,
            remedy: failure.failure.remedy, step: failure.step, output: failure.output)
        let profile = driver.outside.profiles.current.publishing[context.placement.profile]
        let byHand = attempt.serves != nil
        // Told once: who waits for this target learns nothing new from a second failure.
        let isNews = context.placement.trouble == nil || context.placement.trouble?.version != version
        let wakeUps =
            byHand || isNews
            ? RolloutGate.wakeUps(context, profile, holding: version, byHand: byHand, at: claimed.now) : []
        try await record(
            failure, version: version, publication: nil, held: context.placement.held, proof: context.placement.proof,
            needsAttention: false, attempt: attempt,
            wakeUps: byHand || profile?.rollout.stopOnFailure == false ? wakeUps : [])
        driver.outside.report(
            ProgressNote(
                at: claimed.now, kind: .failed, certificate: context.certificate.name, target: context.placement.name,
                text: failure.failure.message))
    }

    func record(
        _ failure: StageFailure, version: Int?, publication: PublicationRecord?, held: PlacementRecord.Held?,
        proof: ProofRecord?, needsAttention: Bool, isCounted: Bool = false, attempt: AttemptRecord,
        wakeUps: [Change.Write] = []
    ) async throws {
        let (outside, now) = (driver.outside, claimed.now)
        driver.breakers.failed(claimed.claim.group, failure.failure, at: now)
        var placement = context.placement
        if let publication { placement.sequence = publication.sequence }
        let atStake = held?.life
        placement.held = held
        placement.proof = proof ?? placement.proof
        placement.wishesDone = attempt.serves ?? placement.wishesDone
        let before = placement.trouble?.version == version ? placement.trouble : nil
        // An earlier try failed and was counted; this one only put back what that had left.
        let counted = before.flatMap { isCounted && $0.lastAt >= publication?.startedAt ?? now ? $0 : nil }
        let paced = Troubles.next(
            after: before, failure, stage: .publishing, atStake: atStake, now: now, entropy: outside.entropy)
        let isHalfDone = publication?.state == .rollingBack
        var trouble = counted ?? paced
        if isHalfDone { (trouble.failures, trouble.lastAt) = (paced.failures, paced.lastAt) }
        trouble.told = placement.trouble?.told ?? .none
        trouble.version = version
        trouble.basis = try await Basis(outside).of(context)
        if counted == nil, failure.step == "reload" || failure.step == "prove" { feel(&trouble, before, now) }
        if needsAttention { trouble.needsAttention = true }
        if trouble.needsAttention { trouble.retryAt = nil }
        placement.trouble = trouble
        var writes = [.addAttempt(attempt)] + wakeUps
        writes += try await Alarms(outside).writes(
            &placement.trouble, subject: "Publication of \(context.certificate.name) to \(placement.name)",
            certificate: context.certificate.name, atStake: atStake, now: now)
        writes.append(.putPlacement(placement))
        if let publication { writes.append(.putPublication(publication)) }
        let event = claimed.event(
            "publication.\(publication?.state.rawValue ?? "failed")", context.certificate.name,
            subject: placement.name,
            detail: [
                "code": failure.failure.code, "class": failure.failure.kind.rawValue, "step": failure.step,
                "version": version.map(String.init) ?? "", "failures": String(trouble.failures),
            ])
        var after = context
        after.placement = placement
        // A rollback that is not through never waits for a window; one that fails on and on waits as everything does.
        // What is half put back is not left so for long, nor longer than a life of minutes allows.
        let isQuick = publication.map { isHalfDone && now < $0.startedAt + Self.quickRollback } ?? false
        let next = [isQuick ? now + .minutes(1) : nil, isHalfDone ? paced.retryAt : trouble.retryAt]
            .compactMap { $0 }.min()
        writes += after.requestLeft(at: now)
        // A look that is overdue could not be taken this time either.
        let watch = after.nextWatch(outside).map { $0 > now ? $0 : now + min(.hours(1), outside.settings.proofEvery) }
        try await claimed.release(
            until: [next, watch].compactMap { $0 }.min(), deadline: placement.held?.life.deadline,
            writes: writes, events: [event])
    }

    /// A failed reload or proof was felt by users: once per open period, three times, then a person has to look.
    private func feel(_ trouble: inout Trouble, _ before: Trouble?, _ now: Instant) {
        trouble.felt = (before?.felt ?? 0) + 1
        guard trouble.felt < Self.feltLimit else {
            trouble.needsAttention = true
            return
        }
        let window = context.certificate.flow.rules.windowOfPublication
        let period = window.nextPeriod(after: now) ?? trouble.retryAt
        trouble.retryAt = [period, trouble.retryAt].compactMap { $0 }.max()
        // A life of hours has no time for periods.
        if let life = context.placement.held?.life, let retryAt = trouble.retryAt, retryAt >= life.deadline {
            let remaining = max(life.deadline - now, .zero)
            trouble.retryAt = now + max(remaining / 3, min(.minutes(5), life.length / 20))
        }
    }
}
