import Automation

/// A window in the words of the pages.
struct WindowWords: Sendable {
    let window: Window

    init(_ window: Window) { self.window = window }

    /// "16 of 168"
    var hours: String { "\(window.cells.bits.nonzeroBitCount * 4) of 168" }

    /// "Sat 20:00 - Sun 04:00"; joined blocks are named once.
    var blocks: String { window.cells.words }

    /// "Saturday and Sunday, 12:00 AM - 04:00 AM and 04:00 AM - 08:00 AM"; the joined blocks where the open cells are
    /// not all of some days and periods.
    var choice: String {
        let cells = window.cells
        if cells.isFull { return "all days, all periods" }
        if cells.isEmpty { return "never" }
        let days = Weekday.inFormOrder.filter { day in Period.all.contains { cells[day, $0] } }
        let periods = Period.inFormOrder.filter { period in Weekday.allCases.contains { cells[$0, period] } }
        guard Cells(days: days, periods: periods) == cells else { return blocks }
        let dayWords = days.count == 7 ? "all days" : Self.list(days.map(\.label))
        let periodWords = periods.count == 6 ? "all periods" : Self.list(periods.map(\.label))
        return "\(dayWords), \(periodWords)"
    }

    /// "Open 16 of 168 hours a week: Sat 00:00-08:00, Sun 00:00-08:00."
    var summary: String {
        if window.cells.isFull { return "Open 168 of 168 hours a week." }
        if window.cells.isEmpty { return "Open 0 of 168 hours a week: never." }
        return "Open \(hours) hours a week: \(blocks)."
    }

    /// What the clock does in the next year to periods that are open: "On Sun 28 Mar 2027 the clock skips 02:00-03:00,
    /// so the period 00:00-04:00 lasts 3 hours."
    func clockChanges(from now: Instant) -> [String] {
        let zone = window.zone
        let clock = FlowClock(zone: zone, now: now)
        var remarks: [String] = []
        var before = now
        let end = now + .days(366)
        while before < end, remarks.count < 8 {
            let after = min(before + .days(1), end)
            defer { before = after }
            guard zone.offset(at: before) != zone.offset(at: after) else { continue }
            let change = Self.change(in: zone, between: before, and: after)
            let shift = Span(seconds: zone.offset(at: change) - zone.offset(at: change - .seconds(1)))
            let (start, isSkip) = (change - .seconds(1), shift > .zero)
            guard window.isOpen(at: start) || window.isOpen(at: change) else { continue }
            let old = LocalTime(Instant(seconds: change.seconds + zone.offset(at: start)), in: .utc)
            let new = LocalTime(Instant(seconds: change.seconds + zone.offset(at: change)), in: .utc)
            let (first, last) = isSkip ? (old, new) : (new, old)
            let what = "\(Self.time(first))-\(Self.time(last))"
            var remark = "On \(clock.dayAndYear(change)) the clock \(isSkip ? "skips" : "repeats") \(what)"
            // What touches more than one period needs more words than it is worth.
            let ends = last.hour == 0 && first.hour >= 20 ? 24 : last.hour
            if first.hour / 4 == ends / 4 || (last.minute == 0 && ends == first.hour / 4 * 4 + 4) {
                let period = Period.all[first.hour / 4]
                let length = Span.hours(4) - shift
                remark += ", so the period \(period.name) lasts \(Wording.words(length))"
            }
            remarks.append(remark + ".")
        }
        return remarks
    }

    /// The first instant of the new offset.
    private static func change(in zone: Zone, between early: Instant, and late: Instant) -> Instant {
        var (low, high) = (early, late)
        while high - low > .seconds(1) {
            let middle = low + (high - low) / 2
            if zone.offset(at: middle) == zone.offset(at: early) { low = middle } else { high = middle }
        }
        return high
    }

    private static func time(_ time: LocalTime) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        return "\(two(time.hour)):\(two(time.minute))"
    }

    /// "a, b and c"
    static func list(_ items: [String]) -> String {
        guard let last = items.last, items.count > 1 else { return items.first ?? "" }
        return "\(items.dropLast().joined(separator: ", ")) and \(last)"
    }
}
