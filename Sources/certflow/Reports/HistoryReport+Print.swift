import Automation
import Foundation
import Runner
import Server
import Storage

extension HistoryReport {
    /// - Parameters:
    ///   - name: the certificate.
    ///   - zone: in which times are told.
    ///   - isFull: also single steps, attempts that succeeded, and outputs as a whole.
    func print(_ name: String, in zone: Zone, now: Instant, isFull: Bool) {
        let moments = Moments(now: now)
        guard !items.isEmpty else { return Console.line("Nothing has happened to \(Console.oneLine(name)) yet.") }
        Console.line("\(Console.paint(Console.oneLine(name), .strong))  times in \(zone.identifier)")
        for item in items {
            let when = Self.words(Instant(rfc3339: item.at) ?? .distantPast, in: zone, moments)
            if let event = item.event, isFull || !Self.isStep(event) {
                let words = Console.oneLine(EventWords(zone: zone).text(event.draft))
                Console.line("\(when)  \(Console.paint(Console.oneLine(event.actor), .faint))  \(words)")
            }
            if let attempt = item.attempt, let lines = Self.lines(attempt, isFull: isFull) {
                Console.line(item.event == nil ? "\(when)  \(lines.head)" : "    \(lines.head)")
                for line in lines.rest { Console.line("    \(line)") }
            }
        }
        if isCut { Console.line("… and more before that: see it with a larger --limit.") }
    }

    private static func words(_ instant: Instant, in zone: Zone, _ moments: Moments) -> String {
        let time = LocalTime(instant, in: zone)
        let seconds = time.second < 10 ? "0\(time.second)" : "\(time.second)"
        return "\(time.words):\(seconds)  \(Console.paint(padded(moments.relative(instant)), .faint))"
    }

    /// The steps of a stage, whose beginning and end tell enough.
    private static func isStep(_ event: AuditReport.Entry) -> Bool {
        ["intent.ordered", "intent.finalizing", "publication.staged", "publication.switched"].contains(event.kind)
    }

    private static func padded(_ text: String) -> String {
        text + String(repeating: " ", count: max(0, 14 - text.count))
    }

    private static let succeeded = AttemptRecord.Outcome.succeeded.rawValue

    /// Nil where the event beside it says all.
    private static func lines(_ attempt: Attempt, isFull: Bool) -> (head: String, rest: [String])? {
        let isNews = attempt.outcome != succeeded || attempt.output?.isEmpty == false || !attempt.notes.isEmpty
        guard isFull || isNews else { return nil }
        let what = attempt.target.map { "attempt on \($0)" } ?? "attempt to renew"
        let version = attempt.version.map { ", version \($0)" } ?? ""
        let length = Instant(rfc3339: attempt.startedAt).flatMap { start in
            Instant(rfc3339: attempt.endedAt).map { $0 - start }
        }
        let took = length.map { $0 > .zero ? " after \(Wording.words($0))" : "" } ?? ""
        let isGood = attempt.outcome == succeeded
        let step = isGood ? "" : attempt.step.map { " at step \($0)" } ?? ""
        let colour: Console.Colour =
            isGood ? .good : attempt.outcome == AttemptRecord.Outcome.failed.rawValue ? .bad : .warning
        let head = Console.paint(Console.oneLine("\(what)\(version) \(attempt.outcome)\(step)\(took)"), colour)
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
