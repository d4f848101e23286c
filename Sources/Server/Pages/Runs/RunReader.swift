import Automation
import Storage

/// Reads attempts and running work as a person may see them.
struct RunReader {
    private let ledger: any LedgerReading
    private let principal: Principal
    /// By the certificate's id; nil where it is gone or not seen.
    private var names: [Int64: Seen] = [:]

    private enum Seen {
        case name(String)
        case gone, hidden
    }

    /// So many of the newest attempts are looked at.
    static let most = 5000

    enum Kind: String, CaseIterable {
        case renewal, publication
    }

    struct Filter: Equatable {
        var failuresOnly = false
        var kind: Kind?
        /// By its name.
        var certificate = ""
        var search = ""

        init(_ query: Query) {
            failuresOnly = query["result"] == "failed"
            kind = query["kind"].flatMap { Kind(rawValue: $0) }
            certificate = query["certificate"] ?? ""
            search = (query["q"] ?? "").lowercased()
        }
    }

    init(_ ledger: any LedgerReading, _ principal: Principal) {
        self.ledger = ledger
        self.principal = principal
    }

    private mutating func seen(_ id: Int64) async throws -> Seen {
        if let known = names[id] { return known }
        let found: Seen
        if let record = try await ledger.certificate(id) {
            found = principal.sees(record.labels) ? .name(record.name) : .hidden
        } else {
            // Whose it was can't be told any more: only who sees all sees it.
            found = principal.scope.isEmpty ? .gone : .hidden
        }
        names[id] = found
        return found
    }

    /// Work that is claimed; of other people's certificates nothing.
    mutating func running(now: Instant) async throws -> [RunRow] {
        var rows: [RunRow] = []
        for claim in try await ledger.leases() {
            switch claim.work.kind {
            case .renewal:
                guard case .name(let name) = try await seen(claim.work.id) else { continue }
                rows.append(RunRow(claim, name: name, target: nil, now: now))
            case .publication:
                guard let placement = try await ledger.placement(claim.work.id),
                    case .name(let name) = try await seen(placement.certificate)
                else { continue }
                rows.append(RunRow(claim, name: name, target: placement.name, now: now))
            case .notice, .upkeep:
                if principal.scope.isEmpty { rows.append(RunRow(claim, name: nil, target: nil, now: now)) }
            }
        }
        return rows
    }

    /// Newest first.
    mutating func attempts(_ filter: Filter) async throws -> [RunRow] {
        var certificate: Int64?
        if !filter.certificate.isEmpty {
            guard let record = try await ledger.certificate(named: filter.certificate), principal.sees(record.labels)
            else {
                return []
            }
            certificate = record.id
        }
        var rows: [RunRow] = []
        for record in try await ledger.attempts(of: certificate, work: nil, limit: Self.most) {
            let attempt = principal.told(record)
            if filter.failuresOnly, attempt.outcome == .succeeded { continue }
            if let kind = filter.kind, (attempt.work.kind == .renewal) != (kind == .renewal) { continue }
            let name: String?
            switch try await seen(attempt.certificate) {
            case .hidden: continue
            case .gone: name = nil
            case .name(let known): name = known
            }
            let row = RunRow(attempt, name: name)
            if !filter.search.isEmpty {
                let texts = [name, attempt.target, attempt.message, attempt.code].compactMap { $0 }
                guard texts.contains(where: { $0.lowercased().contains(filter.search) }) else { continue }
            }
            rows.append(row)
        }
        return rows
    }
}
