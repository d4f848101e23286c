import Automation
import Foundation
import Server

extension ForecastReport {
    /// What concerns a flow as a whole stands at its first run; of a flow without runs, on standard error.
    func printJSON() throws {
        try JSONOutput.print(runs)
        let planned = Set(runs.map(\.certificate))
        for flow in flows where !planned.contains(flow.certificate) {
            for warning in flow.warnings { Console.error("\(flow.certificate): \(Console.oneLine(warning.text))") }
        }
    }

    /// So many runs of one certificate stand in the table of all: lives of minutes would bury the others.
    private static let shownOfOne = 8
    /// So few need no grid of days and hours.
    private static let fewRuns = 20

    func print(limit: Int, isOfOne: Bool) {
        guard !flows.isEmpty else { return StatusTable.printNone() }
        let shown = isOfOne ? runs : firstOfEach
        printTable(shown.prefix(limit), isOfOne: isOfOne)
        if shown.count > limit {
            Console.line("… and \(shown.count - limit) more until then: see them with --limit \(shown.count).")
        }
        if runs.count > shown.count {
            Console.line(
                "Of each certificate the first \(Self.shownOfOne) runs are shown; "
                    + "`certflow forecast NAME` shows more of one.")
        }
        if !isOfOne { printSummary() }
        printWarnings(isOfOne: isOfOne)
    }

    private var firstOfEach: [Run] {
        var counts: [String: Int] = [:]
        return runs.filter { run in
            counts[run.certificate, default: 0] += 1
            return counts[run.certificate, default: 0] <= Self.shownOfOne
        }
    }

    private func printTable(_ shown: ArraySlice<Run>, isOfOne: Bool) {
        let general = Dictionary(flows.map { ($0.certificate, Set($0.warnings)) }) { first, _ in first }
        var table = Table(head: ["WHEN", ""] + (isOfOne ? [] : ["CERTIFICATE"]) + ["WHAT", "WHY"])
        let moments = Moments(now: now)
        for run in shown {
            let isWarned = run.warnings.contains { general[run.certificate]?.contains($0) != true }
            var row: [Table.Cell] = [
                .init(run.moment.map { Wording.moment($0, in: run.zone) } ?? run.at),
                .init(run.moment.map(moments.relative) ?? "", .faint),
            ]
            if !isOfOne { row.append(.init(run.certificate, .strong)) }
            row.append(.init(run.words))
            row.append(.init((isWarned ? "! " : "") + run.reason, isWarned ? .warning : nil))
            table.add(row: row)
        }
        guard !table.isEmpty else { return Console.line("Nothing will run \(span).") }
        table.print()
    }

    private var span: String {
        let zone = ProgressPrinter.zone
        let start = from == now ? "" : "from \(Wording.moment(from, in: zone)) on, "
        return "\(start)until \(Wording.moment(until, in: zone))"
    }

    private func printSummary() {
        guard !runs.isEmpty else { return }
        let renewals = runs.count { $0.target == nil }
        Console.line()
        Console.line(
            "\(Wording.count(renewals, "renewal")) and \(Wording.count(runs.count - renewals, "publication")) of "
                + "\(Wording.count(flows.count, "certificate")) \(span).")
        let zones = Set(flows.map(\.timeZone))
        let zone = zones.count == 1 ? zones.first.flatMap { ZoneTable.shared[$0] } ?? .utc : .utc
        guard runs.count > Self.fewRuns else { return }
        Console.line()
        ForecastLoad(runs.compactMap(\.moment), zone: zone).print()
    }

    private func printWarnings(isOfOne: Bool) {
        let own = Dictionary(grouping: runs, by: \.certificate)
        var sheet = Sheet()
        for flow in flows {
            var seen: Set<String> = []
            let runs = own[flow.certificate] ?? []
            // One of a kind is enough: later rounds repeat it.
            for warning in flow.warnings + runs.flatMap(\.warnings) where seen.insert(warning.kind).inserted {
                sheet.add(isOfOne ? "!" : "! \(flow.certificate)", warning.text, .warning)
            }
            if flow.isCut {
                sheet.add(
                    isOfOne ? "…" : "… \(flow.certificate)",
                    "More runs than \(runs.count) in that time: the rest is left out. Ask for fewer --days.")
            }
        }
        guard !sheet.isEmpty else { return }
        Console.line()
        sheet.print()
    }
}
