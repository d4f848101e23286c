import Automation

/// The forecast beside the form, and the tab Review.
extension FlowPage {
    /// Of the template `flow-forecast`.
    ///
    /// - Parameter lines: what the choices would cause.
    func forecast(_ lines: [ChoiceLine]) -> Context {
        let steps = preview.steps.prefix(5)
        let tries = triesLeft
        return [
            "hasRuns": !steps.isEmpty, "runs": steps.map { run($0, isLower: true) }, "noRuns": nothingRuns,
            "tries": tries?.words ?? "", "triesTone": tries?.tone.style ?? "", "triesRest": tries?.rest ?? "",
            "notes": preview.warnings.map(note),
            "lines": lines.map { line -> Context in
                ["id": "\(line.control.rawValue)-\(line.value)", "line": line.text, "tone": line.tone.style]
            },
            "tabs": tabs, "draft": draftWords, "isChanged": !changes.isEmpty,
        ]
    }

    /// What the choices of the form would cause.
    var lines: [ChoiceLine] {
        let days = Int(draft.days).flatMap { (1...365).contains($0) ? $0 : nil } ?? 30
        return FlowChoices(preview.input, now: preview.now).lines(days: draft.dayChoices, chosen: days)
    }

    private func run(_ step: FlowStep, isLower: Bool) -> Context {
        let next = step.first
        let words = preview.words(next)
        let isRenewal = next.stage == .renewal
        let act = isRenewal ? "renew" : "publish"
        let version = "version \(next.version)" + (isRenewal ? "" : " to \(step.places)")
        let gap = step.outage.map(FlowClock.words)
        return [
            "icon": act, "act": isLower ? act : act.capitalized, "time": Self.time(next.run.at, words.clock),
            "what": isLower ? (isRenewal ? "renew to \(version)" : "publish \(version)") : version,
            "why": words.why, "hasGap": gap != nil, "gap": gap.map { "\($0) expired" } ?? "",
            "tries": gap.map { "\($0) late" } ?? words.tries(preview.rules), "isLate": gap != nil,
        ]
    }

    private var nothingRuns: String {
        switch preview.input.hindrance {
        case .retired: return "The certificate was taken out of service."
        case .needsAttention(let text): return "The renewal needs attention first: \(text)"
        case .noLaterEnd(let text): return text
        case nil: break
        }
        if preview.input.isPaused { return "The flow is paused." }
        if !preview.rules.renewalEnabled, !preview.rules.publicationEnabled { return "Both stages are switched off." }
        return "Nothing is due in \(preview.span)."
    }

    /// How often the next renewal can be tried before what it replaces ends.
    private var triesLeft: (words: String, tone: ChoiceLine.Tone, rest: String)? {
        guard let next = preview.runs.first(where: { $0.stage == .renewal }), next.replaces != nil,
            let deadline = next.run.deadline, next.run.at < deadline
        else { return nil }
        let tries = Forecast.triesLeft(next, rules: preview.rules)
        let words = tries >= 10 ? "10 tries or more" : tries == 1 ? "1 try" : "\(tries) tries"
        return (words, tries < 3 ? .warn : .plain, "left before version \(preview.input.currentNumber) expires")
    }

    private func note(_ warning: FlowWarning) -> Context {
        [
            "tone": warning.tone.name, "icon": warning.tone.icon, "isAlert": false, "title": warning.title,
            "text": warning.text, "more": [String](), "hasLink": false, "link": Context(),
        ]
    }

    // MARK: Review

    /// Of the template `flow-review`.
    var review: Context {
        let review = FlowReview(
            preview, draft: reading.flow, saved: certificate.flow, savedPreview: savedPreview, profiles: profiles)
        let steps = preview.steps
        var rows = review.changes.map { change -> Context in
            ["setting": change.title, "saved": change.saved, "draft": change.draft]
        }
        if !rows.isEmpty, let result = review.result, result.saved != result.draft {
            rows.append(["setting": "Result in one year", "saved": result.saved, "draft": result.draft])
        }
        let all = preview.isCut ? "The first \(steps.count) runs, \(preview.span)" : "All \(steps.count) in the year"
        return [
            "verdict": Self.mark(
                preview.outages > 0 ? .bad : .plain,
                preview.outages > 0 ? "\(preview.gapWords) with an expired certificate" : preview.gapWords),
            "yearSvg": YearTimeLine(preview).svg,
            "words": review.paragraphs.map { paragraph -> Context in
                ["label": paragraph.title, "text": paragraph.text]
            },
            "changesWords": Wording.count(review.changes.count, "setting"), "hasChanges": !review.changes.isEmpty,
            "savedTitle": "Saved, revision \(certificate.revision)", "changes": rows,
            "staysTitle": review.stayWords, "stays": review.staying.joined(separator: "; "),
            "hasWarnings": !preview.warnings.isEmpty || !causes.isEmpty,
            "warnings": preview.warnings.map(warning) + causeNotes,
            "hasRuns": !steps.isEmpty, "runsWords": "\(steps.count) in \(preview.isCut ? preview.span : "the year")",
            "runs": steps.prefix(5).map { run($0, isLower: false) }, "noRuns": nothingRuns,
            "hasYear": steps.count > 5, "yearTitle": all, "year": steps.map { run($0, isLower: false) },
            "reason": draft.reason,
        ]
    }

    /// What saving causes, with nothing to confirm.
    private var causeNotes: [Context] {
        func note(_ icon: String, _ title: String, _ lines: [String]) -> Context {
            let shown = lines.count > 8 ? Array(lines.prefix(7)) + ["\(lines.count - 7) more"] : lines
            return [
                "tone": "", "icon": icon, "isAlert": false, "title": title, "text": "\(shown.joined(separator: "; ")).",
                "more": [String](), "hasLink": false, "link": Context(), "id": "", "mustConfirm": false,
                "isConfirmed": false, "confirmWords": "",
            ]
        }
        var notes: [Context] = []
        if !causes.publications.isEmpty { notes.append(note("publish", "Saving publishes.", causes.publications)) }
        if !causes.released.isEmpty {
            let kept = ["\(WindowWords.list(causes.released)): what is there stays, and nothing new is put there"]
            notes.append(note("off", "No longer published to.", kept))
        }
        return notes
    }

    private func warning(_ warning: FlowWarning) -> Context {
        var context = note(warning)
        context["id"] = warning.id
        context["mustConfirm"] = warning.confirmation != nil
        context["isConfirmed"] = draft.confirmed.contains(warning.id)
        context["confirmWords"] = warning.confirmation ?? ""
        return context
    }
}
