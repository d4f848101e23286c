import Automation
import PluginKit
import Profiles

/// What a draft comes to: a flow, and what keeps it from being saved.
struct FlowReading: Sendable {
    /// With the saved choice, or what comes nearest, in place of what can't be read: fit to be forecast.
    var flow: Flow
    /// In the order of the controls; empty where it can be saved.
    var problems: [FlowProblem]
    /// Of the certificate that the draft was begun with; nil where the form did not say.
    var revision: Int64?

    /// - Parameters:
    ///   - saved: the flow as it is.
    ///   - profiles: those that flows may name.
    init(_ draft: FlowDraft, saved: Flow, profiles: ProfileSet) {
        var problems: [FlowProblem] = []
        func report(_ problem: FlowProblem) { problems.append(problem) }
        func choice<Choice: RawRepresentable & CaseIterable>(
            _ control: FlowControl, _ text: String, _ otherwise: Choice
        ) -> Choice where Choice.RawValue == String {
            if let choice = Choice(rawValue: text) { return choice }
            report(.unknownChoice(control, text, Choice.allCases.map(\.rawValue)))
            return otherwise
        }
        func flag(_ control: FlowControl, _ text: String, _ otherwise: Bool) -> Bool {
            choice(control, text, otherwise ? YesNo.yes : .no) == .yes
        }
        var flow = saved
        flow.rules.renewalEnabled = flag(.renewal, draft.renewal, saved.rules.renewalEnabled)
        let renewIn = choice(.renewIn, draft.renewIn, FlowDraft.RenewChoice(saved.rules.renewIn))
        let days = renewIn.takesDays ? Self.days(draft.days, report) : nil
        flow.rules.renewIn = Self.rule(renewIn, days, saved.rules.renewIn)
        flow.rules.publicationEnabled = flag(.publication, draft.publication, saved.rules.publicationEnabled)
        flow.profiles = Self.profiles(draft.profiles, flow.rules.publicationEnabled, profiles, report)
        flow.rules.publishOn = choice(.publishOn, draft.publishOn, saved.rules.publishOn)
        flow.rules.lastResort = choice(.lastResort, draft.lastResort, saved.rules.lastResort)
        let isSame = flag(.same, draft.same, saved.rules.publicationWindow == nil)
        flow.rules.earlier = flag(.earlier, draft.earlier, saved.rules.earlier)
        let before = problems.count
        flow.rules.window = draft.window.window(.first, fallback: saved.rules.window.zone, report)
        flow.rules.publicationWindow =
            isSame
            ? nil
            : draft.publicationWindow.window(
                .publication, fallback: saved.rules.windowOfPublication.zone, report)
        if problems.count == before { Self.checkWindows(draft, flow.rules, report) }
        revision = Int64(draft.revision)
        if revision == nil {
            report(
                FlowProblem(
                    .revision, "The form does not say which revision of the flow it changes.",
                    remedy: "Open the flow anew, and make the changes there."))
        }
        if draft.reason.utf8.count > 1000 {
            report(FlowProblem(.reason, "The reason is too long.", remedy: "Shorten it to 1,000 bytes."))
        }
        self.flow = flow
        self.problems = problems
    }

    private enum YesNo: String, CaseIterable { case yes, no }

    private static func days(_ text: String, _ report: (FlowProblem) -> Void) -> Int? {
        if let days = Int(text), (1...365).contains(days) { return days }
        report(
            FlowProblem(
                .days, "`\(ShownText(text))` is no whole number of days from 1 to 365.",
                remedy: "Choose one of those offered, or write a number from 1 to 365."))
        return nil
    }

    private static func rule(_ choice: FlowDraft.RenewChoice, _ days: Int?, _ saved: RenewIn) -> RenewIn {
        switch choice {
        case .automatic: .automatic
        case .onExpiration: .onExpiration
        case .beforeExpiration: .beforeExpiration(days: days ?? saved.days ?? 30)
        case .afterExpiration: .afterExpiration(days: days ?? saved.days ?? 30)
        }
    }

    /// As `flows.yaml` is read: publication needs a profile, and each that is named, once, must be usable.
    private static func profiles(
        _ names: [String], _ isEnabled: Bool, _ known: ProfileSet, _ report: (FlowProblem) -> Void
    ) -> [String] {
        if isEnabled, names.isEmpty {
            report(
                FlowProblem(
                    .profile, "Publication is enabled, but no profile says where to.",
                    remedy: "Choose a publishing profile, or switch automatic publication off."))
        }
        var seen: Set<String> = []
        return names.filter { name in
            guard OptionText.isName(name) else {
                report(
                    FlowProblem(
                        .profile, "`\(ShownText(name))` can't be the name of a profile.",
                        remedy: "Choose one of the publishing profiles."))
                return false
            }
            guard seen.insert(name).inserted else {
                report(
                    FlowProblem(
                        .profile, "The profile `\(name)` is chosen twice.", remedy: "Remove one of the two."))
                return false
            }
            if let (message, remedy) = known.unfitness(forFlows: name) {
                report(FlowProblem(.profile, message, remedy: remedy))
            }
            return true
        }
    }

    /// A window that never opens is an error where a stage that is enabled uses it.
    private static func checkWindows(_ draft: FlowDraft, _ rules: FlowRules, _ report: (FlowProblem) -> Void) {
        func never(_ stages: String, _ window: WindowDraft, _ controls: WindowDraft.Controls) {
            let control =
                window.by == WindowDraft.By.cells.rawValue
                ? controls.cell : window.days.isEmpty ? controls.day : controls.period
            report(
                FlowProblem(
                    control, "The window never opens, and \(stages) enabled.",
                    remedy: "Open at least one period of one day, or switch the stage off."))
        }
        let separate = rules.publicationWindow != nil
        if rules.window.cells.isEmpty {
            switch (rules.renewalEnabled, rules.publicationEnabled && !separate) {
            case (true, true): never("renewal and publication are", draft.window, .first)
            case (true, false): never("renewal is", draft.window, .first)
            case (false, true): never("publication is", draft.window, .first)
            case (false, false): break
            }
        }
        if separate, rules.publicationEnabled, rules.windowOfPublication.cells.isEmpty {
            never("publication is", draft.publicationWindow, .publication)
        }
    }

    /// How many problems each tab shows.
    func count(on tab: FlowTab) -> Int { problems.count { $0.tab == tab } }
}
