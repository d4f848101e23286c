extension Wording {
    /// How one run comes about, as sentences in their order: when it is due, what the window does, what the spread does,
    /// until when it has to be done.
    ///
    /// - Parameter tries: how many tries fit before the deadline; `limit` or more where it says as many.
    public static func sentences(
        _ next: ForecastRun, rules: FlowRules, now: Instant, triesLimit limit: Int = 10
    ) -> [String] {
        let run = next.run
        let window = next.stage == .renewal ? rules.window : rules.windowOfPublication
        let zone = window.zone
        return [due(run, zone, now), opening(next, window), spread(run, zone), end(next, rules, zone, limit)]
            .compactMap { $0 }
    }

    private static func due(_ run: PlannedRun, _ zone: Zone, _ now: Instant) -> String {
        let verb = run.due < now ? "It was due" : "It is due"
        return switch run.cause {
        case .byHand: "Somebody asked for it by hand: it is due at once."
        case .firstVersion: "There is no version yet: it is due at once."
        default: "\(verb) \(moment(run.due, in: zone)): \(short(run.cause))."
        }
    }

    private static func opening(_ next: ForecastRun, _ window: Window) -> String? {
        let (run, zone) = (next.run, window.zone)
        let first = moment(run.earliest, in: zone)
        switch run.move {
        case .none:
            if run.ignoresWindow { return "It needs no window." }
            if window.cells.isFull { return run.earliest > run.due ? "It starts no sooner than \(first)." : nil }
            return run.earliest > run.due
                ? "It starts no sooner than \(first), when the window is open." : "The window is open then."
        case .later:
            let closed = window.isOpen(at: run.due) ? "" : "The window is closed then: "
            let moved = "it moves to \(first), the first open moment"
            let room = next.stage == .renewal ? " that leaves room for what follows" : ""
            return (closed.isEmpty ? "It" + moved.dropFirst(2) : closed + moved) + room + "."
        case .earlier:
            return "No open period lies between then and the deadline that leaves room: it moves earlier, to \(first), "
                + "in the last one before."
        case .outside:
            return "No open period is left before the deadline: as a last resort it runs outside the window, "
                + "\(moment(run.at, in: zone))."
        case .waits: return "No open period is left before the deadline: it waits for the next one, \(first)."
        case .asks:
            return "No open period is left before the deadline: you are asked whether to publish outside the window; "
                + "without an answer it waits until \(first)."
        case .overdue: return "It is overdue, and runs as soon as it may: \(moment(run.at, in: zone))."
        }
    }

    private static func spread(_ run: PlannedRun, _ zone: Zone) -> String? {
        guard run.latest > run.earliest else { return nil }
        return
            "It starts \(moment(run.at, in: zone)): its place between \(LocalTime(run.earliest, in: zone).words) and "
            + "\(LocalTime(run.latest, in: zone).words), so that not everything starts at once."
    }

    private static func end(_ next: ForecastRun, _ rules: FlowRules, _ zone: Zone, _ limit: Int) -> String? {
        guard let deadline = next.run.deadline else {
            guard next.replaces != nil, next.run.cause != .byHand else { return nil }
            return "The rule means to be late: there is no deadline."
        }
        guard next.run.at < deadline else {
            return "That is after its deadline, \(moment(deadline, in: zone)), by \(late(next.run))."
        }
        let tries = Forecast.triesLeft(next, rules: rules, limit: limit)
        let count = tries >= limit ? "\(limit) tries and more fit" : tries == 1 ? "1 try fits" : "\(tries) tries fit"
        return "It must be done by \(moment(deadline, in: zone)); \(count) until then, should it fail."
    }
}
