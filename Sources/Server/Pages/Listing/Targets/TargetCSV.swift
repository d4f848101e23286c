import Automation
import Runner

/// All targets of a query as CSV, in pieces: what it says is as it was when it was asked for.
struct TargetCSV: Sequence, Sendable {
    static let columns = [
        "target", "profile", "certificate", "state", "version", "current version", "ends", "looked at", "trouble",
        "remedy",
    ]
    private static let atOnce = 4096

    let content: RegisterContent
    let query: TargetQuery
    let scope: CertificateScope
    let now: Instant

    func makeIterator() -> AnyIterator<String> {
        var page = 0
        var pages = 1
        return AnyIterator {
            defer { page += 1 }
            guard page > 0 else { return CSVText.line(Self.columns) }
            guard page <= pages else { return nil }
            var part = query.at(page: page)
            part.size = Self.atOnce
            let result = content.targets(part, scope: scope, at: now)
            pages = result.pages
            return result.rows.map { CSVText.line(Self.cells($0)) }.joined()
        }
    }

    private static func cells(_ row: TargetRow) -> [String] {
        [
            row.target, row.profile, row.certificate, row.state.rawValue,
            row.version.map { $0 == 0 ? "not ours" : String($0) } ?? "", row.current == 0 ? "" : String(row.current),
            row.end?.rfc3339 ?? "", row.provedAt?.rfc3339 ?? "", row.trouble?.message ?? "", row.trouble?.remedy ?? "",
        ]
    }
}
