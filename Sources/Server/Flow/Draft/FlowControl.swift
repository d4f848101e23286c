/// The tabs of the screen *Automated flow*.
enum FlowTab: String, CaseIterable, Sendable {
    case renovation, publishing, review

    /// As it stands on the tab.
    var title: String { rawValue.capitalized }
}

/// A control of the screen *Automated flow*; the raw value is the name of its form field.
enum FlowControl: String, CaseIterable, Sendable {
    case renewal, renewIn, days
    case publication, profile, publishOn, lastResort
    case same, earlier
    case windowBy, day, period, cell, timeZone
    case publicationWindowBy, publicationDay, publicationPeriod, publicationCell, publicationTimeZone
    case confirm, reason, revision
    /// The flow that the draft began with, as JSON: so that two people's changes can be told apart.
    case base

    /// The label on the page (DESIGN.md, section 2).
    var label: String {
        switch self {
        case .renewal: "Enable auto-renewal?"
        case .renewIn: "Renew in"
        case .days: "Days"
        case .publication: "Enable automatic publication?"
        case .profile: "Publishing profile"
        case .publishOn: "Publish on"
        case .lastResort: "If no chosen period is left before expiry"
        case .same: "The same for renewal and publication"
        case .earlier: "Move runs earlier so that a deadline is met"
        case .windowBy, .publicationWindowBy: "Choose by"
        case .day, .publicationDay: "Days for executions"
        case .period, .publicationPeriod: "Periods for executions"
        case .cell, .publicationCell: "Days and periods"
        case .timeZone, .publicationTimeZone: "Time zone"
        case .confirm: "Confirmation"
        case .reason: "Reason"
        case .revision, .base: "Revision"
        }
    }

    /// The tab that it stands on.
    var tab: FlowTab {
        switch self {
        case .renewal, .renewIn, .days: .renovation
        case .confirm, .reason, .revision, .base: .review
        default: .publishing
        }
    }
}

/// Why a flow can't be saved: at which control, what is wrong, and what to do.
struct FlowProblem: Error, Sendable, Hashable {
    var control: FlowControl
    /// Of the control.
    var label: String
    var message: String
    /// Starts with a verb.
    var remedy: String

    init(_ control: FlowControl, _ message: String, remedy: String) {
        self.control = control
        label = control.label
        self.message = message
        self.remedy = remedy
    }

    var tab: FlowTab { control.tab }
}
