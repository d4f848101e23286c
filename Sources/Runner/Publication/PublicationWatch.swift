import Automation
import Foundation
import PluginKit
import Storage

/// Looks whether a target still serves what was published there; what it finds decides the next step.
struct PublicationWatch {
    /// How long a look waits for good answers.
    private static let patience = Span.seconds(5)

    private let driver: PublicationDriver
    private let claimed: Claimed

    init(_ driver: PublicationDriver, _ claimed: Claimed) {
        self.driver = driver
        self.claimed = claimed
    }

    private var outside: RunnerDependencies { driver.outside }

    /// - Parameter latest: when the placement is looked at again in any case.
    func look(_ context: PublicationContext, _ prepared: PreparedDelivery, atLatest latest: Instant? = nil) async throws
    {
        let startedAt = claimed.now
        // A person who asks may just have mended it; the daily look comes again anyway.
        var patience = Self.patience
        if case .prove? = context.pendingDeed { patience = .hours(24) }
        let finding = try await TargetProof(outside).proveAgain(prepared, within: patience) { driver.isStopping }
        var placement = context.placement
        let before = placement.proof?.outcome
        placement.proof = finding.record
        var serves: Int?
        if case .prove? = context.pendingDeed { serves = context.wish.asked }
        placement.wishesDone = serves ?? placement.wishesDone
        var writes: [Change.Write] = []
        var next: Instant?
        let judgement = Drift.judge(
            try await shown(finding, context), ours: prepared.version.life, isHeld: context.isHeldByHand)
        switch judgement {
        case .unknown: break
        case .none:
            // Ours is back, whoever brought it.
            if finding.isGood, placement.held?.number == nil {
                placement.held = PlacementRecord.Held(
                    prepared.version, delivery: prepared.delivery.id, since: claimed.now)
            }
        case .repair:
            placement.held = try await held(finding, context)
            next = claimed.now
        case .foreignOutlives:
            let found = try await held(finding, context)
            if found?.fingerprint != placement.held?.fingerprint || placement.trouble?.isAboutForeign != true {
                placement.held = found
                writes += try await needAttention(&placement, context, finding)
            }
        }
        writes += renewalAnew(context, placement)
        writes += try await settled(&placement, context, prepared, finding, judgement)
        writes.append(.putPlacement(placement))
        var attempt = attempt(context, prepared, finding, startedAt)
        attempt.serves = serves
        writes.append(.addAttempt(attempt))
        let event = claimed.event(
            finding.isGood ? "proof.serving" : "proof.\(finding.record.outcome.rawValue)", context.certificate.name,
            subject: placement.name, detail: ["version": String(prepared.version.number)])
        // A service that stays down is looked at often: it is told of once.
        let isNews =
            before != finding.record.outcome || serves != nil
            || finding.record.outcome == .different && placement.held != context.placement.held
        var after = context
        after.placement = placement
        let planning = PublicationPlanning(outside)
        let planned = (planning.plannedRun(after, now: claimed.now) ?? planning.retry(after, now: claimed.now))?.at
        try await claimed.release(
            until: [next, latest, after.nextWatch(outside), planned].compactMap { $0 }.min(),
            deadline: placement.held?.life.deadline,
            writes: writes,
            events: isNews ? [event] : [])
        report(finding, prepared, placement.name)
    }

    /// When a version that was never held is renewed follows from what its targets hold.
    private func renewalAnew(_ context: PublicationContext, _ placement: PlacementRecord) -> [Change.Write] {
        guard placement.held != context.placement.held, context.state.heldNumber < context.state.current else {
            return []
        }
        let certificate = context.certificate
        return [
            .hasten(
                DueRecord(
                    WorkKey(.renewal, certificate.id), at: claimed.now, group: WorkGroup.issuer(certificate.issuer)))
        ]
    }

    /// Ends the trouble that is over, whoever mended it: ours is served, or what is there no longer outlives ours.
    private func settled(
        _ placement: inout PlacementRecord, _ context: PublicationContext, _ prepared: PreparedDelivery,
        _ finding: TargetProof.Finding, _ judgement: Drift.Judgement
    ) async throws -> [Change.Write] {
        guard let trouble = placement.trouble else { return [] }
        let wasKeptFromServing =
            trouble.version == prepared.version.number && ["prove", "reload"].contains(trouble.step)
        let isOver =
            trouble.isAboutForeign
            ? judgement == .repair || finding.isGood : finding.isGood && wasKeptFromServing
        guard isOver else { return [] }
        placement.trouble = nil
        return try await Alarms(outside).recovery(
            trouble, subject: "Publication of \(context.certificate.name) to \(placement.name)",
            certificate: context.certificate.name, now: claimed.now)
    }

    /// A target that was only read back may serve something else still.
    private func report(_ finding: TargetProof.Finding, _ prepared: PreparedDelivery, _ target: String) {
        var isSeen = false
        if case .tls = prepared.profile.proof { isSeen = true }
        let (good, verb): (ProgressNote.Kind, String) = isSeen ? (.proved, "serves") : (.published, "holds")
        outside.report(
            ProgressNote(
                at: claimed.now, kind: finding.isGood ? good : .failed,
                certificate: prepared.delivery.version.certificate, target: target,
                text: finding.isGood
                    ? "\(verb) version \(prepared.version.number)" : finding.record.lines.joined(separator: " ")))
    }

    private func shown(
        _ finding: TargetProof.Finding, _ context: PublicationContext
    ) async throws -> Drift.Shown {
        switch finding.record.outcome {
        case .serving: return .expected
        case .unreachable: return .unreachable
        case .different:
            guard let shown = finding.shown else { return .nothing }
            return try await context.number(of: shown, outside.ledger) == nil
                ? .foreign(shown.life) : .ours(shown.life)
        }
    }

    private func held(
        _ finding: TargetProof.Finding, _ context: PublicationContext
    ) async throws -> PlacementRecord.Held? {
        guard let shown = finding.shown else { return nil }
        return try await context.held(shown, outside.ledger, since: claimed.now)
    }

    private func needAttention(
        _ placement: inout PlacementRecord, _ context: PublicationContext, _ finding: TargetProof.Finding
    ) async throws -> [Change.Write] {
        let failure = PluginFailure(
            .conflict, code: Trouble.foreignSeen,
            message:
                "\(placement.name) shows a certificate that is none of \(context.certificate.name) and lives longer: "
                + finding.record.lines.joined(separator: " "),
            remedy: "If ours shall be there, publish it with "
                + "`certflow publish \(context.certificate.name) --take-over`; else take the target out of the flow.")
        placement.trouble = Troubles.next(
            after: placement.trouble, StageFailure(failure, step: "prove"), stage: .publishing,
            atStake: placement.held?.life, now: claimed.now, entropy: outside.entropy)
        placement.trouble?.needsAttention = true
        placement.trouble?.basis = try await Basis(outside).of(context)
        return try await Alarms(outside).writes(
            &placement.trouble, subject: "\(context.certificate.name) on \(placement.name)",
            certificate: context.certificate.name, atStake: placement.held?.life, now: claimed.now)
    }

    private func attempt(
        _ context: PublicationContext, _ prepared: PreparedDelivery, _ finding: TargetProof.Finding,
        _ startedAt: Instant
    ) -> AttemptRecord {
        AttemptRecord(
            work: claimed.claim.work, certificate: context.certificate.id, target: context.placement.name,
            version: prepared.version.number, startedAt: startedAt, endedAt: claimed.now,
            outcome: finding.isGood ? .succeeded : .failed, kind: finding.isGood ? nil : .transient,
            code: finding.isGood ? nil : "proof.\(finding.record.outcome.rawValue)",
            message: finding.isGood ? nil : finding.record.lines.joined(separator: " "), step: "prove")
    }
}

/// Removes from a target what old publications left there.
struct PublicationSweep {
    private let driver: PublicationDriver

    init(_ driver: PublicationDriver) { self.driver = driver }

    /// Keeps what recent publications need for a rollback. A sweep that fails harms nobody: the next one finds it again.
    func sweep(_ context: PublicationContext, _ prepared: PreparedDelivery) async {
        guard prepared.backend.manifest.capabilities.contains(.sweep) else { return }
        let keep = (prepared.delivery.options.integer("keep") ?? 5) + 1
        let handles = context.publications.filter { $0.state.isHeld }.prefix(keep).compactMap {
            $0.receipt?.handle ?? $0.handle
        }
        do {
            let publisher = try await driver.commands.publisher(prepared)
            let delivery = driver.outside.timed(prepared.bare)
            try await driver.outside.clock.bounded("Sweeping", driver.outside.settings.callLimit) {
                try await publisher.sweep(delivery, keeping: handles)
            }
        } catch {
            driver.outside.report(
                ProgressNote(
                    at: driver.outside.clock.now(), kind: .note, certificate: context.certificate.name,
                    target: context.placement.name, text: "old versions could not be removed: \(error)"))
        }
    }
}
