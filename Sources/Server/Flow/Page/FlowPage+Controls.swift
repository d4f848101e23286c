import Automation
import Profiles

/// The form's controls, each with its choices, what they would cause, and what is wrong with them.
extension FlowPage {
    /// - Parameter lines: what the choices would cause.
    func controls(_ lines: [ChoiceLine]) -> Context {
        func radios(_ control: FlowControl, _ chosen: String, _ choices: [(value: String, label: String)]) -> Context {
            [
                "options": choices.map { choice -> Context in
                    let line = lines.first { $0.control == control && $0.value == choice.value }
                    return [
                        "id": "\(control.rawValue)-\(choice.value)", "name": control.rawValue, "value": choice.value,
                        "label": choice.label, "line": line?.text ?? "", "tone": line?.tone.style ?? "",
                        "isOn": choice.value == chosen,
                    ]
                }
            ]
        }
        let yesNo = [(value: "yes", label: "Yes"), (value: "no", label: "No")]
        return [
            "renewal": radios(.renewal, draft.renewal, yesNo),
            "renewIn": radios(
                .renewIn, draft.renewIn, FlowDraft.RenewChoice.allCases.map { ($0.rawValue, $0.label) }),
            "renewInError": errors(.renewIn),
            "days": radios(
                .days, draft.days, draft.dayChoices.map { (String($0), Wording.count($0, "day")) }),
            "daysError": errors(.days), "earlier": radios(.earlier, draft.earlier, yesNo),
            "publication": radios(.publication, draft.publication, yesNo),
            "publishOn": radios(.publishOn, draft.publishOn, PublishOn.allCases.map { ($0.rawValue, $0.label) }),
            "lastResort": radios(
                .lastResort, draft.lastResort, LastResort.allCases.map { ($0.rawValue, $0.label) }),
            "same": radios(.same, draft.same, yesNo), "profiles": profileFields,
            "window": window(draft.window, .first, reading.flow.rules.window),
            "publicationWindow": window(
                draft.publicationWindow, .publication, reading.flow.rules.windowOfPublication),
        ]
    }

    private func errors(_ control: FlowControl) -> [String] {
        reading.problems.filter { $0.control == control }.map { "\($0.message) \($0.remedy)" }
    }

    // MARK: Publishing profiles

    /// One drop-down for each that is chosen, or an empty one.
    private var profileFields: [Context] {
        let chosen = draft.profiles.isEmpty ? [""] : draft.profiles
        return chosen.enumerated().map { index, name in
            let own = profiles.unfitness(forFlows: name)
            let isMissing = !name.isEmpty && own != nil
            var options: [Context] = [["value": "", "label": "none", "isOn": name.isEmpty]]
            for known in profiles.publishing.keys.sorted() where profiles.unfitness(forFlows: known) == nil {
                options.append(["value": known, "label": known, "isOn": known == name])
            }
            if isMissing { options.append(["value": name, "label": "\(name) (can't be used)", "isOn": true]) }
            let isTwice = chosen[..<index].contains(name)
            let first = index == 0 ? errors(.profile).first : nil
            let error =
                name.isEmpty
                ? first : isMissing ? own.map { "\($0.message) \($0.remedy)" } : isTwice ? "It is chosen twice." : nil
            let targets = profiles.publishing[name]?.targets.count ?? 0
            return [
                "id": index == 0 ? "profile-1" : "profile-\(index + 1)", "number": String(index + 1),
                "options": options, "hasHref": !name.isEmpty && !isMissing, "href": "/profiles/\(name)",
                "hasCheck": targets > 0, "check": Self.mark(.plain, Wording.count(targets, "target")),
                "hasError": error != nil, "error": error ?? "",
            ]
        }
    }

    // MARK: Windows

    private func window(_ typed: WindowDraft, _ controls: WindowDraft.Controls, _ window: Window) -> Context {
        func error(_ control: FlowControl) -> String { errors(control).joined(separator: " ") }
        let words = WindowWords(window)
        let cells = window.cells
        let next = nextCell(in: window, isPublication: controls.by == .publicationWindowBy)
        let id = controls.by == .windowBy ? "window" : "publicationWindow"
        let rows = Period.all.map { period -> Context in
            [
                "period": period.name,
                "cells": Weekday.allCases.map { day -> Context in
                    [
                        "value": "\(day.name) \(period.name)", "words": "\(day.label) \(period.name)",
                        "isOpen": typed.ticks(day, period), "isNext": next?.0 == day && next?.1 == period,
                    ]
                },
            ]
        }
        let midnight = "00:00-04:00 belongs to the day that begins at that midnight."
        return [
            "id": id, "dayTitle": controls.day.label, "periodTitle": controls.period.label,
            "gridTitle": "The window", "byName": controls.by.rawValue, "dayName": controls.day.rawValue,
            "periodName": controls.period.rawValue, "cellName": controls.cell.rawValue,
            "zoneName": controls.timeZone.rawValue, "byCells": typed.by == WindowDraft.By.cells.rawValue,
            "allDays": Weekday.allCases.allSatisfy(typed.ticks), "allPeriods": Period.all.allSatisfy(typed.ticks),
            "days": Weekday.inFormOrder.map { day -> Context in
                ["value": day.name, "label": day.label, "isOn": typed.ticks(day)]
            },
            "periods": Period.inFormOrder.map { period -> Context in
                ["value": period.name, "label": period.label, "isOn": typed.ticks(period)]
            },
            "columns": Weekday.allCases.map(\.short), "rows": rows, "hours": "Open \(words.hours) hours a week",
            "hasBlocks": !cells.isFull && !cells.isEmpty, "blocks": words.blocks,
            "remarks": (cells.isFull || cells.isEmpty ? [] : [midnight]) + words.clockChanges(from: preview.now),
            "zone": typed.timeZone,
            "zoneHint": id == "window" ? "days, periods and all times of this flow" : "days and periods of publication",
            "hasDayError": !error(controls.day).isEmpty, "dayError": error(controls.day),
            "hasPeriodError": !error(controls.period).isEmpty, "periodError": error(controls.period),
            "hasCellError": !error(controls.cell).isEmpty, "cellError": error(controls.cell),
            "hasZoneError": !error(controls.timeZone).isEmpty, "zoneError": error(controls.timeZone),
        ]
    }

    /// The cell that the next run of the window's stage lies in.
    private func nextCell(in window: Window, isPublication: Bool) -> (Weekday, Period)? {
        let stage: ForecastRun.Stage = isPublication ? .publication : .renewal
        let isShared = reading.flow.rules.publicationWindow == nil && !isPublication
        guard let next = preview.runs.first(where: { isShared || $0.stage == stage }) else { return nil }
        let time = LocalTime(next.run.at, in: window.zone)
        let period = Period.all[time.hour / 4]
        return window.cells[time.weekday, period] ? (time.weekday, period) : nil
    }

    /// The element that a problem is told at.
    static func anchor(_ control: FlowControl) -> String {
        switch control {
        case .renewal, .publication, .same, .earlier: "\(control.rawValue)-yes"
        case .renewIn: "renewIn-automatic"
        case .days: "days"
        case .profile: "profile-1"
        case .publishOn: "publishOn-after-renew"
        case .lastResort: "lastResort-ask"
        case .day: "window-day"
        case .period: "window-period"
        case .cell, .windowBy: "window-grid"
        case .timeZone: "window-zone"
        case .publicationDay: "publicationWindow-day"
        case .publicationPeriod: "publicationWindow-period"
        case .publicationCell, .publicationWindowBy: "publicationWindow-grid"
        case .publicationTimeZone: "publicationWindow-zone"
        case .reason, .confirm, .revision, .base: "reason"
        }
    }
}

extension ChoiceLine.Tone {
    /// Of a line of text.
    var style: String { self == .plain ? "" : "t-\(rawValue)" }
}
