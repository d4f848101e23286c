import Automation
import Foundation
import Runner
import Synchronization

/// Prints what a runner does, a line each: when, what, where.
final class ProgressPrinter: Sendable {
    private struct Counts {
        var stored = 0
        var published = 0
        var failed = 0
    }

    private let counts = Mutex(Counts())

    func print(_ progress: ProgressNote) {
        counts.withLock { counts in
            switch progress.kind {
            case .stored: counts.stored += 1
            case .published, .proved: counts.published += 1
            case .failed, .rolledBack: counts.failed += 1
            case .started, .waiting, .note: break
            }
        }
        let time = LocalTime(progress.at, in: Self.zone)
        let clock = [time.hour, time.minute, time.second].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        let place = [progress.certificate, progress.target ?? ""].filter { !$0.isEmpty }.joined(separator: " -> ")
        let line = [Console.paint(clock, .faint), mark(progress.kind), place, progress.text].filter { !$0.isEmpty }
        Console.line(Console.harmless(line.joined(separator: "  ")))
    }

    private func mark(_ kind: ProgressNote.Kind) -> String {
        switch kind {
        case .stored: Console.paint("renewed   ", .good)
        case .published: Console.paint("published ", .good)
        case .proved: Console.paint("serving   ", .good)
        case .failed: Console.paint("failed    ", .bad)
        case .rolledBack: Console.paint("rolled back", .warning)
        case .started: "begun     "
        case .waiting: "waiting   "
        case .note: Console.paint("note      ", .faint)
        }
    }

    /// What a run came to, and what happens next.
    func summary(_ opened: OpenedHome) async {
        let counts = counts.withLock { $0 }
        if counts.stored + counts.published + counts.failed == 0 { Console.line("Nothing was due.") }
        guard let next = try? await opened.ledger.nextDue() else { return }
        Console.line("Next: \(Moments(now: Instant(Date())).words(next, in: Self.zone)).")
    }

    /// The zone of this machine.
    static let zone = ZoneTable.shared[TimeZone.current.identifier] ?? .utc
}
