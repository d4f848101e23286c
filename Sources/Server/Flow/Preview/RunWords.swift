import Automation

/// One planned run in the words of the flow's pages.
struct RunWords: Sendable {
    let next: ForecastRun
    let clock: FlowClock

    /// - Parameter now: when it is told.
    init(_ next: ForecastRun, rules: FlowRules, now: Instant) {
        self.next = next
        clock = FlowClock(zone: (next.stage == .renewal ? rules.window : rules.windowOfPublication).zone, now: now)
    }

    private var run: PlannedRun { next.run }

    /// "Renew to version 8", "Publish version 8 to web/lb-1"
    var what: String {
        switch next.stage {
        case .renewal: "Renew to version \(next.version)"
        case .publication: "Publish version \(next.version)" + (next.target.map { " to \($0)" } ?? "")
        }
    }

    /// Why then: "15 days before expiration, moved from Sun 22 Nov 22:41 by the window".
    var why: String {
        let cause = Wording.short(run.cause)
        switch run.cause {
        case .byHand, .firstVersion: return cause
        default: break
        }
        let due = clock.short(run.due)
        switch run.move {
        case .none: return clock.showsAlike(run.due, run.at) ? cause : "\(cause), due \(due)"
        case .later: return "\(cause), moved from \(due) by the window"
        case .earlier: return "\(cause), moved earlier from \(due): the last open period before its deadline"
        case .outside: return "\(cause), outside the window: no open period is left before its deadline"
        case .waits: return "\(cause), due \(due): no open period is left before its deadline, so it waits"
        case .asks: return "\(cause), due \(due): no open period is left before its deadline, so it asks and waits"
        case .overdue: return "\(cause), due since \(due)"
        }
    }

    /// How long nothing valid is there before it; nil where there is no such time.
    var outage: Span? {
        guard let end = next.replaces?.chainNotAfter, run.at > end else { return nil }
        return run.at - end
    }

    /// "7 before expiry", "4 d 1 h late", "10 or more"; empty where nothing is to be met.
    func tries(_ rules: FlowRules) -> String {
        if let outage { return "\(FlowClock.words(outage)) late" }
        guard let deadline = run.deadline, next.replaces != nil else { return "" }
        guard run.at < deadline else { return "after its deadline" }
        let tries = Forecast.triesLeft(next, rules: rules)
        return tries >= 10 ? "10 or more before expiry" : "\(tries) before expiry"
    }

    /// The line under a choice: "about Fri 4 Dec 22:41, runs Sat 5 Dec 00:28, 5 tries left".
    func consequence(_ rules: FlowRules) -> (text: String, tone: ChoiceLine.Tone) {
        switch run.cause {
        case .byHand: return ("asked for by hand: runs at once", .plain)
        case .firstVersion: return ("there is no version yet: the first is due at once", .plain)
        default: break
        }
        var text = run.due < clock.now ? "due since \(clock.short(run.due))" : "about \(clock.short(run.due))"
        let at = clock.short(run.at)
        switch run.move {
        case .none, .later, .overdue: if !clock.showsAlike(run.due, run.at) { text += ", runs \(at)" }
        case .earlier: text += ", no open period left: moved earlier to \(at)"
        case .outside: text += ", no open period left: outside the window \(at)"
        case .waits: text += ", no open period left: waits until \(at)"
        case .asks: text += ", no open period left: asks, and waits until \(at)"
        }
        if let outage { return ("\(text), expired for \(FlowClock.words(outage))", .bad) }
        guard let deadline = run.deadline, next.replaces != nil else { return (text, .plain) }
        guard run.at < deadline else { return ("\(text), after its deadline", .bad) }
        let tries = Forecast.triesLeft(next, rules: rules)
        let count = tries >= 10 ? "10 tries or more" : Wording.count(tries, "try").replacing("trys", with: "tries")
        return ("\(text), \(count) left", tries < 3 ? .warn : .plain)
    }
}
