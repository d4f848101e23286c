/// When a renewal is due and when it runs (DESIGN.md, section 3). Pure: the schedule, the forecast and `explain` all
/// ask here.
public struct RenewalPlanner: Sendable {
    public let rules: FlowRules

    public init(_ rules: FlowRules) { self.rules = rules }

    /// The run that replaces the current version; nil where renewal is switched off or its window never opens. Who says
    /// that a version was revoked wants another, whatever the schedule is allowed to do by itself.
    public func plan(_ situation: RenewalSituation, now: Instant) -> PlannedRun? {
        if let run = immediate(situation, now: now) { return run }
        guard rules.renewalEnabled else { return nil }
        if let run = successor(situation, now: now) { return run }
        let (anchor, cause) = due(situation)
        let deadline = deadline(situation)
        // What is planned must not move while time passes: first the plan as it was when the version was stored, and
        // only where that moment is over, the plan from now on.
        let begin = max(situation.storedAt, situation.reissueAskedAt ?? .distantPast)
        let floor = situation.retryAt ?? begin
        if let run = missed(situation, anchor, cause, deadline, begin, from: max(now, floor)) { return run }
        guard let planned = place(situation, anchor, cause, deadline, floor: floor) else { return nil }
        if planned.at >= now { return planned }
        guard var overdue = place(situation, anchor, cause, deadline, floor: max(now, floor)) else { return nil }
        if overdue.earliest <= now {
            overdue.at = overdue.earliest
            overdue.latest = overdue.earliest
            if overdue.move != .outside, planned.at < now { overdue.move = .overdue }
        }
        return overdue
    }

    /// What was moved earlier for the sake of the last publication period and did not come off then, for nobody ran or
    /// the try failed: the room was left for this, so it goes on while a publication can still follow.
    private func missed(
        _ situation: RenewalSituation, _ anchor: Instant, _ cause: Cause, _ deadline: Instant?, _ begin: Instant,
        from lower: Instant
    ) -> PlannedRun? {
        guard let deadline, lower < anchor else { return nil }
        var first = situation
        first.retryAt = nil
        guard let planned = place(first, anchor, cause, deadline, floor: begin), planned.move == .earlier,
            planned.at < lower, let open = rules.window.firstOpen(atOrAfter: lower), open < anchor
        else { return nil }
        let isPublished = rules.publicationEnabled && rules.publishOn != .afterPreviousExpiry
        let follows = isPublished ? rules.windowOfPublication.firstOpen(atOrAfter: open) : open
        guard let follows, follows < deadline else { return nil }
        return PlannedRun(due: anchor, at: open, cause: cause, move: .overdue, deadline: deadline)
    }

    /// By when a newer version must exist; nil where the rule means to be late.
    public func deadline(_ situation: RenewalSituation) -> Instant? {
        let asked = situation.isAdvisedEarly && situation.earlyAllowed ? situation.advice?.learnt : nil
        let urgent = [situation.revokedAt, asked].compactMap { $0.map { $0 + .hours(24) } }.min()
        if case .afterExpiration = rules.renewIn { return urgent }
        return [urgent, situation.life.deadline].compactMap { $0 }.min()
    }

    /// When the rule asks for a renewal, before any window, and why.
    public func due(_ situation: RenewalSituation) -> (Instant, Cause) {
        let life = situation.life
        if let asked = situation.reissueAskedAt { return (asked, .changedSubjects) }
        if situation.isAdvisedEarly, situation.earlyAllowed, let advice = situation.advice {
            return (advice.learnt, .advisedEarly)
        }
        let (anchor, cause) = anchor(situation)
        guard situation.issuedHere else { return (anchor, cause) }
        let guarded = situation.storedAt + max(life.chainNotAfter - situation.storedAt, .zero) / 10
        return (max(anchor, guarded), cause)
    }

    /// The rule's own moment; where the chain ends before it, a tenth of what can be served before the deadline.
    private func anchor(_ situation: RenewalSituation) -> (Instant, Cause) {
        let (anchor, cause) = ruled(situation)
        let deadline = situation.life.deadline
        if case .daysAfter = cause { return (anchor, cause) }
        return (anchor < deadline ? anchor : deadline - situation.life.served / 10, cause)
    }

    private func ruled(_ situation: RenewalSituation) -> (Instant, Cause) {
        let life = situation.life
        switch rules.renewIn {
        case .automatic: return automatic(situation, .automatic)
        case .beforeExpiration(let days):
            guard Span.days(Int64(days)) <= life.length / 2 else {
                return automatic(situation, .daysBeforeClamped(days))
            }
            return (life.notAfter - .days(Int64(days)), .daysBefore(days))
        case .onExpiration: return (life.onExpirationAnchor(in: rules.window.zone), .onExpiration)
        case .afterExpiration(let days): return (life.notAfter + .days(Int64(days)), .daysAfter(days))
        }
    }

    private func automatic(_ situation: RenewalSituation, _ cause: Cause) -> (Instant, Cause) {
        guard let advice = situation.advice, advice.isUsable, !situation.isAdvisedEarly else {
            return (situation.life.automaticAnchor, cause)
        }
        return (advice.start + situation.spread.offset(in: advice.end - advice.start - .seconds(1)), .advised)
    }

    /// Whether a revoked version is replaced by itself. What came from elsewhere has no issuer here until somebody
    /// switches its renewal on.
    func replacesRevoked(_ situation: RenewalSituation) -> Bool {
        situation.revokedAt != nil && (rules.renewalEnabled || situation.issuedHere)
    }

    /// What needs no window: the renewal of a revoked version.
    private func immediate(_ situation: RenewalSituation, now: Instant) -> PlannedRun? {
        guard let revokedAt = situation.revokedAt, replacesRevoked(situation) else { return nil }
        let at = max(now, situation.retryAt ?? revokedAt)
        return PlannedRun(due: revokedAt, at: at, cause: .revoked, move: .none, deadline: deadline(situation))
    }

    /// A version that lies unheld past its own deadline is not renewed by its rule, not even by one that means to be
    /// late: an expired version is no use to its publication.
    private func successor(_ situation: RenewalSituation, now: Instant) -> PlannedRun? {
        guard let publication = situation.unheldPublication, publication > situation.life.deadline else { return nil }
        let due = publication - min(.days(1), situation.life.length / 2)
        return PlannedRun(
            due: due, at: max(due, situation.retryAt ?? due, now), cause: .successorForPublication, move: .none,
            deadline: publication)
    }

    private func place(
        _ situation: RenewalSituation, _ anchor: Instant, _ cause: Cause, _ deadline: Instant?, floor: Instant
    ) -> PlannedRun? {
        let life = situation.life
        let lower = max(anchor, floor)
        guard let open = rules.window.firstOpen(atOrAfter: lower) else { return nil }
        guard let deadline else {
            let run = PlannedRun(due: anchor, at: open, cause: cause, move: move(lower, open), deadline: nil)
            return spread(situation, run)
        }
        let latestStart = latestStart(life, before: deadline)
        func run(_ at: Instant, _ move: Move) -> PlannedRun {
            spread(
                situation, PlannedRun(due: anchor, at: at, cause: cause, move: move, deadline: deadline),
                latestStart: latestStart)
        }
        if let latestStart, open <= latestStart { return run(open, move(lower, open)) }
        guard rules.earlier else { return run(open, move(lower, open)) }
        if let latestStart, let period = rules.window.lastOpenPeriod(before: latestStart + .seconds(1)) {
            let last = min(period.upperBound - .seconds(1), latestStart)
            let lowest = max(floor, life.notBefore + life.served / 3)
            let start = max(period.lowerBound, last - life.length / 10, lowest)
            if start <= last { return run(start, start < anchor ? .earlier : move(anchor, start)) }
        }
        if open < deadline { return run(open, move(lower, open)) }
        return run(lower, .outside)
    }

    private func move(_ wanted: Instant, _ open: Instant) -> Move { open > wanted ? .later : .none }

    /// The last instant at which a renewal may start so that, room later, an open publication period with room is left
    /// before the deadline; nil where there is none since the version began.
    func latestStart(_ life: Life, before deadline: Instant) -> Instant? {
        let room = life.room
        guard rules.publicationEnabled, rules.publishOn != .afterPreviousExpiry else { return deadline - room }
        let window = rules.windowOfPublication
        var limit = deadline
        while limit > life.notBefore, let block = window.lastOpenBlock(before: limit) {
            if block.upperBound - block.lowerBound >= room { return block.upperBound - room - room }
            limit = block.lowerBound
        }
        return nil
    }

    /// When the last open period for a publication before the deadline ends, however short it is; nil where there is none,
    /// or no publication keeps that deadline.
    private func lastPublication(before deadline: Instant) -> Instant? {
        guard rules.publicationEnabled, rules.publishOn != .afterPreviousExpiry else { return nil }
        return rules.windowOfPublication.lastOpenBlock(before: deadline)?.upperBound
    }

    /// Moves the start by the stable share of the least of L/50, 4 h, half the rest of the open block and a tenth of
    /// the time to the deadline.
    private func spread(
        _ situation: RenewalSituation, _ run: PlannedRun, latestStart: Instant? = nil
    ) -> PlannedRun {
        guard situation.retryAt == nil else { return run }
        switch run.cause {
        case .advised, .advisedEarly, .changedSubjects: return run
        default: break
        }
        var span = min(situation.life.length / 50, .hours(4))
        if run.move != .outside {
            let closes = rules.window.closes(after: run.at)
            span = min(span, (closes - run.at) / 2)
        }
        if let deadline = run.deadline { span = min(span, (deadline - run.at) / 10) }
        if let latestStart, run.at <= latestStart {
            span = min(span, latestStart - run.at)
        } else if let deadline = run.deadline, let closes = lastPublication(before: deadline), closes > run.at {
            // Less than the room is left of the last period: what there is of it is not spread away.
            span = min(span, closes - situation.life.room - run.at)
        }
        span = max(span, .zero)
        var spread = run
        spread.at = run.at + situation.spread.offset(in: span)
        spread.latest = run.at + span
        return spread
    }
}
