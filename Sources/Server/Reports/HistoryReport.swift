import Automation
import PluginKit
import Runner
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
    package struct Item: Sendable {
        package var event: AuditReport.Entry?
        package var attempt: Attempt?

        package var at: String { event?.at ?? attempt?.endedAt ?? "" }
    }

    package let items: [Item]
    /// Whether there is more than the limit let through.
    package let isCut: Bool

    /// - Parameters:
    ///   - events: newest first.
    ///   - attempts: newest first.
    package init(events: [Event], attempts: [AttemptRecord], limit: Int, ascending: Bool) {
        let merged = Self.merge(events.map(AuditReport.Entry.init), attempts.map(Attempt.init))
        self.init(merged, limit: limit, ascending: ascending)
    }

    /// - Parameter entries: newest first, as `entries` writes them.
    package init(entries: [Entry], limit: Int, ascending: Bool) {
        var items: [Item] = []
        for entry in entries {
            guard let attempt = entry.attempt else {
                if let event = entry.event { items.append(Item(event: event, attempt: nil)) }
                continue
            }
            if let last = items.indices.last, items[last].attempt == nil, let event = items[last].event,
                Self.tellsEnd(of: attempt, event)
            {
                items[last].attempt = attempt
            } else {
                items.append(Item(event: nil, attempt: attempt))
            }
        }
        self.init(items, limit: limit, ascending: ascending)
    }

    private init(_ items: [Item], limit: Int, ascending: Bool) {
        isCut = items.count > limit
        let newest = Array(items.prefix(limit))
        self.items = ascending ? newest.reversed() : newest
    }

    /// Newest first.
    private static func merge(_ events: [AuditReport.Entry], _ attempts: [Attempt]) -> [Item] {
        var items = events.map { Item(event: $0, attempt: nil) }
        var alone: [Item] = []
        for attempt in attempts {
            let index = items.firstIndex { item in
                item.attempt == nil && (item.event.map { Self.tellsEnd(of: attempt, $0) } ?? false)
            }
            if let index { items[index].attempt = attempt } else { alone.append(Item(event: nil, attempt: attempt)) }
        }
        // Stable: of one second the events stay in their order.
        return (items + alone).enumerated().sorted { left, right in
            left.element.at == right.element.at ? left.offset < right.offset : left.element.at > right.element.at
        }.map(\.element)
    }

    private static func tellsEnd(of attempt: Attempt, _ event: AuditReport.Entry) -> Bool {
        guard event.at == attempt.endedAt, (event.subject ?? "") == (attempt.target ?? "") else { return false }
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
            let event = item.event.map { Entry(at: $0.at, type: "event", event: $0, attempt: nil) }
            let attempt = item.attempt.map { Entry(at: item.at, type: "attempt", event: nil, attempt: $0) }
            return [event, attempt].compactMap { $0 }
        }
    }
}

extension LedgerReading {
    /// One that is known, or was: a removed certificate has no record any more, but events for ever.
    /// - Returns: the zone of its flow; UTC where it was removed.
    /// - Throws: `DeskRefusal` where nothing ever was of that name.
    package func certificateOfHistory(_ name: String) async throws -> (id: Int64, zone: Zone) {
        do {
            let record = try await knownCertificate(name)
            return (record.id, record.flow.rules.window.zone)
        } catch let refusal as DeskRefusal {
            guard try await !latestEvents(certificate: name, limit: 1).isEmpty else { throw refusal }
            return (0, .utc)
        }
    }
}
