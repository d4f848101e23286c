import Automation
import Storage

/// Reads the audit trail as a person may see it: who sees a part of the certificates sees the events of those alone.
struct AuditReader {
    private let ledger: any LedgerReading
    private let principal: Principal
    private let filter: AuditFilter
    /// What was found out of certificates, by name: nil where it is gone.
    private var labels: [String: [String: String]?] = [:]

    private static let block: Int64 = 1000
    /// So many events are looked at for one page; then the reader is asked whether to go on.
    private static let most: Int64 = 200_000

    struct Part {
        /// Newest first.
        var events: [Event] = []
        /// Only events before this one are left to look at; nil where there are none.
        var next: Int64?
    }

    init(_ ledger: any LedgerReading, _ principal: Principal, _ filter: AuditFilter) {
        self.ledger = ledger
        self.principal = principal
        self.filter = filter
    }

    mutating func isSeen(_ event: EventDraft) async throws -> Bool {
        if principal.scope.isEmpty { return true }
        guard !event.certificate.isEmpty, let labels = try await labels(of: event.certificate) else { return false }
        return principal.sees(labels)
    }

    /// Whether there is such a certificate, and this person may see it.
    mutating func isShown(_ certificate: String) async throws -> Bool {
        try await labels(of: certificate).map { principal.sees($0) } ?? false
    }

    private mutating func labels(of certificate: String) async throws -> [String: String]? {
        if let known = labels[certificate] { return known }
        let found = try await ledger.certificate(named: certificate)?.labels
        labels[certificate] = .some(found)
        return found
    }

    /// - Parameter before: a sequence; nil: from the newest on.
    mutating func part(before: Int64?, count: Int) async throws -> Part {
        let newest = try await ledger.auditHead()?.sequence ?? 0
        let start = min(max(before ?? .max, 1), newest + 1)
        var part = Part()
        var end = start
        while end > 1, start - end < Self.most {
            let first = max(1, end - Self.block)
            let events = try await ledger.events(after: first - 1, certificate: nil, limit: Int(end - first))
            for event in events.reversed() where event.sequence < end {
                guard filter.admits(event.draft), try await isSeen(event.draft) else { continue }
                part.events.append(principal.told(event))
                guard part.events.count < count else {
                    part.next = event.sequence > 1 ? event.sequence : nil
                    return part
                }
            }
            end = first
            // Sequence and time agree but for jumps of the clock.
            if let from = filter.from, let oldest = events.first, oldest.draft.at < from - Span.days(2) { return part }
        }
        part.next = end > 1 ? end : nil
        return part
    }

    /// The next block, oldest first; empty where none of it is shown.
    /// - Parameter last: the newest that was looked at.
    /// - Returns: nil behind the end.
    mutating func next(after last: inout Int64) async throws -> [Event]? {
        let events = try await ledger.events(after: last, certificate: nil, limit: Int(Self.block))
        guard let end = events.last else { return nil }
        last = end.sequence
        var chosen: [Event] = []
        for event in events where filter.admits(event.draft) {
            if try await isSeen(event.draft) { chosen.append(principal.told(event)) }
        }
        return chosen
    }
}
