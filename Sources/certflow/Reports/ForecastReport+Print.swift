import Automation
import Foundation
import Runner
import Server
import Storage

extension ForecastReport {
    /// What concerns a flow as a whole stands at its first run; of a flow without runs, on standard error.
    func printJSON() throws {
        try JSONOutput.print(runs)
        for outlook in outlooks where outlook.forecast.runs.isEmpty {
            for warning in outlook.warnings {
                Console.error("\(outlook.certificate.name): \(Console.oneLine(warning.text))")
            }
        }
    }

    /// So many runs of one certificate stand in the table of all: lives of minutes would bury the others.
    private static let shownOfOne = 8
    /// So few need no grid of days and hours.
    private static let fewRuns = 20

    func print(limit: Int, isOfOne: Bool) {
        guard !outlooks.isEmpty else { return StatusTable.printNone() }
        let all = entries
        let entries = isOfOne ? all : all.filter { $0.place < Self.shownOfOne }
        var table = Table(head: ["WHEN", ""] + (isOfOne ? [] : ["CERTIFICATE"]) + ["WHAT", "WHY"])
        let moments = Moments(now: now)
        for entry in entries.prefix(limit) {
            let (next, zone) = (entry.next, entry.outlook.zone(of: entry.next.stage))
            let warnings = Forecast.warnings(for: next, rules: entry.outlook.input.rules)
            var row: [Table.Cell] = [
                .init(Wording.moment(next.run.at, in: zone)), .init(moments.relative(next.run.at), .faint),
            ]
            if !isOfOne { row.append(.init(entry.outlook.certificate.name, .strong)) }
            row.append(.init(next.words))
            row.append(
                .init(
                    (warnings.isEmpty ? "" : "! ") + Wording.reason(next.run, in: zone),
                    warnings.isEmpty ? nil : .warning))
            table.add(row: row)
        }
        if table.isEmpty {
            Console.line("Nothing will run \(span).")
        } else {
            table.print()
        }
        if entries.count > limit {
            Console.line("… and \(entries.count - limit) more until then: see them with --limit \(entries.count).")
        }
        if all.count > entries.count {
            Console.line(
                "Of each certificate the first \(Self.shownOfOne) runs are shown; "
                    + "`certflow forecast NAME` shows more of one.")
        }
        printSummary(all.map { ($0.next, $0.outlook) }, isOfOne: isOfOne)
        printWarnings(isOfOne: isOfOne)
    }

    private var span: String {
        let zone = ProgressPrinter.zone
        let start = from == now ? "" : "from \(Wording.moment(from, in: zone)) on, "
        return "\(start)until \(Wording.moment(until, in: zone))"
    }

    private func printSummary(_ runs: [(next: ForecastRun, outlook: Outlook)], isOfOne: Bool) {
        guard !isOfOne, !runs.isEmpty else { return }
        let renewals = runs.filter { $0.next.stage == .renewal }.count
        Console.line()
        Console.line(
            "\(Wording.count(renewals, "renewal")) and \(Wording.count(runs.count - renewals, "publication")) of "
                + "\(Wording.count(outlooks.count, "certificate")) \(span).")
        let zones = Set(outlooks.map(\.certificate.flow.rules.window.zone))
        let zone = zones.count == 1 ? zones.first ?? .utc : .utc
        let load = ForecastLoad(runs.map(\.next.run.at), zone: zone)
        guard runs.count > Self.fewRuns else { return }
        Console.line()
        load.print()
    }

    private func printWarnings(isOfOne: Bool) {
        var sheet = Sheet()
        for outlook in outlooks {
            var seen: Set<ForecastWarning.Kind> = []
            let all =
                outlook.warnings
                + outlook.forecast.runs.flatMap {
                    Forecast.warnings(for: $0, rules: outlook.input.rules)
                }
            // One of a kind is enough: later rounds repeat it.
            for warning in all where seen.insert(warning.kind).inserted {
                sheet.add(isOfOne ? "!" : "! \(outlook.certificate.name)", warning.text, .warning)
            }
            if outlook.forecast.ending == .tooMany {
                sheet.add(
                    isOfOne ? "…" : "… \(outlook.certificate.name)",
                    "More runs than \(outlook.forecast.runs.count) in that time: the rest is left out. Ask for fewer --days."
                )
            }
        }
        guard !sheet.isEmpty else { return }
        Console.line()
        sheet.print()
    }
}
