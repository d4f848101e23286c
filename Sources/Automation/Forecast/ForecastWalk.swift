/// The state of one certificate and its targets as a forecast moves on.
struct ForecastWalk {
    private var input: ForecastInput
    private var current: RenewalSituation?
    private var number: Int
    private var targets: [ForecastInput.Target]
    /// Why the last call of `next` found no renewal.
    private(set) var ending: Forecast.Ending?

    init(_ input: ForecastInput) {
        self.input = input
        current = input.current
        number = input.currentNumber
        targets = input.targets
    }

    /// The run that comes first; a publication before a renewal of the same moment.
    mutating func next(now: Instant) -> ForecastRun? {
        var first: ForecastRun?
        for target in targets {
            guard let waiting = target.waiting, let run = plan(target, waiting, now: now) else { continue }
            if let known = first, known.run.at <= run.at { continue }
            first = ForecastRun(
                stage: .publication, target: target.name, version: waiting.number, run: run,
                replaces: target.held?.life)
        }
        if let run = renewal(now: now), run.at < first?.run.at ?? .distantFuture {
            first = ForecastRun(
                stage: .renewal, target: nil, version: number + 1, run: run, replaces: current?.life)
        }
        return first
    }

    private func plan(
        _ target: ForecastInput.Target, _ waiting: ForecastInput.Waiting, now: Instant
    ) -> PlannedRun? {
        if waiting.isAskedByHand {
            let at = max(now, waiting.notSooner ?? now)
            return PlannedRun(due: at, at: at, cause: .byHand, move: .none, deadline: nil)
        }
        guard input.rules.publicationEnabled, !waiting.needsAttention else { return nil }
        let situation = PublicationSituation(
            held: target.held, notBefore: waiting.life.notBefore, wantedSince: waiting.wantedSince,
            inheritedDue: waiting.inheritedDue, followsLateRenewal: waiting.followsLateRenewal,
            notSooner: waiting.notSooner, answer: waiting.answer, atOnce: waiting.atOnce)
        return PublicationPlanner(input.rules).plan(situation, now: now)
    }

    private mutating func renewal(now: Instant) -> PlannedRun? {
        if input.hindrance == .retired {
            ending = .hindered(.retired)
            return nil
        }
        if input.isRenewalAsked {
            return PlannedRun(due: now, at: now, cause: .byHand, move: .none, deadline: nil)
        }
        if let situation = current, RenewalPlanner(input.rules).replacesRevoked(situation) {
            return RenewalPlanner(input.rules).plan(situation, now: now)
        }
        guard input.rules.renewalEnabled else {
            ending = .renewalOff
            return nil
        }
        if let hindrance = input.hindrance {
            ending = .hindered(hindrance)
            return nil
        }
        guard var situation = current else {
            return PlannedRun(
                due: min(now, input.firstSince ?? now), at: max(now, input.firstRetryAt ?? now), cause: .firstVersion,
                move: .none, deadline: nil)
        }
        if let end = input.issuerEnd, end <= situation.life.chainNotAfter {
            ending = .issuerEnds(end)
            return nil
        }
        situation.unheldPublication = unheldPublication(now: now)
        let run = RenewalPlanner(input.rules).plan(situation, now: now)
        if run == nil { ending = .windowNeverOpens }
        return run
    }

    /// When the current version is first published, where no target has held it.
    private func unheldPublication(now: Instant) -> Instant? {
        guard input.everHeld < number, !targets.contains(where: { $0.heldNumber == number }) else { return nil }
        return targets.compactMap { target in
            target.waiting.flatMap { $0.number == number ? plan(target, $0, now: now)?.at : nil }
        }.min()
    }

    mutating func perform(_ next: ForecastRun, at now: Instant) {
        switch next.stage {
        case .renewal: renew(next.run, at: now)
        case .publication:
            for index in targets.indices where targets[index].name == next.target {
                guard let waiting = targets[index].waiting else { continue }
                targets[index].held = .init(life: waiting.life)
                targets[index].heldNumber = waiting.number
                targets[index].waiting = nil
            }
        }
    }

    private mutating func renew(_ run: PlannedRun, at now: Instant) {
        number += 1
        input.isRenewalAsked = false
        input.hindrance = nil
        let end = min(now + input.life(issuedAt: now), input.issuerEnd ?? .distantFuture)
        let life = Life(notBefore: now, notAfter: end)
        current = RenewalSituation(life: life, storedAt: now, spread: input.spread(number))
        var late = false
        if case .daysAfter = run.cause { late = true }
        for index in targets.indices where targets[index].takesNew {
            let target = targets[index]
            var waiting = ForecastInput.Waiting(
                number: number, life: life, wantedSince: now, followsLateRenewal: late,
                // A reissue is published as After renew.
                atOnce: run.cause == .changedSubjects ? .afterRenew : nil)
            if let replaced = target.waiting {
                waiting.inheritedDue = plan(target, replaced, now: now)?.due
                waiting.followsLateRenewal = late && replaced.followsLateRenewal
                waiting.answer = replaced.answer
                waiting.atOnce = waiting.atOnce ?? replaced.atOnce
            }
            targets[index].waiting = waiting
        }
    }
}
