import Automation
import Foundation
import Runner
import Synchronization

/// Prints what a runner does, a line each: when, what, where.
final class ProgressPrinter: Sendable {
    private struct Counts {
        /// By place ("certificate", "certificate -> profile/target"): whether what was last done there went well.
        var outcomes: [String: Bool] = [:]
        var lines = 0
    }

    private let counts = Mutex(Counts())

    func print(_ progress: ProgressNote) {
        let place = [progress.certificate, progress.target ?? ""].filter { !$0.isEmpty }.joined(separator: " -> ")
        counts.withLock { counts in
            counts.lines += 1
            switch progress.kind {
            case .stored, .published, .proved: counts.outcomes[place] = true
            case .failed, .rolledBack: counts.outcomes[place] = false
            case .started, .waiting, .note: break
            }
        }
        let time = LocalTime(progress.at, in: Self.zone)
        let clock = [time.hour, time.minute, time.second].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
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
        if counts.withLock({ $0.outcomes.isEmpty }) { Console.line("Nothing was due.") }
        await tellNext(opened)
    }

    /// How a run ended that leaves something undone; nil where all went well, or nothing was due.
    var ending: CommandEnding? {
        let outcomes = counts.withLock { $0.outcomes }
        guard outcomes.values.contains(false) else { return nil }
        return outcomes.values.contains(true) ? .someTargetsFailed : .failedAsSaid
    }

    /// What happens next, as one line.
    func tellNext(_ opened: OpenedHome) async {
        let now = Instant(Date())
        guard let next = try? await NextWork(opened.ledger, now: now) else { return }
        Console.line("\(next.words(now: now, zone: Self.zone)).")
    }

    /// Keeps telling on a terminal what is waited for, until it is cancelled. One look a second; the ledger is read only
    /// after something happened.
    func keepTellingNext(_ opened: OpenedHome) async {
        guard Console.isTerminal else { return }
        var known: (next: NextWork?, printed: Int)?
        while !Task.isCancelled {
            let now = Instant(Date())
            let printed = self.printed
            if known == nil || known?.printed != printed || known?.next.map({ $0.at <= now }) == true {
                known = (try? await NextWork(opened.ledger, now: now), printed)
            }
            Console.keepBelow(Console.paint(known?.next?.words(now: now, zone: Self.zone) ?? "", .faint))
            try? await Task.sleep(for: .seconds(1))
        }
        Console.keepBelow("")
    }

    /// How many lines there were.
    private var printed: Int { counts.withLock { $0.lines } }

    /// The zone of this machine.
    static let zone = ZoneTable.shared[TimeZone.current.identifier] ?? .utc
}
