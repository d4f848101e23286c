import Automation
import Profiles

/// The tab Review: a draft in words, and what it changes.
struct FlowReview: Sendable {
    /// One paragraph with its title.
    struct Paragraph: Sendable, Equatable {
        var title: String
        var text: String
    }

    var paragraphs: [Paragraph]
    /// Against the saved flow, in the order of the form.
    var changes: [FlowChange]
    /// What a year comes to, saved and as in the draft; nil where the saved flow was not forecast.
    var result: (saved: String, draft: String)?
    /// Values of the settings that stay.
    var staying: [String]

    /// - Parameter savedPreview: of the flow as it is saved.
    init(_ preview: FlowPreview, draft: Flow, saved: Flow, savedPreview: FlowPreview?, profiles: ProfileSet) {
        paragraphs = [
            Paragraph(title: "Renovation", text: Self.renovation(preview)),
            Paragraph(title: "Publishing", text: Self.publishing(preview, draft, profiles)),
            Paragraph(title: "Window", text: Self.window(preview)),
            Paragraph(title: "If it fails", text: Self.failing(draft.rules)),
        ]
        changes = FlowChange.all(saved: saved, draft: draft)
        result = savedPreview.map { (Self.result($0), Self.result(preview)) }
        let changed = Set(changes.map(\.setting))
        staying = FlowSetting.allCases.filter { !changed.contains($0) }.map { "\($0.title): \($0.words(draft))" }
    }

    /// "6 settings stay"
    var stayWords: String { "\(Wording.count(staying.count, "setting")) \(staying.count == 1 ? "stays" : "stay")" }

    private static func result(_ preview: FlowPreview) -> String {
        "\(preview.gapWords); \(Wording.count(preview.renewals, "renewal")) in \(preview.span)"
    }

    // MARK: In words

    private static func renovation(_ preview: FlowPreview) -> String {
        let rules = preview.rules
        guard rules.renewalEnabled else {
            let end = preview.input.current.map {
                " Version \(preview.input.currentNumber) ends \(preview.clock.long($0.life.chainNotAfter))."
            }
            return "Auto-renewal is off: no version is made by itself.\(end ?? "")"
        }
        var text = "Auto-renewal is on. \(preview.certificate) is renewed \(rule(preview))"
        let moments = preview.runs.filter { $0.stage == .renewal }.map(\.run.at)
        if let first = moments.first, let last = moments.last, moments.count > 1 {
            text += ", about every \(FlowClock.words(rounded((last - first) / Int64(moments.count - 1))))"
        }
        return text + "."
    }

    private static func rounded(_ span: Span) -> Span {
        span >= .days(3) ? Span.days((span.seconds + 43_200) / 86_400) : span
    }

    private static func rule(_ preview: FlowPreview) -> String {
        let automatic = "when the CA advises, else at two thirds of its life (half of a life under 10 days)"
        switch preview.rules.renewIn {
        case .automatic: return automatic
        case .beforeExpiration(let days):
            guard let life = preview.input.current?.life.length, Span.days(Int64(days)) > life / 2 else {
                return "\(Wording.count(days, "day")) before expiration"
            }
            return "\(automatic): \(Wording.count(days, "day")) before expiration are more than half of its "
                + "\(FlowClock.life(life)) life"
        case .onExpiration: return "on the day on which it expires"
        case .afterExpiration(let days): return "\(Wording.count(days, "day")) after expiration"
        }
    }

    private static func publishing(_ preview: FlowPreview, _ draft: Flow, _ profiles: ProfileSet) -> String {
        let rules = draft.rules
        guard rules.publicationEnabled else {
            let targets = preview.input.targets.count
            return "Automatic publication is off"
                + (targets == 0 ? "." : ": \(Quantity.keeping(targets)).")
        }
        guard !draft.profiles.isEmpty else { return "Automatic publication is on, but no profile says where to." }
        let places = draft.profiles.map { name in
            let targets = profiles.publishing[name]?.targets.map(\.name) ?? []
            let shown = targets.count > 3 ? targets.prefix(2) + ["\(targets.count - 2) more"] : targets[...]
            return targets.isEmpty ? name : "\(WindowWords.list(Array(shown))) through \(name)"
        }
        let when =
            switch rules.publishOn {
            case .afterRenew: "as soon as it is stored and the window is open"
            case .onPreviousExpiry: "from the start of the day on which the previous certificate expires"
            case .afterPreviousExpiry: "after the previous certificate expires"
            }
        return "Each new version goes to \(WindowWords.list(places)), \(when)."
    }

    private static func window(_ preview: FlowPreview) -> String {
        let rules = preview.rules
        func words(_ window: Window) -> String {
            let words = WindowWords(window)
            return "\(words.choice), \(window.zone.identifier): \(words.hours) hours a week"
        }
        var text: String
        var remarks = WindowWords(rules.window).clockChanges(from: preview.now)
        if let other = rules.publicationWindow {
            text = "Renewal runs on \(words(rules.window)). Publication runs on \(words(other))."
            for remark in WindowWords(other).clockChanges(from: preview.now) where !remarks.contains(remark) {
                remarks.append(remark)
            }
        } else {
            text = "Both run on \(words(rules.window))."
        }
        if !rules.earlier { text += " Runs are not moved earlier, even where they miss a deadline for it." }
        return ([text] + remarks).joined(separator: " ")
    }

    private static func failing(_ rules: FlowRules) -> String {
        let answer =
            switch rules.lastResort {
            case .ask: "you are asked whether to publish outside the window; unanswered, it waits for the next one"
            case .publish: "it publishes anyway, outside the window"
            case .wait: "it waits for the next one"
            }
        return "Tried again after 1, 10 and 100 minutes, then daily, inside the window. Where no open period is left "
            + "before the deadline, a renewal runs outside the window; of a publication, \(answer)."
    }
}
