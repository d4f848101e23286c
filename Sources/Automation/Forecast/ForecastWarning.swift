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
        /// The CA has announced to issue for a shorter time.
        case lifeShortens = "life-shortens"
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
        if case .daysBeforeClamped(let days) = run.cause, let life {
            warnings.append(.daysClamped(days, of: life.length))
        }
        switch run.move {
        case .outside, .waits, .asks: warnings.append(ForecastWarning(.windowUnusable, "\(Wording.short(run.move))."))
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
}
