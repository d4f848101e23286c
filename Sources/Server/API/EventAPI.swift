import Automation
import Foundation
import HTTPTypes
import NIOCore
import Storage

/// The audit trail.
enum EventAPI {
    private static let certificate = APIField("certificate", .text, "Only those of this one.")

    static let routes: [Route] = [
        .api(
            .get, "/events", .right(.audit),
            APIShape(
                "audit", "Events, oldest first; `after` is a sequence.", query: [certificate], answers: "Event",
                isPage: true),
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
            return try .json(
                VerificationForm(
                    events: verifier.count, intact: verifier.findings.isEmpty,
                    head: try await exchange.house.ledger.auditHead()?.sequence, findings: verifier.findings))
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
        guard var last = Int64(exchange.query["after"] ?? "0"), last >= 0 else {
            throw Fields.wrong("after", "is no sequence", "Send what `next` said, or leave it out.")
        }
        let name = exchange.query["certificate"]
        var sight = try Sight(exchange)
        let person = try exchange.principal
        if let name, !person.scope.isEmpty { _ = try await exchange.certificate(name) }
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

/// Whether the audit trail is whole.
package struct VerificationForm: Codable, Sendable {
    package var events: Int
    package var intact: Bool
    package var head: Int64?
    package var findings: [AuditVerifier.Finding]
}
