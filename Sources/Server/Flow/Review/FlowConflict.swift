import Automation
import Foundation
import Profiles
import Storage

/// Somebody saved the flow after this draft was opened: what they changed, and whether that touches what the draft
/// changes.
struct FlowConflict: Sendable {
    /// Who saved it last, as the audit trail tells.
    struct Saver: Sendable, Equatable {
        var name: String
        var at: Instant
    }

    /// The certificate's revision by now.
    var revision: Int64
    var saver: Saver?
    /// From what the draft was opened with to what is saved; nil where the draft does not say what that was.
    var changedThere: [FlowChange]?
    /// Settings that both changed, and not alike.
    var touching: [FlowSetting]
    /// The settings that were changed there, or where nobody knows which, those in which the draft differs.
    var rows: [Row]

    /// One setting as three flows have it.
    struct Row: Sendable, Equatable {
        var setting: String
        /// Empty where the draft does not say what it was opened with.
        var was: String
        var theirs: String
        var mine: String
    }

    /// The draft's changes on top of what is saved.
    private var merged: Flow
    private let draft: FlowDraft

    /// Nil where the draft is of the saved revision, or nothing of the flow changed since (`FlowDraft.refreshed`).
    ///
    /// - Parameters:
    ///   - mine: what the draft comes to.
    ///   - events: newest first, of the certificate.
    init?(_ draft: FlowDraft, mine: Flow, saved: CertificateRecord, events: [Event]) {
        guard draft.revision != String(saved.revision) else { return nil }
        let base = draft.baseFlow
        guard base != saved.flow else { return nil }
        self.draft = draft
        revision = saved.revision
        saver = Saver(events)
        let apart = Set(FlowSetting.differing(mine, saved.flow))
        let shown = FlowSetting.differing(base ?? mine, saved.flow)
        rows = shown.map { setting in
            Row(
                setting: setting.title, was: base.map(setting.words) ?? "", theirs: setting.words(saved.flow),
                mine: setting.words(mine))
        }
        guard let base else {
            // Nobody knows what was whose: all of mine goes on top.
            touching = FlowSetting.allCases.filter(apart.contains)
            merged = mine
            return
        }
        changedThere = FlowChange.all(saved: base, draft: saved.flow)
        let ours = FlowSetting.differing(base, mine)
        let theirs = Set(FlowSetting.differing(base, saved.flow))
        touching = ours.filter { theirs.contains($0) && apart.contains($0) }
        merged = saved.flow
        for setting in ours { setting.copy(from: mine, to: &merged) }
    }

    /// "Put mine on top of revision 13": the draft's changes over what is saved, to be looked at and saved.
    var rebased: FlowDraft {
        var rebased = FlowDraft(merged, revision: revision)
        rebased.reason = draft.reason
        return rebased
    }
}

extension FlowDraft {
    /// The flow that the draft was opened with; nil where the form does not say, or says something else.
    var baseFlow: Flow? {
        guard !base.isEmpty else { return nil }
        return FlowJSON.read(Data(base.utf8), profiles: nil).flow
    }

    /// The draft on the present revision, where others changed the certificate but not its flow.
    func refreshed(for saved: CertificateRecord) -> FlowDraft {
        guard revision != String(saved.revision), Int64(revision) != nil, baseFlow == saved.flow else { return self }
        var draft = self
        draft.revision = String(saved.revision)
        return draft
    }
}
