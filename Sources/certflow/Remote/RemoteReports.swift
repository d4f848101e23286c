import Automation
import Foundation
import Server

extension RemoteServer {
    /// - Parameter names: all where it is empty.
    func status(_ names: [String]) async throws -> [StatusReport] {
        guard !names.isEmpty else { return try await all(["status"]) }
        var reports: [StatusReport] = []
        for name in names { reports.append(try await get(["certificates", name, "status"])) }
        return reports
    }

    /// - Parameter versions: how many at most, at most 500.
    func show(_ name: String, versions: Int = 1) async throws -> ShowForm {
        try await get(["certificates", name], [("versions", String(min(versions, 500)))])
    }

    func explanation(_ name: String) async throws -> Explanation.Form {
        try await get(["certificates", name, "explanation"])
    }

    /// - Returns: what was done, and the zone in which its times are told: UTC of one that was removed.
    func history(_ name: String, limit: Int, ascending: Bool) async throws -> (HistoryReport, Zone) {
        // An event and the attempt whose end it tells are one of them.
        let entries: [HistoryReport.Entry] = try await all(["certificates", name, "history"], atMost: limit * 2 + 2)
        let report = HistoryReport(entries: entries, limit: limit, ascending: ascending)
        let zone: Zone
        do {
            zone = try await status([name]).first?.zone ?? .utc
        } catch let problem as HomeProblem where problem.code.hasSuffix(".unknown") {
            zone = .utc
        }
        return (report, zone)
    }

    /// - Parameter name: all where it is nil.
    func forecast(_ name: String?, days: Int, from: Instant?) async throws -> ForecastReport {
        let path = name.map { ["certificates", $0, "forecast"] } ?? ["forecast"]
        let now = Instant(Date())
        var (runs, flows, after) = ([ForecastReport.Run](), [String: ForecastReport.Flow](), String?.none)
        repeat {
            var query = [("days", String(days)), ("limit", "500")]
            if let from { query.append(("from", from.rfc3339)) }
            if let after { query.append(("after", after)) }
            let page: ForecastPageForm = try await get(path, query)
            runs += page.items
            for flow in page.flows { flows[flow.certificate] = flow }
            after = page.next
        } while after != nil
        let start = from ?? now
        return ForecastReport(
            runs: runs, flows: flows.values.sorted { $0.certificate < $1.certificate }, from: start,
            until: start + .days(Int64(days)), now: now)
    }
}
