import Automation

/// What one choice of a control would cause.
struct ChoiceLine: Sendable, Equatable {
    enum Tone: String, Sendable { case plain, warn, bad }

    var control: FlowControl
    /// The choice, as its form field spells it.
    var value: String
    var text: String
    var tone: Tone

    init(_ control: FlowControl, _ value: String, _ text: String, _ tone: Tone = .plain) {
        self.control = control
        self.value = value
        self.text = text
        self.tone = tone
    }
}

/// The lines under the choices of the flow's form: asked of the planners that schedule, with everything else as in the
/// draft.
struct FlowChoices: Sendable {
    private let input: ForecastInput
    private let now: Instant
    private let targetCount: Int

    /// - Parameter input: the certificate under the draft.
    init(_ input: ForecastInput, now: Instant) {
        var input = input
        // A pause ends some day, and the choice outlives it.
        input.isPaused = false
        targetCount = input.targets.count
        // Targets that are alike but for their names run at the same moments: one of them tells for all.
        var seen: Set<ForecastInput.Target> = []
        input.targets = input.targets.filter { target in
            var nameless = target
            nameless.name = ""
            return seen.insert(nameless).inserted
        }
        self.input = input
        self.now = now
    }

    private var rules: FlowRules { input.rules }
    private var clock: FlowClock { FlowClock(zone: rules.window.zone, now: now) }

    /// All lines; a choice without a line has nothing to tell.
    ///
    /// - Parameter days: to choose from, and the draft's own.
    func lines(days: [Int], chosen: Int) -> [ChoiceLine] {
        renewal + renewIn(chosen) + daysLines(days) + publication + publishOn + lastResort + earlier
    }

    // MARK: Renovation

    private var renewal: [ChoiceLine] {
        guard let life = input.current?.life else { return [] }
        let end = clock.short(life.chainNotAfter)
        return [
            ChoiceLine(
                .renewal, "no", "version \(input.currentNumber) ends \(end), and nothing replaces it by itself", .warn)
        ]
    }

    private func renewIn(_ days: Int) -> [ChoiceLine] {
        FlowDraft.RenewChoice.allCases.map { choice in
            line(.renewIn, choice.rawValue, Self.rule(choice, days))
        }
    }

    private func daysLines(_ days: [Int]) -> [ChoiceLine] {
        let isAfter = FlowDraft.RenewChoice(rules.renewIn) == .afterExpiration
        return days.map {
            line(.days, String($0), isAfter ? .afterExpiration(days: $0) : .beforeExpiration(days: $0))
        }
    }

    private static func rule(_ choice: FlowDraft.RenewChoice, _ days: Int) -> RenewIn {
        switch choice {
        case .automatic: .automatic
        case .beforeExpiration: .beforeExpiration(days: days)
        case .onExpiration: .onExpiration
        case .afterExpiration: .afterExpiration(days: days)
        }
    }

    private func line(_ control: FlowControl, _ value: String, _ rule: RenewIn) -> ChoiceLine {
        if case .beforeExpiration(let days) = rule, let life = input.current?.life.length,
            Span.days(Int64(days)) > life / 2
        {
            return ChoiceLine(
                control, value, "more than half of the \(FlowClock.life(life)) life: Automatic is used instead", .warn)
        }
        var rules = rules
        rules.renewalEnabled = true
        rules.renewIn = rule
        guard let next = first(.renewal, rules) else {
            return ChoiceLine(control, value, nothingComes(rules), .warn)
        }
        let (text, tone) = RunWords(next, rules: rules, now: now).consequence(rules)
        return ChoiceLine(control, value, text, tone)
    }

    private func nothingComes(_ rules: FlowRules) -> String {
        if rules.window.cells.isEmpty { return "the window never opens" }
        switch input.hindrance {
        case .retired: return "it was taken out of service: nothing is renewed"
        case .needsAttention: return "the renewal needs attention first"
        case .noLaterEnd(let text): return text
        case nil: return "no renewal is planned"
        }
    }

    // MARK: Publishing

    private var publication: [ChoiceLine] {
        guard targetCount > 0 else { return [] }
        return [ChoiceLine(.publication, "no", Quantity.keeping(targetCount))]
    }

    private var publishOn: [ChoiceLine] {
        PublishOn.allCases.map { choice in
            var rules = rules
            rules.publicationEnabled = true
            rules.publishOn = choice
            guard let next = first(.publication, rules) else {
                return ChoiceLine(.publishOn, choice.rawValue, choice.meaning)
            }
            let (text, tone) = RunWords(next, rules: rules, now: now).consequence(rules)
            return ChoiceLine(.publishOn, choice.rawValue, text, tone)
        }
    }

    private var lastResort: [ChoiceLine] {
        LastResort.allCases.map { answer in
            var rules = rules
            rules.publicationEnabled = true
            rules.lastResort = answer
            let needing = forecast(rules, until: now + .days(365), limit: 200).filter {
                $0.stage == .publication && [.asks, .waits, .outside].contains($0.run.move)
            }
            guard let first = needing.first else {
                return ChoiceLine(.lastResort, answer.rawValue, "not needed by the forecast of the next year")
            }
            let words = RunWords(first, rules: rules, now: now)
            let at = words.clock.short(first.run.at)
            let times = needing.count == 1 ? "once" : "\(needing.count) times"
            let told =
                switch answer {
                case .ask: "asks \(times) in the next year; unanswered, the first waits until \(at)"
                case .publish: "\(times) outside the window in the next year, the first \(at)"
                case .wait: "waits \(times) in the next year, first until \(at)"
                }
            let outage = words.outage.map { ", expired for \(FlowClock.words($0))" } ?? ""
            return ChoiceLine(
                .lastResort, answer.rawValue, told + outage, outage.isEmpty ? .warn : .bad)
        }
    }

    private var earlier: [ChoiceLine] {
        var rules = rules
        rules.earlier = false
        let missed = forecast(rules, until: now + .days(365), limit: 200).count { $0.run.missesDeadline }
        guard missed > 0 else { return [] }
        return [
            ChoiceLine(
                .earlier, "no", "\(Wording.count(missed, "run")) of the next year would miss the deadline", .warn)
        ]
    }

    // MARK: Asking the planners

    private func first(_ stage: ForecastRun.Stage, _ rules: FlowRules) -> ForecastRun? {
        // A renewal may come behind one publication for each target, and a publication behind a renewal.
        forecast(rules, until: now + .days(800), limit: input.targets.count + 2).first { $0.stage == stage }
    }

    private func forecast(_ rules: FlowRules, until: Instant, limit: Int) -> [ForecastRun] {
        var input = input
        input.rules = rules
        return Forecast(input, from: now, until: until, limit: limit).runs
    }
}

extension PublishOn {
    var label: String {
        switch self {
        case .afterRenew: "After renew"
        case .onPreviousExpiry: "On previous certificate expires"
        case .afterPreviousExpiry: "After previous certificate expires"
        }
    }

    /// Where there is no target yet to say it of.
    var meaning: String {
        switch self {
        case .afterRenew: "as soon as the version is stored and the window is open"
        case .onPreviousExpiry: "from the start of the day on which the previous certificate expires"
        case .afterPreviousExpiry: "once the previous certificate has expired: an outage by rule"
        }
    }
}

extension LastResort {
    var label: String {
        switch self {
        case .ask: "Ask me"
        case .publish: "Publish anyway"
        case .wait: "Wait"
        }
    }
}
