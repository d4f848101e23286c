import Automation
import PluginKit
import Storage

/// What was done to one certificate, by whom and why: events of the audit trail, with the attempts that belong to them.
package struct HistoryReport {
    /// One element of `history --output json`.
    package struct Entry: Codable, Sendable {
        package var at: String
        /// "event" or "attempt"
        package var type: String
        package var event: AuditReport.Entry?
        package var attempt: Attempt?
    }

    package struct Attempt: Codable, Sendable {
        package var stage: String
        package var target: String?
        package var version: Int?
        package var startedAt: String
        package var endedAt: String
        package var outcome: String
        package var `class`: String?
        package var code: String?
        package var message: String?
        package var remedy: String?
        package var step: String?
        package var output: String?
        package var notes: [String]

        package init(_ record: AttemptRecord) {
            stage = record.work.kind == .renewal ? "renewal" : "publication"
            target = record.target
            version = record.version
            startedAt = record.startedAt.rfc3339
            endedAt = record.endedAt.rfc3339
            outcome = record.outcome.rawValue
            `class` = record.kind?.rawValue
            code = record.code
            message = record.message
            remedy = record.remedy
            step = record.step
            output = record.output
            notes = record.notes
        }
    }

    /// Something that happened: an event with the attempt whose end it tells, or one of them alone.
    package struct Item {
        package var event: Event?
        package var attempt: AttemptRecord?

        package var at: Instant { event?.draft.at ?? attempt?.endedAt ?? .distantPast }
    }

    package let certificate: CertificateRecord
    package let items: [Item]
    package let now: Instant
    /// Whether there is more than the limit let through.
    package let isCut: Bool

    /// - Parameters:
    ///   - events: newest first.
    ///   - attempts: newest first.
    package init(
        _ certificate: CertificateRecord, events: [Event], attempts: [AttemptRecord], limit: Int, ascending: Bool,
        now: Instant
    ) {
        self.certificate = certificate
        self.now = now
        let merged = Self.merge(events, attempts)
        isCut = merged.count > limit
        let newest = Array(merged.prefix(limit))
        items = ascending ? newest.reversed() : newest
    }

    /// Newest first.
    private static func merge(_ events: [Event], _ attempts: [AttemptRecord]) -> [Item] {
        var items = events.map { Item(event: $0, attempt: nil) }
        var alone: [Item] = []
        for attempt in attempts {
            let index = items.firstIndex { item in
                item.attempt == nil && (item.event.map { Self.tellsEnd(of: attempt, $0.draft) } ?? false)
            }
            if let index { items[index].attempt = attempt } else { alone.append(Item(event: nil, attempt: attempt)) }
        }
        // Stable: of one second the events stay in their order.
        return (items + alone).enumerated().sorted { left, right in
            left.element.at == right.element.at ? left.offset < right.offset : left.element.at > right.element.at
        }.map(\.element)
    }

    private static func tellsEnd(of attempt: AttemptRecord, _ event: EventDraft) -> Bool {
        guard event.at == attempt.endedAt, event.subject == attempt.target ?? "" else { return false }
        let kind = event.kind
        if attempt.target == nil { return ["version.stored", "renewal.failed", "renewal.barred"].contains(kind) }
        return kind.hasPrefix("proof.") && kind != "proof.asked"
            || [
                "publication.serving", "publication.not-checked", "publication.rolled-back", "publication.failed",
                "publication.needs-attention", "publication.superseded",
            ].contains(kind)
    }

    package var entries: [Entry] {
        items.flatMap { item -> [Entry] in
            let event = item.event.map {
                Entry(at: item.at.rfc3339, type: "event", event: AuditReport.Entry($0), attempt: nil)
            }
            let attempt = item.attempt.map {
                Entry(at: item.at.rfc3339, type: "attempt", event: nil, attempt: Attempt($0))
            }
            return [event, attempt].compactMap { $0 }
        }
    }
}
