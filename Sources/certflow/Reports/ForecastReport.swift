import Automation
import Foundation
import Runner

/// Everything that will happen to some certificates, in the order of time.
struct ForecastReport {
    /// One run: an element of `forecast --output json`.
    struct Run: Encodable {
        struct Warning: Encodable, Hashable {
            var kind: String
            var text: String

            init(_ warning: ForecastWarning) {
                kind = warning.kind.rawValue
                text = warning.text
            }
        }

        var certificate: String
        var stage: String
        var target: String?
        var version: Int
        var due: String
        var at: String
        var earliest: String
        var latest: String
        var deadline: String?
        var reason: String
        var timeZone: String
        var warnings: [Warning]

        /// - Parameter flow: what is worth knowing about the flow as a whole.
        init(_ next: ForecastRun, of outlook: Outlook, flow: [ForecastWarning] = []) {
            let zone = outlook.zone(of: next.stage)
            certificate = outlook.certificate.name
            stage = next.stage.rawValue
            target = next.target
            version = next.version
            due = next.run.due.rfc3339
            at = next.run.at.rfc3339
            earliest = next.run.earliest.rfc3339
            latest = next.run.latest.rfc3339
            deadline = next.run.deadline?.rfc3339
            reason = Wording.reason(next.run, in: zone)
            timeZone = zone.identifier
            let own = Forecast.warnings(for: next, rules: outlook.input.rules)
            warnings = (flow.filter { warning in !own.contains { $0.kind == warning.kind } } + own).map(Warning.init)
        }
    }

    private struct Entry {
        var next: ForecastRun
        var outlook: Outlook
        /// Its place among the runs of its certificate, from 0.
        var place: Int
    }

    let outlooks: [Outlook]
    let from: Instant
    let until: Instant
    let now: Instant

    /// Ascending by time.
    private var entries: [Entry] {
        outlooks.flatMap { outlook in
            outlook.forecast.runs.enumerated().map { Entry(next: $1, outlook: outlook, place: $0) }
        }.sorted { left, right in
            let (one, other) = (left.next.run.at, right.next.run.at)
            return one == other ? left.outlook.certificate.name < right.outlook.certificate.name : one < other
        }
    }

    /// What concerns a flow as a whole stands at its first run; of a flow without runs, on standard error.
    func printJSON() throws {
        try JSONOutput.print(
            entries.map { entry in
                Run(entry.next, of: entry.outlook, flow: entry.place == 0 ? entry.outlook.warnings : [])
            })
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

extension Outlook {
    /// The zone in which the rules of a stage are read.
    func zone(of stage: ForecastRun.Stage) -> Zone {
        stage == .renewal ? input.rules.window.zone : input.rules.windowOfPublication.zone
    }
}

extension ForecastRun {
    /// "renewal: version 4", "publication: version 4 to files/default"
    var words: String {
        target.map { "publication: version \(version) to \($0)" } ?? "renewal: version \(version)"
    }
}
