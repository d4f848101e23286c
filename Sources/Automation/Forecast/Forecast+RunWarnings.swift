extension Forecast {
    /// Fewer tries than these before a deadline deserve a warning.
    static let triesWanted = 3

    /// What is worth knowing about one run of a forecast.
    public static func warnings(for next: ForecastRun, rules: FlowRules) -> [ForecastWarning] {
        let warnings = warnings(for: next.run, replaces: next.replaces)
        let isLate = warnings.contains { [.outageByRule, .outageByWindow, .deadlineMissed].contains($0.kind) }
        guard !isLate, let few = fewTries(next, rules) else { return warnings }
        return warnings + [few]
    }

    /// What is worth knowing about one planned run.
    ///
    /// - Parameter replaces: the certificate that the run replaces; nil where there is none.
    public static func warnings(for run: PlannedRun, replaces life: Life?) -> [ForecastWarning] {
        var warnings: [ForecastWarning] = []
        if case .daysBeforeClamped(let days) = run.cause, let life {
            warnings.append(.daysClamped(days, of: life.length))
        }
        switch run.move {
        case .outside, .waits, .asks: warnings.append(ForecastWarning(.windowUnusable, Wording.lastResort(run.move)))
        case .none, .later, .earlier, .overdue: break
        }
        if let life, run.at > life.chainNotAfter {
            let gap = Wording.inHours(run.at - life.chainNotAfter)
            let isMeant = run.deadline == nil
            warnings.append(
                ForecastWarning(
                    isMeant ? .outageByRule : .outageByWindow,
                    "Nothing valid is there for \(gap) before it\(isMeant ? ", as the rule says" : "")."))
        } else if run.missesDeadline {
            warnings.append(ForecastWarning(.deadlineMissed, "It comes \(Wording.late(run)) after its deadline."))
        }
        return warnings
    }

    static func fewTries(_ next: ForecastRun, _ rules: FlowRules) -> ForecastWarning? {
        guard next.run.cause != .byHand, next.replaces != nil else { return nil }
        let tries = triesLeft(next, rules: rules, limit: triesWanted)
        guard tries < triesWanted else { return nil }
        let stage = next.stage.rawValue
        let words = ["No try of the \(stage) fits", "Only 1 try of the \(stage) fits"]
        return ForecastWarning(
            .fewTries, (tries < 2 ? words[tries] : "Only \(tries) tries of the \(stage) fit") + " before its deadline.")
    }

    /// As below, for a run of a forecast.
    public static func triesLeft(_ next: ForecastRun, rules: FlowRules, limit: Int = 10) -> Int {
        next.stage == .renewal
            ? triesLeft(next.run, stage: .issuing, replaces: next.replaces, window: rules.window, limit: limit)
            : triesLeft(
                next.run, stage: .publishing, replaces: next.replaces, window: rules.windowOfPublication, limit: limit)
    }

    /// How many tries there are from `run` on until its deadline, as failures are tried again; at most `limit`, which
    /// is also the answer where there is no deadline.
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
}
