import Automation

/// What can differ between two flows, in the order of the form.
enum FlowSetting: String, CaseIterable, Sendable {
    case renewal, renewIn, days, publication, profiles, publishOn, lastResort, window, timeZone, publicationWindow
    case earlier

    var title: String {
        switch self {
        case .renewal: FlowControl.renewal.label
        case .renewIn: FlowControl.renewIn.label
        case .days: FlowControl.days.label
        case .publication: FlowControl.publication.label
        case .profiles: FlowControl.profile.label
        case .publishOn: FlowControl.publishOn.label
        case .lastResort: FlowControl.lastResort.label
        case .window: "Days and periods for executions"
        case .timeZone: FlowControl.timeZone.label
        case .publicationWindow: "Window of publication"
        case .earlier: FlowControl.earlier.label
        }
    }

    /// The value in the words of its control.
    func words(_ flow: Flow) -> String {
        let rules = flow.rules
        switch self {
        case .renewal: return rules.renewalEnabled ? "Yes" : "No"
        case .renewIn: return FlowDraft.RenewChoice(rules.renewIn).label
        case .days: return rules.renewIn.days.map { Wording.count($0, "day") } ?? "none"
        case .publication: return rules.publicationEnabled ? "Yes" : "No"
        case .profiles: return flow.profiles.isEmpty ? "none" : flow.profiles.joined(separator: ", ")
        case .publishOn: return rules.publishOn.label
        case .lastResort: return rules.lastResort.label
        case .window: return WindowWords(rules.window).choice
        case .timeZone: return rules.window.zone.identifier
        case .publicationWindow:
            return rules.publicationWindow.map { "\(WindowWords($0).choice), \($0.zone.identifier)" }
                ?? "the same as for renewal"
        case .earlier: return rules.earlier ? "Yes" : "No"
        }
    }

    func differs(_ one: Flow, _ other: Flow) -> Bool {
        switch self {
        case .window: one.rules.window.cells != other.rules.window.cells
        case .publicationWindow: one.rules.publicationWindow != other.rules.publicationWindow
        case .profiles: one.profiles != other.profiles
        default: words(one) != words(other)
        }
    }

    /// Takes this setting of `source`.
    func copy(from source: Flow, to flow: inout Flow) {
        switch self {
        case .renewal: flow.rules.renewalEnabled = source.rules.renewalEnabled
        case .renewIn, .days: flow.rules.renewIn = source.rules.renewIn
        case .publication: flow.rules.publicationEnabled = source.rules.publicationEnabled
        case .profiles: flow.profiles = source.profiles
        case .publishOn: flow.rules.publishOn = source.rules.publishOn
        case .lastResort: flow.rules.lastResort = source.rules.lastResort
        case .window: flow.rules.window.cells = source.rules.window.cells
        case .timeZone: flow.rules.window.zone = source.rules.window.zone
        case .publicationWindow: flow.rules.publicationWindow = source.rules.publicationWindow
        case .earlier: flow.rules.earlier = source.rules.earlier
        }
    }

    /// Those in which two flows differ.
    static func differing(_ one: Flow, _ other: Flow) -> [FlowSetting] {
        allCases.filter { $0.differs(one, other) }
    }
}

/// One setting that a draft changes.
struct FlowChange: Sendable, Equatable {
    var setting: FlowSetting
    var title: String
    var saved: String
    var draft: String

    init(_ setting: FlowSetting, saved: Flow, draft: Flow) {
        self.setting = setting
        title = setting.title
        self.saved = setting.words(saved)
        self.draft = setting.words(draft)
    }

    static func all(saved: Flow, draft: Flow) -> [FlowChange] {
        FlowSetting.differing(saved, draft).map { FlowChange($0, saved: saved, draft: draft) }
    }
}
