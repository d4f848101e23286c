import Foundation

@testable import Automation

/// The cells of a zone, minute by minute: slow and obviously right.
///
/// Local time is what Foundation says the offset is at each minute; equal neighbours make a run. Everything else here
/// goes through those runs one after the other; nothing knows of bit masks, of transitions or of segments.
struct MinuteOracle {
    /// Neighbouring minutes of one cell.
    struct Run {
        /// `day * 6 + period`, Monday first.
        let cell: Int
        let start: Int
        var end: Int
    }

    let zone: Zone
    let start: Instant
    let minutes: Int
    let runs: [Run]
    private let calendarZone: TimeZone

    init(zone: Zone, from start: Instant, days: Int) {
        self.zone = zone
        self.start = start
        minutes = days * 1440
        calendarZone = TimeZone(identifier: zone.identifier) ?? .gmt
        var runs: [Run] = []
        for minute in 0..<minutes {
            let local = Self.local(start + .minutes(Int64(minute)), calendarZone)
            let cell = (local / 86_400 + 3) % 7 * 6 + local % 86_400 / 14_400  // 1970 began on a Thursday
            if let last = runs.last, last.cell == cell {
                runs[runs.count - 1].end = minute + 1
            } else {
                runs.append(Run(cell: cell, start: minute, end: minute + 1))
            }
        }
        self.runs = runs
    }

    private static func local(_ instant: Instant, _ zone: TimeZone) -> Int {
        Int(instant.seconds) + zone.secondsFromGMT(for: instant.date)
    }

    var end: Instant { start + .minutes(Int64(minutes)) }

    func minute(_ instant: Instant) -> Int { Int((instant - start).seconds / 60) }
    func instant(_ minute: Int) -> Instant { start + .minutes(Int64(minute)) }

    /// The index of the run that holds a minute.
    func run(holding minute: Int) -> Int {
        var (low, high) = (0, runs.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if runs[middle].start <= minute { low = middle } else { high = middle }
        }
        return low
    }

    /// How many minutes, of every `step`-th, Foundation's calendar puts into another cell than the runs do.
    func disagreements(every step: Int) -> Int {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = calendarZone
        var wrong = 0
        for minute in stride(from: 0, to: minutes, by: step) {
            let local = calendar.dateComponents([.weekday, .hour], from: instant(minute).date)
            let monday = ((local.weekday ?? 1) + 5) % 7
            if runs[run(holding: minute)].cell != monday * 6 + (local.hour ?? 0) / 4 { wrong += 1 }
        }
        return wrong
    }

    /// The first minute with the local date of `instant`, which need not hold it in one stretch.
    func startOfDay(_ instant: Instant) -> Instant {
        let wanted = Self.local(instant, calendarZone) / 86_400
        let holding = minute(instant)
        let first = (max(0, holding - 3000)...holding).first {
            Self.local(self.instant($0), calendarZone) / 86_400 == wanted
        }
        return first.map(self.instant) ?? instant
    }

    /// The scans for one window.
    struct Scan {
        let oracle: MinuteOracle
        let cells: Set<Int>

        init(_ oracle: MinuteOracle, _ cells: Cells) {
            self.oracle = oracle
            self.cells = Set((0..<42).filter { cells.bits / (1 << UInt64($0)) % 2 == 1 })
        }

        func isOpen(_ run: Run) -> Bool { cells.contains(run.cell) }

        func isOpen(_ instant: Instant) -> Bool { isOpen(oracle.runs[oracle.run(holding: oracle.minute(instant))]) }

        func firstOpen(_ instant: Instant) -> Instant? {
            if isOpen(instant) { return instant }
            let next = oracle.runs[oracle.run(holding: oracle.minute(instant))...].first(where: isOpen)
            return next.map { oracle.instant($0.start) }
        }

        /// The first closed minute after an open one, or the end of the scan.
        func closing(_ instant: Instant) -> Instant {
            let closed = oracle.runs[oracle.run(holding: oracle.minute(instant))...].first { !isOpen($0) }
            return oracle.instant(closed?.start ?? oracle.minutes)
        }

        /// The last open run that begins before `limit`.
        func lastOpen(before limit: Instant) -> Run? {
            oracle.runs[...oracle.run(holding: oracle.minute(limit - .seconds(1)))].last(where: isOpen)
        }

        /// The first minute of the open stretch that ends with `run`.
        func blockStart(_ run: Run) -> Int {
            let closed = oracle.runs[..<oracle.run(holding: run.start)].last { !isOpen($0) }
            return closed?.end ?? 0
        }
    }
}
