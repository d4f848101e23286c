import Automation
import Foundation
import HTTPTypes
import NIOCore
import Storage
import Synchronization

/// The audit trail: read, filtered, checked and taken away.
enum AuditRoutes {
    static let routes: [Route] = [
        .page(.get, "/audit", .right(.audit)) { exchange in try await page(exchange, verdict: nil) },
        .page(.post, "/audit/verify", .right(.audit)) { exchange in
            try await page(exchange, verdict: try await verify(exchange))
        },
        .page(.get, "/audit.jsonl", .right(.audit), export),
    ]

    private static let perPage = 50

    private static func page(_ exchange: Exchange, verdict: PageNote?) async throws -> Reply {
        var verdict = verdict
        let (principal, clock) = (try exchange.principal, exchange.clock)
        let bar = FilterBar(
            action: "/audit", searchLabel: "Search names, targets, reasons", fields: AuditFilter.fields,
            query: exchange.query)
        var part = AuditReader.Part()
        var rows: [[String: Any]] = []
        var filter: AuditFilter?
        do throws(Problem) {
            filter = try AuditFilter(exchange.query, zone: clock.zone)
        } catch {
            verdict = verdict ?? PageNote(error)
        }
        if let filter { (part, rows) = try await read(exchange, principal, filter) }
        let span = part.events.first.flatMap { first in
            part.events.last.map { "events \(first.sequence) to \($0.sequence)" }
        }
        let isFirst = exchange.query["before"] == nil
        let seen =
            principal.scope.isEmpty ? "" : " You see those of certificates with \(LabelLines.words(principal.scope))."
        let context: [String: Any] = [
            "pageTitle": "Audit", "crumbs": Crumbs.to(("Audit", "/audit")),
            "lede": "Every change, in a chain that shows if one is missing. Times are \(clock.zone.identifier).\(seen)",
            "mayExport": true, "exportHref": bar.href(at: "/audit.jsonl"), "hasVerdict": verdict != nil,
            "verdict": verdict?.context ?? [:], "filters": bar.context, "hasRows": !rows.isEmpty, "rows": rows,
            "nothing": ListingParts.empty(
                part.next == nil ? "No such events" : "None among the newest",
                part.next == nil
                    ? "Nothing matches these filters." : "Older ones were not looked at yet: go on with Next."),
            "pager": PagerContext.context(
                span ?? "no events", previous: isFirst ? nil : bar.href(),
                next: part.next.map { bar.href([("before", String($0))]) }),
        ]
        return try await Page(exchange).reply("audit", context, current: "/audit")
    }

    private static func read(
        _ exchange: Exchange, _ principal: Principal, _ filter: AuditFilter
    ) async throws -> (AuditReader.Part, [[String: Any]]) {
        var reader = AuditReader(exchange.house.ledger, principal, filter)
        let part = try await reader.part(before: exchange.query["before"].flatMap { Int64($0) }, count: perPage)
        var rows: [[String: Any]] = []
        for event in part.events {
            let name = event.draft.certificate
            let isShown = name.isEmpty ? false : try await reader.isShown(name)
            let href = isShown ? PagePath.to("certificates", name) : nil
            rows.append(AuditRow(event: event, href: href, clock: exchange.clock).context)
        }
        return (part, rows)
    }

    // MARK: Checking

    /// Reading the whole trail takes its time: once at a time.
    private static let isVerifying = Mutex(false)

    private static func verify(_ exchange: Exchange) async throws -> PageNote {
        guard let key = exchange.house.auditKey else {
            return PageNote(
                tone: .warn, title: "Not checked:",
                text: "this server holds no key of the trail. Run `certflow audit verify`.")
        }
        let isFree = isVerifying.withLock { isBusy in
            defer { isBusy = true }
            return !isBusy
        }
        guard isFree else {
            throw Problem(
                429, "audit.busy", "The chain is being checked.", remedy: "Try again in a moment.", retryAfter: 10)
        }
        defer { isVerifying.withLock { $0 = false } }
        let verifier = try await exchange.house.ledger.verifyAudit(key: key)
        let count = Wording.count(verifier.count, "event")
        guard let first = verifier.findings.first else {
            return .done("The chain is whole:", "\(count), none changed, removed or put in.")
        }
        var note = PageNote(
            tone: .bad, title: "The trail was tampered with, or is damaged:", text: first.message,
            more: verifier.findings.dropFirst().prefix(9).map(\.message)
                + ["Find out who had access to this machine; compare with a backup."])
        note.isAlert = true
        return note
    }

    // MARK: Taking away

    private static func export(_ exchange: Exchange) async throws -> Reply {
        let filter = try AuditFilter(exchange.query, zone: exchange.house.settings.zone)
        let (principal, ledger) = (try exchange.principal, exchange.house.ledger)
        return .download(
            "audit.jsonl", "application/jsonl; charset=utf-8",
            .stream { writer in
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                var reader = AuditReader(ledger, principal, filter)
                var last: Int64 = 0
                while let events = try await reader.next(after: &last) {
                    var buffer = ByteBuffer()
                    for event in events {
                        buffer.writeBytes(try encoder.encode(AuditReport.Entry(event)))
                        buffer.writeString("\n")
                    }
                    try await writer.write(buffer)
                }
            })
    }
}
