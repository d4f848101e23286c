import Automation
import Profiles
import Runner
import Storage

/// The page *Automated flow*: all that its templates fill in, but the frame around it.
struct FlowPage: Sendable {
    typealias Context = [String: any Sendable]

    /// The certificate as it is saved.
    var overview: CertificateOverview
    var draft: FlowDraft
    var reading: FlowReading
    /// Of `reading.flow`.
    var preview: FlowPreview
    /// Of the saved flow.
    var savedPreview: FlowPreview?
    var conflict: FlowConflict?
    var profiles: ProfileSet
    var tab: FlowTab
    /// Whether the tab was asked for by its button, which then has the focus.
    var takesFocus = false
    /// Whether saving was tried: only then are problems told as a summary.
    var isSaving = false
    var maySave: Bool
    /// Who saved the flow last, as the audit trail tells.
    var saver: FlowConflict.Saver?
    /// What saving causes.
    var causes: FlowCauses

    /// Reads and forecasts a draft.
    ///
    /// - Parameter events: of the certificate, newest first.
    static func make(
        _ draft: FlowDraft, of overview: CertificateOverview, tab: FlowTab, maySave: Bool, foresight: Foresight,
        desk: Desk,
        profiles: ProfileSet, events: [Event], now: Instant
    ) async throws -> FlowPage {
        let saved = overview.certificate
        let draft = draft.refreshed(for: saved)
        let reading = FlowReading(draft, saved: saved.flow, profiles: profiles)
        let preview = try await foresight.preview(of: overview, under: reading.flow, now: now)
        let savedPreview =
            reading.flow == saved.flow
            ? preview : try await foresight.preview(of: overview, under: saved.flow, now: now)
        return FlowPage(
            overview: overview, draft: draft, reading: reading, preview: preview, savedPreview: savedPreview,
            conflict: FlowConflict(draft, mine: reading.flow, saved: saved, events: events), profiles: profiles,
            tab: tab, maySave: maySave, saver: FlowConflict.Saver(events),
            causes: try await desk.causes(of: reading.flow, for: saved, now: now))
    }

    /// Whether it can be saved as it is: nothing wrong, nobody in between, every warning confirmed.
    var isReady: Bool { reading.problems.isEmpty && conflict == nil && preview.unconfirmed(draft).isEmpty }

    var certificate: CertificateRecord { overview.certificate }
    var changes: [FlowChange] { FlowChange.all(saved: certificate.flow, draft: reading.flow) }
    var clock: FlowClock { preview.clock }

    /// "draft, 3 changes"
    var draftWords: String {
        changes.isEmpty ? "no changes" : "draft, \(Wording.count(changes.count, "change"))"
    }

    /// "2 warnings to confirm"
    var confirmWords: String {
        let errors = reading.problems.count
        if errors > 0 { return "\(Wording.count(errors, "error")) to correct" }
        let left = preview.unconfirmed(draft).count
        return left == 0 ? "" : "\(Wording.count(left, "warning")) to confirm"
    }

    /// "Last saved by mara, Tue 3 Nov 2026"
    private var savedWords: String {
        if let saver { return "Last saved by \(saver.name), \(clock.dayAndYear(saver.at))" }
        return certificate.revision == 0 ? "Nobody has changed it yet" : "As it is saved"
    }

    /// "lets-encrypt, 47 days, ecdsa-p256. Version 7 in service on 2 of 2 targets."
    private var lede: String {
        let life = overview.state.life.map { "\(Wording.words($0.length)), " } ?? ""
        let issued = "\(certificate.issuer), \(life)\(certificate.key.type.rawValue)."
        let number = overview.state.current
        guard number > 0 else { return "\(issued) There is no version yet." }
        let targets = overview.placements
        let serving = targets.count { $0.held?.number == number && $0.proof?.outcome == .serving }
        let places = targets.isEmpty ? "" : " in service on \(serving) of \(Wording.count(targets.count, "target"))"
        return "\(issued) Version \(number)\(places)."
    }

    /// Everything but frame, crumbs, `csrf` and `pageTitle`.
    var context: Context {
        let lines = lines
        var context: Context = [
            "name": certificate.name, "href": "/certificates/\(certificate.name)", "lede": lede,
            "zone": reading.flow.rules.window.zone.identifier, "draft": draftWords,
            "isChanged": !changes.isEmpty, "revision": draft.revision,
            "base": draft.base, "tab": tab.rawValue, "tabs": tabs, "isRenovation": tab == .renovation,
            "isPublishing": tab == .publishing, "isReview": tab == .review, "confirmed": draft.confirmed,
            "reason": draft.reason, "toConfirm": confirmWords, "savedWords": savedWords, "maySave": maySave,
            "hasConflict": conflict != nil, "conflict": conflictContext, "hasErrors": false, "errorsTitle": "",
            "errors": [Context](), "zones": ZoneTable.knownIdentifiers, "forecast": forecast(lines),
            "review": [Context](),
        ]
        if let life = overview.state.life { context["expires"] = Self.time(life.chainNotAfter, clock, isLong: true) }
        if isSaving, !reading.problems.isEmpty {
            context["hasErrors"] = true
            context["errorsTitle"] = "The flow is not saved: \(Wording.count(reading.problems.count, "error"))"
            context["errors"] = reading.problems.map { problem -> Context in
                [
                    "id": Self.anchor(problem.control), "label": problem.label, "message": problem.message,
                    "remedy": problem.remedy,
                ]
            }
        }
        if tab == .review { context["review"] = review }
        context.merge(controls(lines)) { $1 }
        return context
    }

    /// Of the template `flow-forecast` alone.
    var fragment: Context { ["forecast": forecast(lines)] }

    var tabs: [Context] {
        FlowTab.allCases.map { tab in
            let errors = reading.count(on: tab)
            let warnings = preview.count(on: tab)
            let isBad = errors > 0 || preview.warnings.contains { $0.tab == tab && $0.tone == .bad }
            let isMarked = tab != .review && errors + warnings > 0
            return [
                "value": tab.rawValue, "label": tab.title, "isCurrent": tab == self.tab,
                "takesFocus": takesFocus && tab == self.tab, "hasMark": isMarked,
                "mark": Self.mark(isBad ? .bad : .warn, String(errors + warnings)),
                "hasStep": tab == .review && !confirmWords.isEmpty, "step": confirmWords,
            ]
        }
    }

    private var conflictContext: Context {
        guard let conflict else { return [:] }
        let who = conflict.saver?.name ?? "Somebody"
        let when = conflict.saver.map { ", \(clock.short($0.at))" } ?? ""
        let there = conflict.rows.map(\.setting).joined(separator: ", ")
        let touching =
            conflict.touching.isEmpty
            ? "none touches the same setting" : "\(conflict.touching.count) of them touch the same setting"
        return [
            "title": "\(who) saved revision \(conflict.revision) while you were editing",
            "text": "Changed there: \(there)\(when). Your changes are kept below; \(touching).",
            "changes": conflict.rows.map { row -> Context in
                ["setting": row.setting, "was": row.was, "theirs": row.theirs, "mine": row.mine]
            },
            "rebaseWords": "Put mine on top of revision \(conflict.revision)",
        ]
    }

    // MARK: Parts that the templates share

    static func mark(_ tone: ChoiceLine.Tone, _ words: String) -> Context {
        ["tone": tone.name, "icon": tone.icon, "words": words]
    }

    static func time(_ instant: Instant, _ clock: FlowClock, isLong: Bool = false) -> Context {
        FlowClock.context(instant, isLong ? clock.long(instant) : clock.short(instant))
    }
}

extension ChoiceLine.Tone {
    /// As the style sheet names it.
    var name: String { self == .plain ? "" : rawValue }
    /// Of the sprite.
    var icon: String { self == .plain ? "done" : rawValue }
}

extension FlowConflict.Saver {
    /// - Parameter events: of one certificate, newest first.
    init?(_ events: [Event]) {
        let kinds = ["flow.changed", "certificate.changed", "certificate.created"]
        guard let last = events.first(where: { kinds.contains($0.draft.kind) }) else { return nil }
        self.init(name: last.draft.actor, at: last.draft.at)
    }
}
