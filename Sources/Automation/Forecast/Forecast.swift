/// What will happen: the same planners that schedule, run forward. It assumes that each run succeeds at once.
public struct Forecast: Sendable {
    public private(set) var runs: [ForecastRun] = []
    /// Why it ends before its time: no rule, a paused flow, an issuer that ends.
    public private(set) var ending: Ending?

    public enum Ending: Sendable, Hashable {
        case paused
        case renewalOff
        case windowNeverOpens
        /// The issuer, or its chain, ends first: a renewal could not bring a later end.
        case issuerEnds(Instant)
        case tooMany
    }

    /// - Parameters:
    ///   - from: where it starts; what is overdue runs then.
    ///   - until: where it ends.
    ///   - limit: at most so many runs: lives of minutes would fill years.
    public init(_ input: ForecastInput, from: Instant, until: Instant, limit: Int = 1000) {
        var walk = Walk(input)
        if input.isPaused {
            ending = .paused
            return
        }
        var now = from
        while runs.count < limit {
            guard let next = walk.next(now: now) else {
                ending = walk.ending
                return
            }
            guard next.run.at <= until else { return }
            now = max(now, next.run.at)
            runs.append(next)
            walk.perform(next, at: now)
        }
        ending = .tooMany
    }
}

/// The state of one certificate and its targets as the forecast moves on.
private struct Walk {
    let input: ForecastInput
    var current: RenewalSituation?
    var number: Int
    var targets: [ForecastInput.Target]
    var ending: Forecast.Ending?

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
            first = ForecastRun(stage: .publication, target: target.name, version: waiting.number, run: run)
        }
        if let run = renewal(now: now), run.at < first?.run.at ?? .distantFuture {
            first = ForecastRun(stage: .renewal, target: nil, version: number + 1, run: run)
        }
        return first
    }

    private func plan(
        _ target: ForecastInput.Target, _ waiting: ForecastInput.Waiting, now: Instant
    ) -> PlannedRun? {
        guard input.rules.publicationEnabled else { return nil }
        let situation = PublicationSituation(
            held: target.held, notBefore: waiting.life.notBefore, wantedSince: waiting.wantedSince,
            inheritedDue: waiting.inheritedDue, followsLateRenewal: waiting.followsLateRenewal,
            notSooner: waiting.notSooner, answer: waiting.answer, atOnce: waiting.atOnce)
        return PublicationPlanner(input.rules).plan(situation, now: now)
    }

    private mutating func renewal(now: Instant) -> PlannedRun? {
        guard input.rules.renewalEnabled else {
            ending = .renewalOff
            return nil
        }
        guard var situation = current else {
            return PlannedRun(due: now, at: now, cause: .firstVersion, move: .none, deadline: nil)
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
        guard !targets.contains(where: { $0.heldNumber == number }) else { return nil }
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
        let end = min(now + input.life(issuedAt: now), input.issuerEnd ?? .distantFuture)
        let life = Life(notBefore: now, notAfter: end)
        current = RenewalSituation(life: life, storedAt: now, spread: input.spread(number))
        var late = false
        if case .daysAfter = run.cause { late = true }
        for index in targets.indices {
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
