import Automation
import Foundation
import HTTPTypes
import NIOCore
import Storage

/// The audit trail.
package enum EventAPI {
    /// So many events may be asked for from the end.
    package static let mostNewest = 10_000

    private static let certificate = APIField("certificate", .text, "Only those of this one.")
    private static let since = APIField("since", .text, "Only those since then: RFC 3339.")
    private static let newest = APIField("newest", .integer, "Only the last so many that you may see, up to 10000.")

    static let routes: [Route] = [
        .api(
            .get, "/events", .right(.audit),
            APIShape(
                "audit", "Events, oldest first; `after` is a sequence.", query: [certificate, since, newest],
                answers: "Event", isPage: true),
            list),
        .api(
            .get, "/events/verification", .right(.audit),
            APIShape("audit", "Whether no event was changed, removed or put in.", answers: "Verification")
        ) { exchange in
            guard let key = exchange.house.auditKey else {
                throw Problem(
                    503, "audit.no-key", "This server has no key to check the audit trail with.",
                    remedy: "Run `certflow audit verify` on its machine.")
            }
            let verifier = try await exchange.house.ledger.verifyAudit(key: key)
            return try .json(VerificationForm(verifier, head: try await exchange.house.ledger.auditHead()))
        },
        .api(
            .get, "/events/export", .right(.audit),
            APIShape("audit", "All events, one JSON object a line.", type: "application/x-ndjson")
        ) { exchange in
            let (ledger, sight, person) = (exchange.house.ledger, try Sight(exchange), try exchange.principal)
            return .download(
                "audit.jsonl", "application/x-ndjson",
                .stream { writer in
                    var (last, sight) = (Int64(0), sight)
                    while true {
                        let page = try await ledger.events(after: last, certificate: nil, limit: 500)
                        guard let end = page.last else { return }
                        last = end.sequence
                        var buffer = ByteBuffer()
                        let encoder = JSONEncoder()
                        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                        for event in page where try await sight.sees(event) {
                            buffer.writeBytes(try encoder.encode(AuditReport.Entry(person.told(event))))
                            buffer.writeString("\n")
                        }
                        try await writer.write(buffer)
                    }
                })
        },
    ]

    /// Which events a person sees: of what belongs to no certificate, and of removed ones, only who sees all.
    struct Sight: Sendable {
        private let ledger: any LedgerReading
        private let person: Principal
        private var known: [String: Bool] = [:]

        init(_ exchange: Exchange) throws {
            ledger = exchange.house.ledger
            person = try exchange.principal
        }

        mutating func sees(_ event: Event) async throws -> Bool {
            guard !person.scope.isEmpty else { return true }
            let name = event.draft.certificate
            guard !name.isEmpty else { return false }
            if let known = known[name] { return known }
            let sees = try await ledger.certificate(named: name).map { person.sees($0.labels) } ?? false
            if known.count > 10_000 { known = [:] }
            known[name] = sees
            return sees
        }
    }

    private static let mostRead = 20

    private static func list(_ exchange: Exchange) async throws -> Reply {
        let size = try exchange.pageSize()
        let name = exchange.query["certificate"]
        var sight = try Sight(exchange)
        let person = try exchange.principal
        if let name, !person.scope.isEmpty { _ = try await exchange.certificate(name) }
        var last = try await start(exchange, name)
        var entries: [AuditReport.Entry] = []
        for _ in 0..<mostRead {
            let page = try await exchange.house.ledger.events(after: last, certificate: name, limit: size)
            for event in page where entries.count < size {
                last = event.sequence
                if try await sight.sees(event) { entries.append(AuditReport.Entry(person.told(event))) }
            }
            if page.count < size { return try .json(PageForm(entries)) }
            if entries.count == size { break }
        }
        return try .json(PageForm(entries, next: String(last)))
    }
}

extension EventAPI {
    /// The event before the first that is told.
    private static func start(_ exchange: Exchange, _ certificate: String?) async throws -> Int64 {
        if let after = exchange.query["after"] {
            guard let last = Int64(after), last >= 0 else {
                throw Fields.wrong("after", "is no sequence", "Send what `next` said, or leave it out.")
            }
            return last
        }
        let ledger = exchange.house.ledger
        var start: Int64 = 0
        let newest = try Fields(exchange.query["newest"].map { ["newest": [$0]] } ?? [:])
            .integer("newest", in: 1...mostNewest)
        if let newest { start = try await lastEvent(before: newest, of: certificate, exchange) }
        guard let since = try exchange.instant("since", exchange.query["since"]) else { return start }
        return max(start, try await lastEvent(before: since, ledger))
    }

    /// So far back it is looked for what a person may see.
    private static let farthest = 200_000

    /// The event before the last `count` of those that the person sees.
    private static func lastEvent(before count: Int, of certificate: String?, _ exchange: Exchange) async throws
        -> Int64
    {
        let isAll = try certificate != nil || exchange.principal.scope.isEmpty
        var (size, sight) = (count, try Sight(exchange))
        while true {
            let events = try await exchange.house.ledger.latestEvents(certificate: certificate, limit: size)
            var (seen, last) = (0, (events.first?.sequence ?? 0) + 1)
            for event in events where seen < count {
                if !isAll, try await !sight.sees(event) { continue }
                (seen, last) = (seen + 1, event.sequence)
            }
            guard seen < count, events.count == size, size < farthest else { return last - 1 }
            size *= 4
        }
    }

    /// Sequence and time agree but for jumps of the clock.
    private static func lastEvent(before moment: Instant, _ ledger: any LedgerReading) async throws -> Int64 {
        var (low, high) = (Int64(0), try await ledger.auditHead()?.sequence ?? 0)
        while low < high {
            let middle = low + (high - low) / 2
            let next = try await ledger.events(after: middle, certificate: nil, limit: 1).first
            if let next, next.draft.at < moment { low = next.sequence } else { high = middle }
        }
        return low
    }
}

/// Whether the audit trail is whole. The form of `audit verify --output json`.
package struct VerificationForm: Codable, Sendable {
    package var events: Int
    package var intact: Bool
    package var head: Int64?
    /// The beginning of the last event's code, in base64.
    package var code: String?
    package var findings: [AuditVerifier.Finding]

    package init(_ verifier: AuditVerifier, head: AuditHead?) {
        events = verifier.count
        intact = verifier.findings.isEmpty
        self.head = head?.sequence
        code = head?.mac.prefix(8).base64EncodedString()
        findings = verifier.findings
    }
}
