import Automation
import PluginKit
import Profiles

/// One window as its controls hold it: what was typed, whether or not it makes a window.
struct WindowDraft: Sendable, Equatable {
    /// The form fields of one window.
    struct Controls: Sendable {
        var by: FlowControl
        var day: FlowControl
        var period: FlowControl
        var cell: FlowControl
        var timeZone: FlowControl

        static let first = Controls(by: .windowBy, day: .day, period: .period, cell: .cell, timeZone: .timeZone)
        /// Of publication, where it differs.
        static let publication = Controls(
            by: .publicationWindowBy, day: .publicationDay, period: .publicationPeriod, cell: .publicationCell,
            timeZone: .publicationTimeZone)
    }

    enum By: String, CaseIterable, Sendable {
        /// Every chosen period on every chosen day.
        case days
        /// Single cells of the grid.
        case cells
    }

    static let all = "all"

    var by: String
    /// "all", "sunday" ... "saturday"
    var days: [String]
    /// "all", "08:00-12:00" ... "04:00-08:00"
    var periods: [String]
    /// "saturday 20:00-24:00"
    var cells: [String]
    var timeZone: String

    /// A window as it opens: by days and periods where it is the product of some, else cell by cell.
    init(_ window: Window) {
        let open = window.cells
        let days = Weekday.inFormOrder.filter { day in Period.all.contains { open[day, $0] } }
        let periods = Period.inFormOrder.filter { period in Weekday.allCases.contains { open[$0, period] } }
        by = (Cells(days: days, periods: periods) == open ? By.days : .cells).rawValue
        self.days = days.count == 7 ? [Self.all] : days.map(\.name)
        self.periods = periods.count == 6 ? [Self.all] : periods.map(\.name)
        cells = Weekday.inFormOrder.flatMap { day in
            Period.inFormOrder.filter { open[day, $0] }.map { "\(day.name) \($0.name)" }
        }
        timeZone = window.zone.identifier
    }

    /// What a form holds. One without the window's fields leaves `base` as it is; boxes that are not ticked are not sent.
    init(form: [String: [String]], _ controls: Controls, base: WindowDraft) {
        self = base
        timeZone = form[controls.timeZone.rawValue]?.first ?? base.timeZone
        guard let by = form[controls.by.rawValue]?.first else { return }
        self.by = by
        days = form[controls.day.rawValue] ?? []
        periods = form[controls.period.rawValue] ?? []
        cells = form[controls.cell.rawValue] ?? []
    }

    func fields(_ controls: Controls) -> [(FlowControl, [String])] {
        [
            (controls.by, [by]), (controls.day, days), (controls.period, periods), (controls.cell, cells),
            (controls.timeZone, [timeZone]),
        ]
    }

    func ticks(_ day: Weekday) -> Bool { days.contains(Self.all) || days.contains(day.name) }
    func ticks(_ period: Period) -> Bool { periods.contains(Self.all) || periods.contains(period.name) }
    func ticks(_ day: Weekday, _ period: Period) -> Bool {
        by == By.cells.rawValue ? cells.contains("\(day.name) \(period.name)") : ticks(day) && ticks(period)
    }

    /// The window that was typed; what can't be read is reported and counts as closed, an unknown zone as `fallback`.
    func window(_ controls: Controls, fallback: Zone, _ report: (FlowProblem) -> Void) -> Window {
        var zone = fallback
        switch ZoneTable.find(timeZone) {
        case .success(let found): zone = found
        case .failure(let unknown):
            report(FlowProblem(controls.timeZone, unknown.message, remedy: unknown.remedy))
        }
        return Window(readCells(controls, report), zone: zone)
    }

    private func readCells(_ controls: Controls, _ report: (FlowProblem) -> Void) -> Cells {
        switch By(rawValue: by) {
        case .days:
            let chosenDays = Self.values(days, Weekday.allCases, controls.day, named: Weekday.init(name:), report)
            let chosen = Self.values(periods, Period.all, controls.period, named: Period.init(name:), report)
            return Cells(days: chosenDays, periods: chosen)
        case .cells:
            var open = Cells.none
            for text in cells {
                let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
                if parts.count == 2, let day = Weekday(name: parts[0]), let period = Period(name: parts[1]) {
                    open[day, period] = true
                } else {
                    report(
                        FlowProblem(
                            controls.cell, "`\(ShownText(text))` is no day and period.",
                            remedy: "Write for example `saturday 20:00-24:00`."))
                }
            }
            return open
        case nil:
            report(FlowProblem.unknownChoice(controls.by, by, By.allCases.map(\.rawValue)))
            return .none
        }
    }

    private static func values<Value>(
        _ texts: [String], _ all: [Value], _ control: FlowControl, named: (String) -> Value?,
        _ report: (FlowProblem) -> Void
    ) -> [Value] {
        if texts.contains(Self.all) { return all }
        return texts.compactMap { text in
            if let value = named(text) { return value }
            report(
                FlowProblem(
                    control, "`\(ShownText(text))` is not known in \(control.label).",
                    remedy: control == .day || control == .publicationDay
                        ? NearestKey.remedy(for: text, among: Weekday.inFormOrder.map(\.name))
                        : "Choose of \(Period.inFormOrder.map(\.name).joined(separator: ", "))."))
            return nil
        }
    }
}

extension FlowProblem {
    static func unknownChoice(_ control: FlowControl, _ text: String, _ known: [String]) -> FlowProblem {
        FlowProblem(
            control, "`\(ShownText(text))` is not known as \(control.label).",
            remedy: "Choose one of \(known.joined(separator: ", ")).")
    }
}

extension Weekday {
    /// The order of the check boxes.
    static let inFormOrder: [Weekday] = [.sunday, .monday, .tuesday, .wednesday, .thursday, .friday, .saturday]

    /// "Sunday"
    var label: String { name.capitalized }
}

extension Period {
    /// The order of the check boxes.
    static let inFormOrder = Period.all.filter { $0.index >= 2 } + Period.all.filter { $0.index < 2 }

    /// Exactly as it stands beside its check box.
    var label: String {
        switch index {
        case 0: "12:00 AM - 04:00 AM"
        case 1: "04:00 AM - 08:00 AM"
        case 2: "08:00 AM - 12:00 PM"
        case 3: "12:00 PM - 4:00 PM"
        case 4: "4:00 PM - 8:00 PM"
        default: "8:00 PM - 12:00 AM"
        }
    }
}
