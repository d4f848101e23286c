import Automation
import PluginKit
import Profiles

/// One flow as the form of *Automated flow* holds it: what was typed, kept as it was typed whether or not it can be
/// saved.
struct FlowDraft: Sendable, Equatable {
    /// "Renew in", as form, `flows.yaml` and API spell it.
    enum RenewChoice: String, CaseIterable, Sendable {
        case automatic
        case beforeExpiration = "before-expiration"
        case onExpiration = "on-expiration"
        case afterExpiration = "after-expiration"

        /// Whether "Days" belongs to it.
        var takesDays: Bool { self == .beforeExpiration || self == .afterExpiration }
        var label: String {
            switch self {
            case .automatic: "Automatic"
            case .beforeExpiration: "Before expiration"
            case .onExpiration: "On expiration"
            case .afterExpiration: "After expiration"
            }
        }

        init(_ rule: RenewIn) {
            self =
                switch rule {
                case .automatic: .automatic
                case .beforeExpiration: .beforeExpiration
                case .onExpiration: .onExpiration
                case .afterExpiration: .afterExpiration
                }
        }
    }

    /// "Days" as offered; a value set elsewhere is shown beside them.
    static let daysOffered = [30, 15, 7, 3, 1]

    /// Of the certificate when the form was opened.
    var revision: String
    var renewal: String
    var renewIn: String
    /// Kept while the choice of "Renew in" hides them.
    var days: String
    var publication: String
    var profiles: [String]
    var publishOn: String
    var lastResort: String
    var same: String
    var earlier: String
    var window: WindowDraft
    /// Kept while one window serves both stages.
    var publicationWindow: WindowDraft
    /// Ids of warnings.
    var confirmed: [String]
    var reason: String
    /// The flow that the form was opened with, as JSON; empty where the form does not say.
    var base: String

    /// A saved flow, as it opens.
    init(_ flow: Flow, revision: Int64) {
        let rules = flow.rules
        self.revision = String(revision)
        renewal = Self.word(rules.renewalEnabled)
        renewIn = RenewChoice(rules.renewIn).rawValue
        days = String(rules.renewIn.days ?? 30)
        publication = Self.word(rules.publicationEnabled)
        profiles = flow.profiles
        publishOn = rules.publishOn.rawValue
        lastResort = rules.lastResort.rawValue
        same = Self.word(rules.publicationWindow == nil)
        earlier = Self.word(rules.earlier)
        window = WindowDraft(rules.window)
        publicationWindow = WindowDraft(rules.windowOfPublication)
        confirmed = []
        reason = ""
        base = FlowJSON(flow).text
    }

    /// What a form holds.
    ///
    /// - Parameter base: the draft of the saved flow; it stands for controls that the form does not have.
    init(form: [String: [String]], base: FlowDraft) {
        func one(_ control: FlowControl, _ otherwise: String) -> String {
            form[control.rawValue]?.first ?? otherwise
        }
        self = base
        revision = one(.revision, base.revision)
        renewal = one(.renewal, base.renewal)
        renewIn = one(.renewIn, base.renewIn)
        days = one(.days, base.days)
        publication = one(.publication, base.publication)
        // A drop-down where nothing is chosen sends an empty name.
        if let names = form[FlowControl.profile.rawValue] {
            profiles = names.filter { !$0.isEmpty }
        } else if form[FlowControl.publication.rawValue] != nil {
            profiles = []
        }
        publishOn = one(.publishOn, base.publishOn)
        lastResort = one(.lastResort, base.lastResort)
        same = one(.same, base.same)
        earlier = one(.earlier, base.earlier)
        window = WindowDraft(form: form, .first, base: base.window)
        publicationWindow = WindowDraft(form: form, .publication, base: base.publicationWindow)
        confirmed = form[FlowControl.confirm.rawValue] ?? []
        reason = one(.reason, base.reason)
        self.base = one(.base, base.base)
    }

    /// The form fields that hold this draft, for pages that carry it on.
    var form: [(name: String, values: [String])] {
        let fields: [(FlowControl, [String])] =
            [
                (.revision, [revision]), (.base, [base]), (.renewal, [renewal]), (.renewIn, [renewIn]),
                (.days, [days]), (.publication, [publication]), (.profile, profiles), (.publishOn, [publishOn]),
                (.lastResort, [lastResort]), (.same, [same]), (.earlier, [earlier]),
            ] + window.fields(.first) + publicationWindow.fields(.publication) + [
                (.confirm, confirmed), (.reason, [reason]),
            ]
        return fields.map { (name: $0.0.rawValue, values: $0.1) }
    }

    /// "Days" to choose from: those offered, and the draft's own where it is another one.
    var dayChoices: [Int] {
        guard let own = Int(days), (1...365).contains(own), !Self.daysOffered.contains(own) else {
            return Self.daysOffered
        }
        return (Self.daysOffered + [own]).sorted(by: >)
    }

    /// Whether "Days" is shown: hidden for Automatic and On expiration.
    var showsDays: Bool { RenewChoice(rawValue: renewIn)?.takesDays ?? true }

    static func word(_ flag: Bool) -> String { flag ? "yes" : "no" }
}

extension RenewIn {
    /// Nil where the rule counts none.
    var days: Int? {
        switch self {
        case .automatic, .onExpiration: nil
        case .beforeExpiration(let days), .afterExpiration(let days): days
        }
    }
}
