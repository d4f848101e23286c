import Automation
import Foundation
import PluginKit
import Profiles
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

    /// - Parameter names: all in service where it is empty.
    func specs(_ names: [String]) async throws -> [CertificateSpec] {
        let chosen = names.isEmpty ? try await status([]).filter { !$0.retired }.map(\.name) : names
        var specs: [CertificateSpec] = []
        for name in chosen {
            let form: JSONValue = try await get(["certificates", name, "spec"])
            let text = String(decoding: try JSONEncoder().encode(["certificates": [form]]), as: UTF8.self)
            let (found, problems) = FlowsFile.parse(text, file: url)
            guard problems.isEmpty else { throw foreign }
            specs += found
        }
        return specs
    }

    /// - Parameter names: all where it is empty.
    /// - Throws: `HomeProblem` for a name that no profile bears.
    func profiles(_ names: [String]) async throws -> [ProfileReport] {
        let all: [ProfileReport] = try await all(["profiles"])
        let known = Set(all.map(\.name))
        for name in names where !known.contains(name) {
            throw HomeProblem(
                "profile.unknown", "There is no profile \"\(Console.oneLine(name))\" there.",
                remedy: NearestKey.remedy(for: name, among: known.sorted()))
        }
        return all.filter { names.isEmpty || names.contains($0.name) }
    }

    /// The newest events since then, oldest first.
    /// - Parameters:
    ///   - certificate: of all where it is nil.
    ///   - limit: how many at most.
    func events(of certificate: String?, since: Instant?, limit: Int) async throws -> [AuditReport.Entry] {
        var query: [(String, String)] = []
        if let certificate { query.append(("certificate", certificate)) }
        if let since {
            query.append(("since", since.rfc3339))
        } else if limit <= EventAPI.mostNewest {
            query.append(("newest", String(limit)))
        }
        let events: [AuditReport.Entry] = try await all(["events"], query)
        if events.isEmpty, let certificate { _ = try await status([certificate]) }
        return events.suffix(limit)
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
