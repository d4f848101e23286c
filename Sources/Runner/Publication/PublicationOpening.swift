import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// Looks at one placement when its time has come, and either lets go of it again or begins its publication.
struct PublicationOpening {
    let driver: PublicationDriver
    let claimed: Claimed
    private let mayLook: Bool

    /// What came of it.
    enum Opened {
        /// This has to be published now.
        case publish(PublicationMember)
        /// The target has to be looked at, which was put off.
        case look
        /// There is nothing to do now: the claim is released already.
        case released
    }

    private struct LookPutOff: Error {}

    /// - Parameter mayLook: whether the target may be looked at now, which takes a while.
    init(_ driver: PublicationDriver, _ claimed: Claimed, mayLook: Bool) {
        self.driver = driver
        self.claimed = claimed
        self.mayLook = mayLook
    }

    var outside: RunnerDependencies { driver.outside }

    func open() async throws -> Opened {
        guard var context = try await outside.ledger.publicationContext(claimed.claim.work.id) else {
            try await claimed.release(until: nil)
            return .released
        }
        do {
            return try await open(&context).map { .publish($0) } ?? .released
        } catch is LookPutOff {
            return .look
        } catch {
            let failure = try StageFailure(classifying: error, step: "prepare", journalled: false)
            try await PublicationFailure(driver, claimed, context).record(failure, version: nil)
            return .released
        }
    }

    private func open(_ context: inout PublicationContext) async throws -> PublicationMember? {
        let now = claimed.now
        let planning = PublicationPlanning(outside)
        if claimed.claim.starts > 3 { return try await giveUpCrashing(context) }
        if case .clean? = context.pendingDeed { return try await clean(context) }
        guard planning.isManaged(context) else { return try await leaveUnmanaged(context) }
        if let trouble = context.placement.trouble, trouble.basis != (try await Basis(outside).of(context)) {
            context.placement.trouble = nil  // what it rested on has changed
        }
        let isAsked = context.request(dueAt: now) != nil
        if !isAsked, let until = driver.breakers.closedOff(claimed.claim, group: claimed.claim.group, at: now) {
            return try await put(off: context, until: until, looks: false)
        }
        if let interrupted = context.interrupted, let member = try await goOn(with: interrupted, context) {
            return member
        }
        switch context.pendingDeed {
        case .rollback(let number)?: return try await rollBack(context, to: number)
        case .prove?: return try await prove(context)
        case .publish?, .clean?, nil: break
        }
        // A trouble with the target itself waits its time before anything is read or rendered anew.
        if !isAsked, let trouble = context.placement.trouble, trouble.version == nil, let retryAt = trouble.retryAt,
            retryAt > now
        {
            return try await put(off: context, until: retryAt)
        }
        let wanted = planning.wanted(context, now: now)
        guard case .version(let number) = wanted, let version = context.version(number) else {
            if isAsked { return try await decline(context, RequestRefusal.nothingWanted(context, wanted)) }
            return try await put(off: context, until: nil, stuck: Self.standstill(wanted, context))
        }
        return try await reconcile(&context, version, planning)
    }

    /// Something is wanted here: is it there already, and if not, is it time?
    private func reconcile(
        _ context: inout PublicationContext, _ version: VersionRecord, _ planning: PublicationPlanning
    ) async throws -> PublicationMember? {
        let prepared = try await DeliveryMaker(outside).prepare(context, version: version.number)
        if context.isUnknown { try await learn(&context, prepared) }
        let now = claimed.now  // a slow target may have answered after the window's end
        let held = context.placement.held
        // What is not ours stood in the way only while it lived longer than ours.
        if context.placement.trouble?.isAboutForeign == true, let held, held.number == nil,
            held.life.notAfter <= version.life.notAfter
        {
            context.placement.trouble = nil
        }
        let isInPlace = held?.number == version.number && held?.delivery == prepared.delivery.id
        if isInPlace, context.lastEnding(of: version.number)?.isHeld == true, !context.isPublishAsked {
            return try await put(off: context, until: nil)
        }
        guard let run = planning.plannedRun(context, version, atOnce: context.causeAtOnce(version), now: now) else {
            return try await put(off: context, until: nil)
        }
        if let trouble = context.trouble(about: version.number), trouble.needsAttention, !context.isPublishAsked {
            return try await put(off: context, until: nil, stuck: "needs attention: \(trouble.message)")
        }
        if let pause = context.certificate.pause, pause.holds(at: now), !context.isPublishAsked {
            let words = "is paused by \(pause.by)\(pause.reason.isEmpty ? "" : ": \(pause.reason)")"
            return try await put(off: context, until: pause.until, stuck: words)
        }
        guard run.at <= now else {
            if run.move == .asks { try await ask(&context, version, run) }
            let isLate = run.move == .asks || run.move == .waits
            return try await put(
                off: context, until: run.at, deadline: run.deadline, stuck: isLate ? "waits until \(run.at)" : nil)
        }
        let waiting = "waits for the targets before it"
        func net(_ longest: Span) -> Instant { now + min(longest, max(.minutes(1), version.life.length / 50)) }
        let gate = RolloutGate(outside.ledger, planning)
        switch try await gate.admission(context, version, prepared.profile, deadline: run.deadline, now: now) {
        case .admitted: break
        // The ones before it wake it when they are through, and so does every change; this is only the net below.
        case .waits:
            return try await put(off: context, until: net(.hours(1)), deadline: run.deadline, stuck: waiting)
        case .stopped:
            if context.isPublishAsked { return try await decline(context, RequestRefusal.rolloutStopped(context)) }
            return try await put(off: context, until: net(.days(1)), deadline: run.deadline, stuck: waiting)
        }
        guard !driver.isStopping else { throw WorkStopped.cancelled }
        if let failure = RequestRefusal.foreign(context, version) { throw failure }
        return try await begin(context, prepared, run.cause, isLastResort: run.move == .outside)
    }

    // MARK: Beginning

    /// Writes the record of the publication before anything is done at the target.
    private func begin(
        _ context: PublicationContext, _ prepared: PreparedDelivery, _ cause: Cause, isLastResort: Bool
    ) async throws -> PublicationMember? {
        var context = context
        let member = self.member(context, prepared, resuming: nil, cause: cause, isLastResort: isLastResort)
        context.placement.sequence = member.publication.sequence
        var writes: [Change.Write] = [.putPublication(member.publication), .putPlacement(context.placement)]
        if !prepared.places.isEmpty {
            writes.append(
                .ownPlaces(
                    placement: context.placement.id, places: prepared.places, takingOver: context.takesOver))
        }
        if var earlier = context.interrupted {
            earlier.state = .superseded
            earlier.endedAt = claimed.now
            writes.append(.putPublication(earlier))
        }
        let event = claimed.event(
            isLastResort ? "publication.begun-outside-window" : "publication.begun", context.certificate.name,
            subject: context.placement.name,
            detail: ["version": String(prepared.version.number), "cause": Wording.short(cause)])
        do {
            try await claimed.commit(Change(writes, events: [event]))
        } catch let failure as PluginFailure where failure.kind == .conflict {
            throw RequestRefusal.placeOwned(failure.message, context)
        }
        var begun = member
        begun.context = context
        outside.report(
            ProgressNote(
                at: claimed.now, kind: .started, certificate: context.certificate.name,
                target: context.placement.name,
                text: "publishing version \(prepared.version.number): \(Wording.short(cause))"))
        return begun
    }

    private func member(
        _ context: PublicationContext, _ prepared: PreparedDelivery, resuming: PublicationRecord?, cause: Cause,
        isLastResort: Bool
    ) -> PublicationMember {
        let (report, name, place) = (outside.report, context.certificate.name, context.placement.name)
        let now = outside.clock.now
        return PublicationMember(
            claimed, context, prepared, resuming: resuming, cause: cause, isLastResort: isLastResort,
            tell: { report(ProgressNote(at: now(), kind: .note, certificate: name, target: place, text: $0)) })
    }

    /// What a crash interrupted: what is switched is finished; what is only staged gives way to something newer.
    private func goOn(
        with interrupted: PublicationRecord, _ context: PublicationContext
    ) async throws -> PublicationMember? {
        let wanted = PublicationPlanning(outside).wanted(context, now: claimed.now)
        if interrupted.state == .rollingBack, gives(way: interrupted, to: wanted, context) { return nil }
        let isPastSwitch = interrupted.state.isHeld || interrupted.state == .rollingBack
        guard isPastSwitch || wanted == .version(interrupted.version) else { return nil }
        let prepared = try await DeliveryMaker(outside).prepare(context, version: interrupted.version)
        guard isPastSwitch || prepared.delivery.id == interrupted.delivery else { return nil }
        return member(
            context, prepared, resuming: interrupted, cause: interrupted.cause,
            isLastResort: interrupted.isLastResort)
    }

    /// What can't be put back does not stand in the way of something newer, or of what a person asks for.
    private func gives(
        way interrupted: PublicationRecord, to wanted: Wanted, _ context: PublicationContext
    ) -> Bool {
        guard context.placement.trouble?.step == PublicationMachine.Step.rollback.rawValue else { return false }
        if context.request(dueAt: claimed.now) != nil { return true }
        guard case .version(let number) = wanted else { return false }
        return number > interrupted.version
    }

    /// By hand, to an older version; never to one that is expired or revoked.
    private func rollBack(_ context: PublicationContext, to number: Int?) async throws -> PublicationMember? {
        guard let usable = context.rollbackVersion(to: number, at: claimed.now) else {
            return try await decline(context, RequestRefusal.nothingToRollBackTo(context, number))
        }
        let prepared = try await DeliveryMaker(outside).prepare(context, version: usable)
        return try await begin(context, prepared, .rolledBack, isLastResort: false)
    }

    // MARK: Nothing to publish now

    /// Lets go until `next`; what is served is watched meanwhile, whatever is planned.
    /// - Parameters:
    ///   - looks: whether the target may be reached now.
    ///   - stuck: why nothing replaces what the target holds, where that may last past its end.
    private func put(
        off context: PublicationContext, until next: Instant?, deadline: Instant? = nil, looks: Bool = true,
        stuck: String? = nil
    ) async throws -> PublicationMember? {
        let context = looks ? await swept(context) : context
        var writes: [Change.Write] = []
        var level: Instant?
        if let stuck, let life = context.placement.held?.life {
            let deadlines = Deadlines(outside, claimed.claim.work)
            writes = try await deadlines.writes(
                "The publication of \(context.certificate.name) to \(context.placement.name) \(stuck)",
                certificate: context.certificate.name, life, claimed.now)
            level = deadlines.next(life, claimed.now)
        }
        if looks, context.watchIsDue(outside, at: claimed.now) {
            if !writes.isEmpty { try await claimed.commit(Change(writes)) }
            return try await lookOnly(context, atLatest: [next, level].compactMap { $0 }.min())
        }
        let watch = context.nextWatch(outside).map { looks ? $0 : max($0, next ?? $0) }
        writes.append(.putPlacement(context.placement))
        try await claimed.release(
            until: [next, watch, level].compactMap { $0 }.min(),
            deadline: deadline ?? PublicationPlanning(outside).deadline(context), writes: writes)
        return nil
    }

    /// Why nothing newer comes to a target, in words; nil where nobody need care.
    private static func standstill(_ wanted: Wanted, _ context: PublicationContext) -> String? {
        switch wanted {
        case .nothing(.held): "is held back by \(context.wish.hold?.by ?? "hand")"
        case .nothing(.publicationOff): "is switched off"
        case .nothing(.revoked): "waits for a version that is not revoked"
        case .version, .nothing: nil
        }
    }

    private func leaveUnmanaged(_ context: PublicationContext) async throws -> PublicationMember? {
        if context.pendingDeed != nil { return try await decline(context, RequestRefusal.unmanaged(context)) }
        let event = claimed.event(
            "placement.unmanaged", context.certificate.name, subject: context.placement.name,
            reason: "the flow or the profile no longer names it")
        try await claimed.release(
            until: nil, writes: [.ownPlaces(placement: context.placement.id, places: [], takingOver: false)],
            events: [event])
        return nil
    }

    private func giveUpCrashing(_ context: PublicationContext) async throws -> PublicationMember? {
        var placement = context.placement
        placement.trouble = Troubles.crashing(
            placement.trouble, "The publication of \(context.certificate.name) to \(placement.name)", now: claimed.now,
            retry: "certflow publish \(context.certificate.name)")
        placement.trouble?.basis = try await Basis(outside).of(context)
        placement.wishesDone = context.wish.asked
        let attempt = AttemptRecord(
            work: claimed.claim.work, certificate: context.certificate.id, target: placement.name,
            serves: context.request(dueAt: claimed.now), startedAt: claimed.now, endedAt: claimed.now,
            outcome: .failed, kind: .bug, code: placement.trouble?.code, message: placement.trouble?.message,
            remedy: placement.trouble?.remedy)
        var writes = try await Alarms(outside).writes(
            &placement.trouble, subject: "Publication of \(context.certificate.name) to \(placement.name)",
            certificate: context.certificate.name, atStake: placement.held?.life, now: claimed.now)
        writes += [.putPlacement(placement), .addAttempt(attempt)]
        let event = claimed.event(
            "publication.needs-attention", context.certificate.name, subject: placement.name,
            reason: "three starts without an end")
        try await claimed.release(until: nil, writes: writes, events: [event])
        return nil
    }

    // MARK: What is there

    /// What a target that we never published to holds already.
    private func learn(_ context: inout PublicationContext, _ prepared: PreparedDelivery) async throws {
        guard case .certificates(let chain) = try await TargetProof(outside).inspect(prepared),
            let found = outside.tools.describe(chain)
        else { return }
        context.placement.held = try await context.held(found, outside.ledger, since: claimed.now)
    }

    /// - Parameter latest: when there is something else to do here.
    func lookOnly(
        _ context: PublicationContext, atLatest latest: Instant? = nil
    ) async throws -> PublicationMember? {
        guard let number = context.watched else { return try await put(off: context, until: nil) }
        guard mayLook else { throw LookPutOff() }
        let prepared = try await DeliveryMaker(outside).prepare(context, version: number)
        try await PublicationWatch(driver, claimed).look(await swept(context), prepared, atLatest: latest)
        return nil
    }

    /// Sweeps what old publications left on the target, where it is time. What can't be swept now waits for the next
    /// publication.
    private func swept(_ context: PublicationContext) async -> PublicationContext {
        guard let sweepDue = context.placement.sweepDue, sweepDue <= claimed.now else { return context }
        var context = context
        context.placement.sweepDue = nil
        if let number = context.placement.held?.number,
            let prepared = try? await DeliveryMaker(outside).prepare(context, version: number)
        {
            await PublicationSweep(driver).sweep(context, prepared)
        }
        return context
    }

    // MARK: Questions

    /// Tells people, once per version, that no open period is left before the deadline.
    private func ask(
        _ context: inout PublicationContext, _ version: VersionRecord, _ run: PlannedRun
    ) async throws {
        guard context.placement.askedFor < version.number else { return }
        context.placement.askedFor = version.number
        let name = context.certificate.name
        let writes = try await Alarms(outside).notice(
            title: "\(name) on \(context.placement.name): no open period is left before expiry",
            body: "Version \(version.number) waits until \(run.at), but what the target holds must be replaced by "
                + "\(run.deadline?.rfc3339 ?? "its end").\nPublish it all the same with "
                + "`certflow publish \(name) --answer publish`, which issues a fresh version first where less than half "
                + "of its life is left, or let it wait with `--answer wait`.",
            certificate: name, level: .half, now: claimed.now)
        let event = claimed.event("publication.asked", name, subject: context.placement.name)
        try await claimed.commit(Change(writes + [.putPlacement(context.placement)], events: [event]))
    }
}
