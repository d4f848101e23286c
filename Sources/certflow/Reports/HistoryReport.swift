import Automation
import PluginKit
import Storage

/// What was done to one certificate, by whom and why: events of the audit trail, with the attempts that belong to them.
struct HistoryReport {
    /// One element of `history --output json`.
    struct Entry: Encodable {
        var at: String
        /// "event" or "attempt"
        var type: String
        var event: AuditReport.Entry?
        var attempt: Attempt?
    }

    struct Attempt: Encodable {
        var stage: String
        var target: String?
        var version: Int?
        var startedAt: String
        var endedAt: String
        var outcome: String
        var `class`: String?
        var code: String?
        var message: String?
        var remedy: String?
        var step: String?
        var output: String?
        var notes: [String]

        init(_ record: AttemptRecord) {
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
    private struct Item {
        var event: Event?
        var attempt: AttemptRecord?

        var at: Instant { event?.draft.at ?? attempt?.endedAt ?? .distantPast }
    }

    private let certificate: CertificateRecord
    private let items: [Item]
    private let now: Instant
    /// Whether there is more than the limit let through.
    private let isCut: Bool

    /// - Parameters:
    ///   - events: newest first.
    ///   - attempts: newest first.
    init(
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

    var entries: [Entry] {
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

    /// - Parameter isFull: also single steps, attempts that succeeded, and outputs as a whole.
    func print(isFull: Bool) {
        let zone = certificate.flow.rules.window.zone
        let moments = Moments(now: now)
        guard !items.isEmpty else {
            return Console.line("Nothing has happened to \(Console.oneLine(certificate.name)) yet.")
        }
        Console.line("\(Console.paint(Console.oneLine(certificate.name), .strong))  times in \(zone.identifier)")
        for item in items {
            let time = LocalTime(item.at, in: zone)
            let seconds = time.second < 10 ? "0\(time.second)" : "\(time.second)"
            let when = "\(time.words):\(seconds)  \(Console.paint(Self.padded(moments.relative(item.at)), .faint))"
            if let event = item.event, isFull || !Self.isStep(event) {
                let words = Console.oneLine(EventWords(zone: zone).text(event.draft))
                Console.line("\(when)  \(Console.paint(Console.oneLine(event.draft.actor), .faint))  \(words)")
            }
            if let attempt = item.attempt, let lines = Self.lines(attempt, isFull: isFull) {
                Console.line(item.event == nil ? "\(when)  \(lines.head)" : "    \(lines.head)")
                for line in lines.rest { Console.line("    \(line)") }
            }
        }
        if isCut { Console.line("… and more before that: see it with a larger --limit.") }
    }

    /// The steps of a stage, whose beginning and end tell enough.
    private static func isStep(_ event: Event) -> Bool {
        ["intent.ordered", "intent.finalizing", "publication.staged", "publication.switched"].contains(event.draft.kind)
    }

    private static func padded(_ text: String) -> String {
        text + String(repeating: " ", count: max(0, 14 - text.count))
    }

    /// Nil where the event beside it says all.
    private static func lines(_ attempt: AttemptRecord, isFull: Bool) -> (head: String, rest: [String])? {
        let isNews = attempt.outcome != .succeeded || attempt.output?.isEmpty == false || !attempt.notes.isEmpty
        guard isFull || isNews else { return nil }
        let what = attempt.target.map { "attempt on \($0)" } ?? "attempt to renew"
        let version = attempt.version.map { ", version \($0)" } ?? ""
        let took =
            attempt.endedAt > attempt.startedAt ? " after \(Wording.words(attempt.endedAt - attempt.startedAt))" : ""
        let step = attempt.outcome == .succeeded ? "" : attempt.step.map { " at step \($0)" } ?? ""
        let colour: Console.Colour =
            attempt.outcome == .succeeded ? .good : attempt.outcome == .failed ? .bad : .warning
        let head = Console.paint(Console.oneLine("\(what)\(version) \(attempt.outcome.rawValue)\(step)\(took)"), colour)
        var rest: [String] = []
        for text in [attempt.message, attempt.remedy].compactMap({ $0 }) + attempt.notes {
            rest += Fold.lines(Console.harmless(text), width: Console.width - 4)
        }
        if let output = attempt.output, !output.isEmpty {
            let lines = Console.harmless(output).split(separator: "\n")
            let shown = isFull ? lines[...] : lines.suffix(10)
            if shown.count < lines.count { rest.append(Console.paint("| … (--full shows all)", .faint)) }
            rest += shown.map { Console.paint("| \($0)", .faint) }
        }
        return (head, rest)
    }
}
