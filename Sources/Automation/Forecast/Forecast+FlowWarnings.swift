extension Forecast {
    /// What is worth knowing about the flow as a whole.
    public static func warnings(for input: ForecastInput, runs: [ForecastRun], ending: Ending?) -> [ForecastWarning] {
        var warnings: [ForecastWarning] = []
        if input.isPaused { warnings.append(ForecastWarning(.paused, "The flow is paused: nothing starts.")) }
        if !input.rules.renewalEnabled, let life = input.current?.life {
            warnings.append(
                ForecastWarning(
                    .renewalOff, "Auto-renewal is off: version \(input.currentNumber) ends \(life.notAfter)."))
        }
        if !input.rules.publicationEnabled, !input.targets.isEmpty {
            warnings.append(
                ForecastWarning(.publicationOff, "Automatic publication is off: targets keep what they have."))
        }
        if let clamped = clampWarning(input) { warnings.append(clamped) }
        warnings += gapWarnings(input)
        if let shorter = shorterLife(input, runs) { warnings.append(shorter) }
        if let end = issuerEnd(input, runs, ending) { warnings.append(end) }
        warnings += fewTries(input, runs)
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
    private static func shorterLife(_ input: ForecastInput, _ runs: [ForecastRun]) -> ForecastWarning? {
        guard let first = input.announcedLives.first(where: { $0.length < input.newLife }) else { return nil }
        let renewals = runs.filter { $0.stage == .renewal }
        guard renewals.contains(where: { $0.run.at >= first.from }) else { return nil }
        var text =
            "From \(first.from) the CA issues for \(Wording.words(first.length)) instead of "
            + "\(Wording.words(input.newLife))"
        if case .beforeExpiration(let days) = input.rules.renewIn, Span.days(Int64(days)) > first.length / 2 {
            text += ": \(Wording.count(days, "day")) are more than half of that, so it will be renewed as Automatic"
        }
        return ForecastWarning(.lifeShortens, text + ".")
    }

    /// An issuer whose own end cuts the next version, or forbids it.
    private static func issuerEnd(
        _ input: ForecastInput, _ runs: [ForecastRun], _ ending: Ending?
    ) -> ForecastWarning? {
        if case .issuerEnds(let end)? = ending, runs.allSatisfy({ $0.stage != .renewal }) {
            return ForecastWarning(.issuerEnds, "The issuer ends \(end): no later version can come of it.")
        }
        guard let end = input.issuerEnd,
            let moment = runs.first(where: { $0.stage == .renewal })?.run.at ?? input.current?.life.notAfter,
            end < moment + input.life(issuedAt: moment)
        else { return nil }
        return ForecastWarning(
            .issuerEnds, "The issuer itself ends \(end): what it issues from now on ends with it at the latest.")
    }

    /// Whether a failure or two of the next run of either stage can still be mended before its deadline.
    private static func fewTries(_ input: ForecastInput, _ runs: [ForecastRun]) -> [ForecastWarning] {
        var warnings: [ForecastWarning] = []
        func count(
            _ stage: ForecastRun.Stage, _ retries: RetryPolicy.Stage, _ window: Window, _ life: (ForecastRun) -> Life?
        ) {
            guard let first = runs.first(where: { $0.stage == stage }), let life = life(first) else { return }
            let tries = triesLeft(first.run, stage: retries, replaces: life, window: window)
            guard tries < 3 else { return }
            let words = ["No try of the \(stage.rawValue) fits", "Only 1 try of the \(stage.rawValue) fits"]
            warnings.append(
                ForecastWarning(
                    .fewTries,
                    (tries < 2 ? words[tries] : "Only \(tries) tries of the \(stage.rawValue) fit")
                        + " before its deadline."))
        }
        count(.renewal, .issuing, input.rules.window) { _ in input.current?.life }
        count(.publication, .publishing, input.rules.windowOfPublication) { run in
            input.targets.first { $0.name == run.target }?.held?.life
        }
        return warnings
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
