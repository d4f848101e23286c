import Automation
import Runner
import Storage

/// Why one certificate's next runs are when they are.
struct CertificateExplain {
    private let view: CertificateView
    private let outlook: Outlook

    init(_ exchange: Exchange) async throws {
        view = try await CertificateView(exchange)
        let end = max(view.now, view.state.life?.notAfter ?? view.now) + .days(400)
        outlook = try await Foresight(exchange.house.outside).outlook(of: view.overview, until: end)
    }

    /// The next renewal, and the next publication to each target.
    private var next: [ForecastRun] {
        var seen: Set<String> = []
        return outlook.forecast.runs.filter { seen.insert($0.target ?? "").inserted }
    }

    var context: [String: Any] {
        let notes = self.notes
        return [
            "pageTitle": "Explain \(view.name)", "crumbs": view.crumbs("Explain"),
            "title": "Why \(view.name) runs when it does",
            "lede": "As of \(view.clock.time(view.now)), \(view.rules.window.zone.identifier).",
            "href": view.address.path, "words": words, "hasNotes": !notes.isEmpty, "notes": notes,
        ]
    }

    private func pair(_ label: String, _ text: String) -> [String: Any] { ["label": label, "text": text] }

    private var words: [[String: Any]] {
        let rules = view.rules
        var rows = [pair("Now", present), pair("Renewal rule", Wording.renewal(rules))]
        let profiles = view.record.flow.profiles
        let places = profiles.isEmpty ? "" : ", to \(profiles.joined(separator: ", "))"
        rows.append(pair("Publication rule", Wording.publication(rules) + places))
        rows.append(pair("Window", Wording.window(rules)))
        if rules.publicationEnabled { rows.append(pair("If no period is left", Wording.lastResort(rules.lastResort))) }
        if let advice = view.state.advice {
            let why = view.state.adviceExplanation.map { "; why: \($0)" } ?? ""
            rows.append(
                pair(
                    "The CA advises",
                    "to renew from \(view.clock.words(advice.start)) to \(view.clock.words(advice.end))\(why)"))
        }
        for run in next {
            let clock = run.stage == .renewal ? view.clock : view.publicationClock
            let what = run.target.map { "Publication to \($0)" } ?? "Renewal"
            let when = run.run.at <= view.now ? "now" : "\(clock.words(run.run.at)), \(clock.relative(run.run.at))"
            let sentences = Wording.sentences(run, rules: rules, now: view.now)
            rows.append(pair(what, (["Version \(run.version), \(when)."] + sentences).joined(separator: " ")))
        }
        return rows + resting
    }

    private var present: String {
        guard let life = view.state.life, view.state.current > 0 else { return "no version yet" }
        let verb = life.chainNotAfter > view.now ? "is valid to" : "ended"
        return "version \(view.state.current) \(verb) \(view.clock.words(life.chainNotAfter))"
    }

    /// Stages that plan nothing, and why.
    private var resting: [[String: Any]] {
        let planned = Set(next.map { $0.target ?? "" })
        var rows: [[String: Any]] = []
        if !planned.contains("") { rows.append(pair("Renewal", renewalRests)) }
        for target in outlook.targets where !planned.contains(target.placement.name) {
            rows.append(pair("Publication to \(target.placement.name)", publicationRests(target)))
        }
        return rows
    }

    private var renewalRests: String {
        switch outlook.forecast.ending {
        case .paused: return "The flow is paused."
        case .renewalOff where view.state.revokedAt != nil:
            return "Its version was revoked, and auto-renewal is off: renew it by hand."
        case .renewalOff: return "Auto-renewal is off."
        case .windowNeverOpens: return "The window has no open period."
        case .issuerEnds(let end): return "The issuer ends \(view.clock.words(end)): it can bring no later end."
        case .hindered(.retired): return "The certificate was taken out of service."
        case .hindered(.noLaterEnd(let text)), .hindered(.needsAttention(let text)): return text
        case .tooMany, nil: return "Nothing is planned."
        }
    }

    private func publicationRests(_ context: PublicationContext) -> String {
        guard let target = outlook.input.targets.first(where: { $0.name == context.placement.name }) else {
            return "Neither flow nor profile names it any more: it keeps what it has."
        }
        if !view.rules.publicationEnabled { return "Automatic publication is off: it keeps what it has." }
        if !target.takesNew { return "It is held by hand at what it has." }
        if target.waiting?.needsAttention == true {
            let trouble = context.placement.trouble
            return "It needs attention: "
                + (trouble.map { view.shown($0.message, code: $0.code) } ?? "nothing is tried until somebody acts.")
        }
        if outlook.input.isPaused { return "The flow is paused." }
        if target.waiting == nil, view.state.revokedAt != nil { return "It holds a version that was revoked." }
        return target.waiting == nil
            ? "It holds what it should, and no newer version will come." : "Its window never opens."
    }

    private var notes: [[String: Any]] {
        var seen: Set<ForecastWarning> = []
        let warnings = outlook.warnings + next.flatMap { Forecast.warnings(for: $0, rules: view.rules) }
        return warnings.filter { seen.insert($0).inserted }.map { warning in
            let title = warning.kind.rawValue.replacing("-", with: " ")
            return CertificateMark.note(.retrying, "\(title.prefix(1).uppercased() + title.dropFirst()):", warning.text)
        }
    }
}
