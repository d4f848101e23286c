import Automation
import Runner
import Storage

/// The page *Set the flow* of many certificates.
struct BulkFlowPage {
    struct Failure {
        var label: String
        var message: String
        var remedy: String
    }

    /// The first of them: its flow is what the form begins with.
    var sample: FlowPage
    var bulk: BulkFlow
    var selection: BulkSelection
    /// Why it is not saved, or not everywhere.
    var errors: [Failure] = []

    private static let mostListed = 50

    /// Whether it can be saved as it is: nothing wrong, every warning confirmed, something to change.
    var isReady: Bool { sample.reading.problems.isEmpty && unconfirmed == 0 && !bulk.changing.isEmpty }

    var context: [String: Any] {
        var context: [String: Any] = sample.context
        let title = "Set the flow of \(Quantity.words(bulk.rows.count, "certificate"))"
        let fields: [String: Any] = [
            "pageTitle": title, "title": title,
            "crumbs": Crumbs.to(
                ("Reports", ""), ("Certificate", ""), ("Automated certificates", selection.backHref), (title, "")),
            "lede":
                "One flow for all of them; it begins as that of \(sample.certificate.name). What you do not want to share, "
                + "set per certificate.",
            "backHref": selection.backHref,
            "selection": "\(selection.isMatching ? selection.seal : "names") \(selection.query.address)",
            "names": selection.isMatching ? [] : selection.names, "tabs": tabs, "toConfirm": confirmWords,
            "forecast": forecast, "review": sample.tab == .review ? review : ListingParts.nothing as Any,
            "savedWords": "\(Quantity.words(bulk.changing.count)) of \(Quantity.words(bulk.rows.count)) change",
            "saveWords": "Save \(Quantity.words(bulk.changing.count, "flow"))",
        ]
        context.merge(fields) { $1 }
        // The words under the choices are of one certificate: here they would mislead.
        context.merge(sample.controls([]) as [String: Any]) { $1 }
        if !errors.isEmpty {
            context["hasErrors"] = true
            context["errorsTitle"] = "Not saved for \(Quantity.words(errors.count)) of them"
            context["errors"] = errors.prefix(Self.mostListed).map {
                ["id": "reason", "label": $0.label, "message": $0.message, "remedy": $0.remedy]
            }
        }
        return context
    }

    /// Of the template `bulk-load` alone.
    var fragment: [String: Any] { ["forecast": forecast] }

    // MARK: Load

    private var forecast: [String: Any] {
        let busiest = bulk.after.busiest.map {
            "At most \(Quantity.words($0.runs, "run")) in one period, \($0.day.short) \($0.period.name), in 90 days."
        }
        return [
            "load": LoadTable.weekly(bulk.after, caption: "Runs in 90 days with this flow, by day and period").context,
            "loadWords": busiest ?? "Nothing runs in 90 days.", "notes": warnings, "lines": ListingParts.nothing,
            "tabs": tabs,
        ]
    }

    private var tabs: [[String: Any]] {
        sample.tabs.map { tab in
            var tab = tab as [String: Any]
            let isReview = tab["value"] as? String == FlowTab.review.rawValue
            let errors = FlowTab(rawValue: tab["value"] as? String ?? "").map { sample.reading.count(on: $0) } ?? 0
            tab["hasMark"] = !isReview && errors > 0
            tab["mark"] = ListingParts.mark("bad", "bad", String(errors))
            tab["hasStep"] = isReview && !confirmWords.isEmpty
            tab["step"] = confirmWords
            return tab
        }
    }

    // MARK: Warnings

    private var confirmWords: String {
        let errors = sample.reading.problems.count
        if errors > 0 { return "\(Wording.count(errors, "error")) to correct" }
        return unconfirmed == 0 ? "" : "\(Wording.count(unconfirmed, "warning")) to confirm"
    }

    private var unconfirmed: Int {
        warnings.count { warning in
            warning["mustConfirm"] as? Bool == true && warning["isConfirmed"] as? Bool == false
        }
    }

    private var warnings: [[String: Any]] {
        var warnings = bulk.warningCounts.map { kind, count in
            let isOutage = kind == .outageByRule || kind == .outageByWindow
            let many = Quantity.words(count, "certificate")
            return warning(
                "\(kind.rawValue)-\(count)", isBad: isOutage, Self.title(kind),
                "\(many) of \(Quantity.words(bulk.rows.count)).",
                confirm: "I accept this for \(many)")
        }
        let rules = sample.reading.flow.rules
        if !bulk.changing.isEmpty, !rules.renewalEnabled {
            warnings.append(
                warning(
                    "renewal-off", isBad: false, "Auto-renewal is off.", "None of them is renewed by itself.",
                    confirm: "I renew them by hand"))
        }
        if !bulk.changing.isEmpty, !rules.publicationEnabled {
            warnings.append(
                warning(
                    "publication-off", isBad: false, "Automatic publication is off.",
                    "None of them is published by itself.",
                    confirm: "I publish them by hand"))
        }
        return warnings
    }

    private func warning(
        _ id: String, isBad: Bool, _ title: String, _ text: String, confirm: String
    ) -> [String: Any] {
        var note = ListingParts.note(isBad ? "bad" : "warn", isBad ? "bad" : "warn", title, text)
        note["id"] = "bulk-\(id)"
        note["mustConfirm"] = true
        note["isConfirmed"] = sample.draft.confirmed.contains("bulk-\(id)")
        note["confirmWords"] = confirm
        return note
    }

    private static func title(_ kind: ForecastWarning.Kind) -> String {
        switch kind {
        case .outageByRule: "Outage by rule:"
        case .outageByWindow: "Outage by the window:"
        case .deadlineMissed: "Later than its deadline:"
        case .windowUnusable: "No open period in time:"
        case .daysClamped: "Too early for this life, so Automatic is used:"
        case .fewTries: "Few tries:"
        case .gapLongerThanLead: "The window stays closed for long:"
        default: "\(kind.rawValue.replacing("-", with: " ").capitalized):"
        }
    }

    // MARK: Review

    private var review: [String: Any] {
        let words = FlowReview(
            sample.preview, draft: sample.reading.flow, saved: sample.certificate.flow, savedPreview: nil,
            profiles: sample.profiles)
        let listed = bulk.refused + bulk.changing + bulk.staying
        let more = listed.count - Self.mostListed
        return [
            "hasWarnings": !warnings.isEmpty, "warnings": warnings,
            "before": LoadTable.weekly(bulk.before, caption: "Runs in 90 days as it is, by day and period").context,
            "beforeWords": "\(Quantity.words(bulk.before.sum, "run")) in 90 days",
            "after": LoadTable.weekly(bulk.after, caption: "Runs in 90 days with this flow, by day and period").context,
            "afterWords": "\(Quantity.words(bulk.after.sum, "run")) in 90 days",
            "words": words.paragraphs.map { ["label": $0.title, "text": $0.text] },
            "listWords": "\(bulk.changing.count) change, \(bulk.staying.count) stay, \(bulk.refused.count) can't",
            "list": listed.prefix(Self.mostListed).map(row), "hasMore": more > 0,
            "more": more > 0 ? "and \(Quantity.words(more)) more" : "", "reason": sample.draft.reason,
        ]
    }

    private func row(_ row: BulkFlow.Row) -> [String: Any] {
        let mark: [String: Any]
        var text = row.changes.map { "\($0.title): \($0.saved) to \($0.draft)" }.joined(separator: "; ")
        if let problem = row.problem {
            mark = ListingParts.mark("bad", "bad", "can't")
            text = "\(problem.message) \(problem.remedy)"
        } else if row.changes.isEmpty {
            mark = ListingParts.mark("off", "off", "stays")
        } else {
            mark = ListingParts.mark("ok", "done", "changes")
        }
        return [
            "name": row.certificate, "href": ListingAddress.certificate(row.certificate), "isHot": row.problem != nil,
            "mark": mark, "text": text,
        ]
    }
}
