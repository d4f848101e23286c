/// What is known about one target when the publication of a version to it is planned.
public struct PublicationSituation: Hashable, Sendable {
    /// What the target holds now: the previous certificate.
    public struct Held: Hashable, Sendable {
        public var life: Life
        public var revokedAt: Instant?
        /// It does not carry a name that the new version must have.
        public var lacksName: Bool
        /// When the CA asked early to replace it.
        public var advisedEarlyAt: Instant?

        public init(
            life: Life, revokedAt: Instant? = nil, lacksName: Bool = false, advisedEarlyAt: Instant? = nil
        ) {
            self.life = life
            self.revokedAt = revokedAt
            self.lacksName = lacksName
            self.advisedEarlyAt = advisedEarlyAt
        }
    }

    /// Nil where the target holds nothing that we know of.
    public var held: Held?
    /// notBefore of the version to publish.
    public var notBefore: Instant
    /// When the version was stored, or when it became wanted here (a new target, publication switched on).
    public var wantedSince: Instant
    /// The due time of a waiting version that this one replaces: no replacement makes a publication later.
    public var inheritedDue: Instant?
    /// It follows a renewal by the rule After expiration, which means to be late.
    public var followsLateRenewal: Bool
    /// A failed try, or `publish --at`: not before this.
    public var notSooner: Instant?
    /// The answer to "Ask me".
    public var answer: LastResort?
    /// Due when wanted, whatever the rule says, for this cause.
    public var atOnce: Cause?

    public init(
        held: Held?, notBefore: Instant, wantedSince: Instant, inheritedDue: Instant? = nil,
        followsLateRenewal: Bool = false, notSooner: Instant? = nil, answer: LastResort? = nil, atOnce: Cause? = nil
    ) {
        self.held = held
        self.notBefore = notBefore
        self.wantedSince = wantedSince
        self.inheritedDue = inheritedDue
        self.followsLateRenewal = followsLateRenewal
        self.notSooner = notSooner
        self.answer = answer
        self.atOnce = atOnce
    }
}

/// When a publication is due and when it runs (DESIGN.md, section 3).
public struct PublicationPlanner: Sendable {
    public let rules: FlowRules

    public init(_ rules: FlowRules) { self.rules = rules }

    /// Nil where the window never opens and nothing allows to act outside of it.
    public func plan(_ situation: PublicationSituation, now: Instant) -> PlannedRun? {
        let floor = max(situation.wantedSince, situation.notBefore, situation.notSooner ?? .distantPast)
        let (ruled, cause) = due(situation)
        let due = max(min(ruled, situation.inheritedDue ?? ruled), situation.notBefore)
        guard let planned = place(situation, due, cause, floor: floor) else { return nil }
        if planned.at >= now { return planned }
        guard var overdue = place(situation, due, cause, floor: max(now, floor)) else { return nil }
        if planned.at < now, overdue.at <= now, overdue.move != .outside { overdue.move = .overdue }
        return overdue
    }

    /// By when the target must hold something newer; nil where it holds nothing or the rule means to be late.
    public func deadline(_ situation: PublicationSituation) -> Instant? {
        guard let held = situation.held else { return nil }
        let urgent = [held.revokedAt, held.advisedEarlyAt].compactMap { $0.map { $0 + .hours(24) } }.min()
        if situation.followsLateRenewal || rules.publishOn == .afterPreviousExpiry { return urgent }
        return [urgent, held.life.deadline].compactMap { $0 }.min()
    }

    private func due(_ situation: PublicationSituation) -> (Instant, Cause) {
        let since = situation.wantedSince
        if let cause = situation.atOnce { return (since, cause) }
        guard let held = situation.held else { return (since, .targetNeedsOne(.nothing)) }
        if let revokedAt = held.revokedAt { return (max(since, revokedAt), .targetNeedsOne(.revoked)) }
        if held.lacksName { return (since, .targetNeedsOne(.lacksName)) }
        if let asked = held.advisedEarlyAt { return (max(since, asked), .targetNeedsOne(.advisedEarly)) }
        if held.life.chainNotAfter <= since { return (since, .targetNeedsOne(.expired)) }
        let (ruled, cause): (Instant, Cause) =
            switch rules.publishOn {
            case .afterRenew: (since, .afterRenew)
            case .onPreviousExpiry:
                (held.life.onExpirationAnchor(in: rules.windowOfPublication.zone), .previousExpires)
            case .afterPreviousExpiry: (held.life.notAfter, .previousExpired)
            }
        // What its chain ends is expired too, however long the leaf would live.
        return held.life.chainNotAfter < ruled ? (held.life.chainNotAfter, .targetNeedsOne(.expired)) : (ruled, cause)
    }

    private func place(
        _ situation: PublicationSituation, _ due: Instant, _ cause: Cause, floor: Instant
    ) -> PlannedRun? {
        let window = rules.windowOfPublication
        let lower = max(due, floor)
        let deadline = deadline(situation)
        func run(_ at: Instant, _ move: Move) -> PlannedRun {
            PlannedRun(due: due, at: at, cause: cause, move: move, deadline: deadline)
        }
        let open = window.firstOpen(atOrAfter: lower)
        guard let deadline, let held = situation.held else {
            // What was proved here is gone: nothing valid is shown until the window opens.
            if cause == .drifted, open != lower { return lastResort(situation, open, run) { lower } }
            return open.map { run($0, $0 > lower ? .later : .none) }
        }
        let room = held.life.room
        if let open, open + room <= deadline { return run(open, open > lower ? .later : .none) }
        guard rules.earlier else { return open.map { run($0, $0 > lower ? .later : .none) } }
        func lastPeriod(upTo limit: Instant) -> PlannedRun? {
            guard let period = window.lastOpenPeriod(before: limit + .seconds(1)) else { return nil }
            let last = min(period.upperBound - .seconds(1), limit)
            let start = max(period.lowerBound, last - held.life.length / 10, floor)
            return start <= last ? run(start, start < due ? .earlier : start > lower ? .later : .none) : nil
        }
        if let roomy = lastPeriod(upTo: deadline - room) { return roomy }
        if let open, open < deadline { return run(open, open > lower ? .later : .none) }
        if let tight = lastPeriod(upTo: deadline - .seconds(1)) { return tight }
        return lastResort(situation, open, run) { max(floor, min(due, deadline)) }
    }

    /// What the flow answers where no open period is left in time.
    private func lastResort(
        _ situation: PublicationSituation, _ open: Instant?, _ run: (Instant, Move) -> PlannedRun,
        outside: () -> Instant
    ) -> PlannedRun? {
        let answer = situation.answer ?? rules.lastResort
        if answer == .publish { return run(outside(), .outside) }
        return open.map { run($0, answer == .ask ? .asks : .waits) }
    }
}
