import Automation
import Foundation
import Runner

/// The certificates that an act from the list is meant for: those that were ticked, or all that match.
struct BulkSelection: Sendable {
    static let most = 5000

    /// What a form says of it.
    static let takes = [
        APIField("name", .texts), APIField("matching"), APIField("query"), APIField("seen"),
    ]

    /// In the order of the list; those that are out of service aside.
    var rows: [RegisterRow]
    /// Out of service: nothing is done to them.
    var retired: [String]
    var isMatching: Bool
    /// Of the list that it was made in.
    var query: ListQuery

    var names: [String] { rows.map(\.name) }
    var backHref: String { ListingAddress.to("/automated", query) }

    /// Differs where other certificates are meant.
    var seal: String { People.key(names.joined(separator: "\n")) }

    /// The fields that say it again.
    var hidden: [(name: String, value: String)] {
        let back = [(name: "query", value: query.address)]
        guard isMatching else { return back + names.map { ("name", $0) } }
        return back + [("matching", "yes"), ("seen", seal)]
    }

    /// - Throws: `Problem` where nothing or too much is selected, or something that the person does not see: told as
    ///   what does not exist.
    static func read(_ exchange: Exchange) async throws -> BulkSelection {
        try await read(
            exchange, isMatching: try exchange.fields.flag("matching"),
            address: try exchange.fields.text("query", atMost: longestAddress))
    }

    static let longestAddress = 4000

    /// - Parameter address: what stood behind the `?` of the list.
    static func read(_ exchange: Exchange, isMatching: Bool, address: String) async throws -> BulkSelection {
        let (house, principal) = (exchange.house, try exchange.principal)
        let now = house.now()
        try await house.register.freshen(at: now)
        let scope = CertificateScope(labels: principal.scope)
        let items = Query(address).items
        let (query, problems) = ListQuery.read(items.map { (key: $0.name, value: $0.value) })
        var rows: [RegisterRow] = []
        if isMatching {
            // What is left out of a filter would be done to more than was meant.
            if let problem = problems.first {
                throw Problem.refused("query.wrong", problem.message, remedy: problem.remedy)
            }
            var all = query.at(page: 1)
            all.size = most
            let result = house.register.list(all, scope: scope, at: now)
            guard result.total <= most else { throw tooMany(result.total) }
            rows = result.rows
        } else {
            var seen: Set<String> = []
            let names = exchange.fields.all("name").filter { seen.insert($0).inserted }
            guard names.count <= most else { throw tooMany(names.count) }
            for name in names {
                guard let record = try await house.ledger.certificate(named: name), principal.sees(record.labels),
                    let row = house.register.row(record.id, scope: scope, at: now)
                else { throw unknown(name) }
                rows.append(row)
            }
        }
        guard !rows.isEmpty else {
            throw Problem.refused(
                "selection.empty", "No certificate is selected.", remedy: "Tick some in the list, or all that match.")
        }
        return BulkSelection(
            rows: rows.filter { $0.verdict != .retired }, retired: rows.filter { $0.verdict == .retired }.map(\.name),
            isMatching: isMatching, query: query)
    }

    private static func tooMany(_ count: Int) -> Problem {
        .refused(
            "selection.large", "\(Quantity.words(count)) certificates are selected: more than \(Quantity.words(most)).",
            remedy: "Narrow the list by a filter, and do it in parts.")
    }

    private static func unknown(_ name: String) -> Problem {
        Problem(
            404, "certificate.unknown", "There is no certificate \"\(name.prefix(253))\".",
            remedy: "See Automated certificates for those that there are.")
    }
}
