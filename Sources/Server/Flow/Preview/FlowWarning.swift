import Automation

/// Something that a draft makes people think about before it is saved.
struct FlowWarning: Sendable, Equatable {
    /// The same for the same consequence, and another one where the consequence is another: a confirmation of 11
    /// outages does not confirm 20.
    var id: String
    var kind: ForecastWarning.Kind
    var tab: FlowTab
    var tone: ChoiceLine.Tone
    /// A few words, with a full stop.
    var title: String
    var text: String
    /// What its own box says; nil for what no choice of the draft causes.
    var confirmation: String?

    static func all(of preview: FlowPreview, _ flowWarnings: [ForecastWarning]) -> [FlowWarning] {
        outages(preview) + runs(preview) + flowWarnings.compactMap { single($0, preview.rules) }
    }

    // MARK: Of runs

    private static func outages(_ preview: FlowPreview) -> [FlowWarning] {
        [FlowGap.Cause.rule, .window].compactMap { cause in
            let gaps = preview.gaps.filter { $0.cause == cause }
            let stretches = FlowGap.merged(gaps)
            guard let first = stretches.first else { return nil }
            let isMeant = cause == .rule
            let count = stretches.count == 1 ? "once" : "\(stretches.count) times"
            let serves =
                preview.input.targets.isEmpty ? "has no valid version" : "serves an expired certificate"
            let rule = isMeant ? "With \"\(lateRule(preview.rules))\"" : "For want of an open period in time"
            let clock = preview.clock
            let kind: ForecastWarning.Kind = isMeant ? .outageByRule : .outageByWindow
            return FlowWarning(
                id: "\(kind.rawValue)-\(stretches.count)", kind: kind,
                tab: isMeant && isLateRenewal(preview.rules) ? .renovation : .publishing, tone: .bad,
                title: isMeant ? "Outage by rule." : "Outage by the window.",
                text: "\(rule), \(preview.certificate) \(serves) \(count) in \(preview.span), "
                    + "\(FlowClock.words(FlowGap.sum(gaps))) in all. The first: \(clock.short(first.lowerBound)) to "
                    + "\(clock.short(first.upperBound)), \(FlowClock.words(first.upperBound - first.lowerBound)).",
                confirmation: "I accept \(Wording.count(stretches.count, "outage")) in \(preview.span)")
        }
    }

    private static func isLateRenewal(_ rules: FlowRules) -> Bool {
        FlowDraft.RenewChoice(rules.renewIn) == .afterExpiration
    }

    private static func lateRule(_ rules: FlowRules) -> String {
        isLateRenewal(rules) ? FlowDraft.RenewChoice.afterExpiration.label : rules.publishOn.label
    }

    private static func runs(_ preview: FlowPreview) -> [FlowWarning] {
        var unusable: [ForecastRun] = []
        var missed: [ForecastRun] = []
        for next in preview.runs {
            if [.outside, .waits, .asks].contains(next.run.move) { unusable.append(next) }
            let isOut = next.replaces.map { next.run.at > $0.chainNotAfter } ?? false
            if next.run.missesDeadline, !isOut { missed.append(next) }
        }
        var warnings: [FlowWarning] = []
        if let first = unusable.first {
            let count = unusable.count
            warnings.append(
                FlowWarning(
                    id: "\(ForecastWarning.Kind.windowUnusable.rawValue)-\(count)", kind: .windowUnusable,
                    tab: .publishing, tone: .warn, title: "No open period in time.",
                    text: "\(Wording.count(count, "run")) of \(preview.span) find no open period before their "
                        + "deadline. The first: \(preview.words(first).what), \(preview.clock.short(first.run.at)), "
                        + "\(preview.words(first).why).",
                    confirmation: "I accept \(Wording.count(count, "run")) without an open period in time"))
        }
        if let first = missed.first {
            let count = missed.count
            warnings.append(
                FlowWarning(
                    id: "\(ForecastWarning.Kind.deadlineMissed.rawValue)-\(count)", kind: .deadlineMissed,
                    tab: first.stage == .renewal ? .renovation : .publishing, tone: .warn,
                    title: "Later than its deadline.",
                    text: "\(Wording.count(count, "run")) of \(preview.span) come after their deadline. The first: "
                        + "\(preview.words(first).what), \(preview.clock.short(first.run.at)).",
                    confirmation: "I accept that \(Wording.count(count, "run")) come late"))
        }
        return warnings
    }

    // MARK: Of the flow as a whole

    private static func single(_ warning: ForecastWarning, _ rules: FlowRules) -> FlowWarning? {
        let tab: FlowTab
        var tone = ChoiceLine.Tone.warn
        let title: String
        var confirmation: String?
        switch warning.kind {
        // Told once for all runs above, or an error at its control.
        case .outageByRule, .outageByWindow, .deadlineMissed, .windowUnusable, .windowNeverOpens: return nil
        case .gapLongerThanLead:
            (tab, title) = (.publishing, "The window stays closed for long.")
            confirmation =
                rules.earlier ? "Move runs earlier where needed" : "I accept that runs may miss their deadline"
        case .fewTries:
            tab = warning.text.contains("renewal") ? .renovation : .publishing
            title = "Few tries."
            confirmation = "I accept so few tries of the \(tab == .renovation ? "renewal" : "publication")"
        case .daysClamped:
            (tab, title) = (.renovation, "Too early for this life.")
            confirmation = "Use Automatic instead of \(Wording.count(rules.renewIn.days ?? 0, "day"))"
        case .renewalOff:
            (tab, title) = (.renovation, "Auto-renewal is off.")
            confirmation = "I renew it by hand"
        case .publicationOff:
            (tab, title) = (.publishing, "Automatic publication is off.")
            confirmation = "I publish it by hand"
        case .lifeShortens: (tab, title) = (.renovation, "Versions to come live shorter.")
        case .issuerEnds: (tab, title, tone) = (.renovation, "The issuer ends.", .bad)
        case .held: (tab, title) = (.publishing, "Held.")
        case .paused: (tab, title) = (.review, "Paused.")
        case .retired: (tab, title) = (.review, "Out of service.")
        case .needsAttention: (tab, title, tone) = (.review, "Needs attention.", .bad)
        }
        return FlowWarning(
            id: "\(warning.kind.rawValue)-\(mark(warning.text))", kind: warning.kind, tab: tab, tone: tone,
            title: title, text: warning.text, confirmation: confirmation)
    }

    /// FNV-1a over 32 bits: short, and the same in every process.
    private static func mark(_ text: String) -> String {
        let hash = text.utf8.reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        return String(hash, radix: 16)
    }
}
