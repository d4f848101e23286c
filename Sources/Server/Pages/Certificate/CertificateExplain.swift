import Automation
import Runner
import Storage

/// Why one certificate's next runs are when they are.
struct CertificateExplain {
    private let view: CertificateView
    private let explanation: Explanation

    init(_ exchange: Exchange) async throws {
        view = try await CertificateView(exchange)
        let end = max(view.now, view.state.life?.notAfter ?? view.now) + .days(400)
        let outlook = try await exchange.house.foresight.outlook(of: view.overview, until: end)
        explanation = Explanation(outlook, now: view.now) { [view] in view.shown($0.message, code: $0.code) }
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
        for run in explanation.next {
            let clock = run.stage == .renewal ? view.clock : view.publicationClock
            let what = run.target.map { "Publication to \($0)" } ?? "Renewal"
            let when = run.run.at <= view.now ? "now" : "\(clock.words(run.run.at)), \(clock.relative(run.run.at))"
            let sentences = ["Version \(run.version), \(when)."] + explanation.sentences(run)
            rows.append(pair(what, sentences.joined(separator: " ")))
        }
        for rest in explanation.resting {
            rows.append(pair(rest.target.map { "Publication to \($0)" } ?? "Renewal", rest.sentence))
        }
        return rows
    }

    private var present: String {
        guard let life = view.state.life, view.state.current > 0 else { return "no version yet" }
        let verb = life.chainNotAfter > view.now ? "is valid to" : "ended"
        return "version \(view.state.current) \(verb) \(view.clock.words(life.chainNotAfter))"
    }

    private var notes: [[String: Any]] {
        explanation.warnings.map { warning in
            let title = warning.kind.rawValue.replacing("-", with: " ")
            return CertificateMark.note(.retrying, "\(title.prefix(1).uppercased() + title.dropFirst()):", warning.text)
        }
    }
}
