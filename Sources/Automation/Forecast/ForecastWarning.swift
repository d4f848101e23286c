/// Something that a forecast should make people think about.
public struct ForecastWarning: Sendable, Hashable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The rule means to be late: nothing valid is served for a while.
        case outageByRule = "outage-by-rule"
        /// Nothing valid is served for a while, for want of an open period.
        case outageByWindow = "outage-by-window"
        /// A run comes after its deadline.
        case deadlineMissed = "deadline-missed"
        /// The window stays closed for longer than there is between due time and deadline.
        case gapLongerThanLead = "window-gap"
        /// No open period lies where this life needs one.
        case windowUnusable = "window-unusable"
        case fewTries = "few-tries"
        case daysClamped = "days-clamped"
        case issuerEnds = "issuer-ends"
        case renewalOff = "renewal-off"
        case publicationOff = "publication-off"
        case paused
    }

    public var kind: Kind
    public var text: String

    public init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }
}

extension Forecast {
    /// What is worth knowing about one run.
    ///
    /// - Parameter replaces: the certificate that the run replaces; nil where there is none.
    public static func warnings(for run: PlannedRun, replaces life: Life?) -> [ForecastWarning] {
        var warnings: [ForecastWarning] = []
        if case .daysBeforeClamped(let days) = run.cause {
            warnings.append(
                ForecastWarning(
                    .daysClamped,
                    "\(Wording.count(days, "day")) are more than half of the life: renewed as Automatic instead."))
        }
        switch run.move {
        case .outside, .waits, .asks: warnings.append(ForecastWarning(.windowUnusable, "\(Wording.short(run.move))."))
        case .none, .later, .earlier, .overdue: break
        }
        if let life, run.at > life.chainNotAfter {
            let gap = Wording.words(run.at - life.chainNotAfter)
            let isMeant = run.deadline == nil
            warnings.append(
                ForecastWarning(
                    isMeant ? .outageByRule : .outageByWindow,
                    "Nothing valid is there for \(gap) before it\(isMeant ? ", as the rule says" : "")."))
        } else if run.missesDeadline {
            warnings.append(ForecastWarning(.deadlineMissed, "It comes after its deadline."))
        }
        return warnings
    }

    /// How many tries there are from `run` on until its deadline, as failures are tried again; at most `limit`.
    public static func triesLeft(
        _ run: PlannedRun, stage: RetryPolicy.Stage, replaces life: Life?, window: Window, limit: Int = 10
    ) -> Int {
        guard let deadline = run.deadline else { return limit }
        var tries = 0
        var at = run.at
        while tries < limit, at < deadline {
            tries += 1
            let retry = RetryPolicy.next(
                after: tries, kind: .passing, stage: stage, at: at, replaced: life, retryAfter: nil,
                share: UInt32.max / 2)
            // Outside of the window only the last resort acts, and that is not counted on.
            guard let open = window.firstOpen(atOrAfter: retry) else { break }
            at = open
        }
        return tries
    }

    /// What is worth knowing about the flow as a whole.
    public static func warnings(for input: ForecastInput, runs: [ForecastRun], ending: Ending?) -> [ForecastWarning] {
        var warnings: [ForecastWarning] = []
        if input.isPaused { warnings.append(ForecastWarning(.paused, "The flow is paused: nothing starts.")) }
        if !input.rules.renewalEnabled, let life = input.current?.life {
            warnings.append(
                ForecastWarning(.renewalOff, "Auto-renewal is off: version \(input.currentNumber) ends \(life.notAfter)."))
        }
        if !input.rules.publicationEnabled, !input.targets.isEmpty {
            warnings.append(ForecastWarning(.publicationOff, "Automatic publication is off: targets keep what they have."))
        }
        if let gap = gapWarning(input) { warnings.append(gap) }
        if let end = input.issuerEnd, let life = input.current?.life, end < life.notAfter + input.newLife {
            warnings.append(
                ForecastWarning(
                    .issuerEnds, "The issuer itself ends \(end): what it issues from now on ends with it at the latest."))
        }
        if case .issuerEnds(let end)? = ending, !warnings.contains(where: { $0.kind == .issuerEnds }) {
            warnings.append(ForecastWarning(.issuerEnds, "The issuer ends \(end): no later version can come of it."))
        }
        if let few = fewTries(input, runs) { warnings.append(few) }
        return warnings
    }

    private static func gapWarning(_ input: ForecastInput) -> ForecastWarning? {
        guard input.rules.renewalEnabled, var situation = input.current else { return nil }
        situation.retryAt = nil
        let planner = RenewalPlanner(input.rules)
        guard let deadline = planner.deadline(situation) else { return nil }
        let lead = deadline - planner.due(situation).0
        let gap = input.rules.window.cells.longestClosedStretch
        guard gap > lead, lead > .zero else { return nil }
        return ForecastWarning(
            .gapLongerThanLead,
            "The window stays closed for up to \(Wording.words(gap)), longer than the \(Wording.words(lead)) between "
                + "due time and deadline: runs are moved earlier where a period lies there.")
    }

    private static func fewTries(_ input: ForecastInput, _ runs: [ForecastRun]) -> ForecastWarning? {
        guard let first = runs.first(where: { $0.stage == .renewal }), let life = input.current?.life else { return nil }
        let tries = triesLeft(first.run, stage: .issuing, replaces: life, window: input.rules.window)
        guard tries < 3 else { return nil }
        return ForecastWarning(
            .fewTries, "Only \(Wording.count(tries, "try").replacing("trys", with: "tries")) fit before the deadline.")
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
