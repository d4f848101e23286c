extension Forecast {
    /// What is worth knowing about the flow as a whole, in the order of its weight.
    public static func warnings(for input: ForecastInput, runs: [ForecastRun], ending: Ending?) -> [ForecastWarning] {
        var warnings = standstill(input, ending)
        warnings += switchedOff(input)
        if let clamped = clampWarning(input) { warnings.append(clamped) }
        warnings += gapWarnings(input)
        if let shorter = announcedLife(input, runs) ?? shorterLife(input) { warnings.append(shorter) }
        if let end = issuerEnd(input, runs, ending) { warnings.append(end) }
        for stage in [ForecastRun.Stage.renewal, .publication] {
            if let first = runs.first(where: { $0.stage == stage }), let few = fewTries(first, input.rules) {
                warnings.append(few)
            }
        }
        return warnings
    }

    /// What keeps stages from running at all.
    private static func standstill(_ input: ForecastInput, _ ending: Ending?) -> [ForecastWarning] {
        var warnings: [ForecastWarning] = []
        switch input.hindrance {
        case .retired?:
            warnings.append(
                ForecastWarning(.retired, "It was taken out of service: nothing is renewed or published."))
        case .needsAttention(let text)?:
            warnings.append(
                ForecastWarning(
                    .needsAttention, "The renewal needs attention, and is not tried until then: \(text)"))
        case .noLaterEnd(let text)?: warnings.append(ForecastWarning(.needsAttention, text))
        case nil: break
        }
        if input.isPaused {
            let until = input.resumesAt.map { Wording.moment($0, in: input.rules.window.zone) } ?? "it is resumed"
            warnings.append(ForecastWarning(.paused, "The flow is paused: nothing starts until \(until)."))
        }
        for target in input.targets where target.waiting?.needsAttention == true {
            warnings.append(
                ForecastWarning(.needsAttention, "\(target.name) needs attention: nothing is tried there until then."))
        }
        if ending == .windowNeverOpens {
            warnings.append(
                ForecastWarning(
                    .windowNeverOpens, "The window has no open period, so nothing is ever renewed: open at least one."))
        }
        return warnings
    }

    private static func switchedOff(_ input: ForecastInput) -> [ForecastWarning] {
        var warnings: [ForecastWarning] = []
        if !input.rules.renewalEnabled {
            let end = input.current.map {
                ": version \(input.currentNumber) ends "
                    + Wording.moment($0.life.chainNotAfter, in: input.rules.window.zone)
            }
            warnings.append(
                ForecastWarning(.renewalOff, "Auto-renewal is off\(end ?? ": no version is made by itself")."))
        }
        if !input.rules.publicationEnabled, !input.targets.isEmpty {
            warnings.append(
                ForecastWarning(.publicationOff, "Automatic publication is off: targets keep what they have."))
        }
        for target in input.targets where !target.takesNew {
            warnings.append(ForecastWarning(.held, "\(target.name) is held by hand: it keeps what it has."))
        }
        return warnings
    }

    /// Said of the flow as well as of each run: where the CA's advice picks the moment, no run tells.
    private static func clampWarning(_ input: ForecastInput) -> ForecastWarning? {
        guard input.rules.renewalEnabled, case .beforeExpiration(let days) = input.rules.renewIn,
            let life = input.current?.life.length, Span.days(Int64(days)) > life / 2
        else { return nil }
        return .daysClamped(days, of: life)
    }

    /// A window that stays closed for longer than there is between due time and deadline: the renewal's own, and the
    /// publication's, which has no more time than the renewal that it follows.
    private static func gapWarnings(_ input: ForecastInput) -> [ForecastWarning] {
        guard input.rules.renewalEnabled, var situation = input.current else { return [] }
        situation.retryAt = nil
        let planner = RenewalPlanner(input.rules)
        guard let deadline = planner.deadline(situation) else { return [] }
        let lead = deadline - planner.due(situation).0
        guard lead > .zero else { return [] }
        func warning(_ stage: String, _ window: Window) -> ForecastWarning? {
            let gap = window.cells.longestClosedStretch
            guard gap > lead else { return nil }
            let remedy =
                input.rules.earlier
                ? "runs are moved earlier where a period lies there"
                : "the flow does not move runs earlier, so they may miss it"
            return ForecastWarning(
                .gapLongerThanLead,
                "The window of \(stage) stays closed for up to \(Wording.words(gap)), longer than the "
                    + "\(Wording.words(lead)) between due time and deadline: \(remedy).")
        }
        var warnings = [warning("renewal", input.rules.window)]
        if input.rules.publicationEnabled, input.rules.publishOn != .afterPreviousExpiry,
            input.rules.windowOfPublication != input.rules.window
        {
            warnings.append(warning("publication", input.rules.windowOfPublication))
        }
        return warnings.compactMap { $0 }
    }

    /// A life that the CA has announced to shorten, from the first renewal on that it shortens.
    private static func announcedLife(_ input: ForecastInput, _ runs: [ForecastRun]) -> ForecastWarning? {
        guard let first = input.announcedLives.first(where: { $0.length < input.newLife }) else { return nil }
        let renewals = runs.filter { $0.stage == .renewal }
        guard renewals.contains(where: { $0.run.at >= first.from }) else { return nil }
        let since = Wording.moment(first.from, in: input.rules.window.zone)
        return lifeShortens("From \(since) the CA issues for", first.length, input.newLife, input.rules)
    }

    /// The issuing profile says a shorter life by now than the current version has.
    private static func shorterLife(_ input: ForecastInput) -> ForecastWarning? {
        // Issuers round and start a little early: a hundredth is no other life.
        guard input.rules.renewalEnabled, let current = input.current?.life.length,
            input.newLife < current - current / 100
        else { return nil }
        return lifeShortens("From the next version on the issuer issues for", input.newLife, current, input.rules)
    }

    private static func lifeShortens(
        _ start: String, _ length: Span, _ before: Span, _ rules: FlowRules
    ) -> ForecastWarning {
        var text = "\(start) \(Wording.words(length)) instead of \(Wording.words(before))"
        if case .beforeExpiration(let days) = rules.renewIn, Span.days(Int64(days)) > length / 2 {
            text += ": \(Wording.count(days, "day")) are more than half of that, so it will be renewed as Automatic"
        }
        return ForecastWarning(.lifeShortens, text + ".")
    }

    /// An issuer whose own end cuts the next version, or forbids it.
    private static func issuerEnd(
        _ input: ForecastInput, _ runs: [ForecastRun], _ ending: Ending?
    ) -> ForecastWarning? {
        if case .issuerEnds(let end)? = ending, runs.allSatisfy({ $0.stage != .renewal }) {
            return ForecastWarning(
                .issuerEnds,
                "The issuer itself ends \(Wording.moment(end, in: input.rules.window.zone)): no later version can come of "
                    + "it. Move the certificate to another issuer in time.")
        }
        guard let end = input.issuerEnd,
            let moment = runs.first(where: { $0.stage == .renewal })?.run.at ?? input.current?.life.notAfter,
            end < moment + input.life(issuedAt: moment)
        else { return nil }
        return ForecastWarning(
            .issuerEnds,
            "The issuer itself ends \(Wording.moment(end, in: input.rules.window.zone)): what it issues from now on ends "
                + "with it at the latest.")
    }
}

extension ForecastWarning {
    static func daysClamped(_ days: Int, of life: Span) -> ForecastWarning {
        ForecastWarning(
            .daysClamped,
            "\(Wording.count(days, "day")) are more than half of a life of \(Wording.words(life)): renewed as Automatic "
                + "instead.")
    }
}

extension Cells {
    /// The longest time in a week that stays closed, clock changes aside.
    public var longestClosedStretch: Span {
        guard !isEmpty else { return .days(7) }
        let longest = Cells(bits: ~bits).blocks.map(\.count).max() ?? 0
        return .hours(Int64(longest) * 4)
    }
}
