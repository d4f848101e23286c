import Automation

/// How many runs fall on each day and period of a week.
struct LoadGrid: Sendable, Equatable {
    /// Whose clock decides.
    let zone: Zone
    /// By `day * 6 + period`, Monday first.
    private(set) var counts = [Int](repeating: 0, count: Cells.count)

    init(zone: Zone) { self.zone = zone }

    subscript(_ day: Weekday, _ period: Period) -> Int { counts[day.rawValue * 6 + period.index] }

    mutating func add(_ moment: Instant) {
        let time = LocalTime(moment, in: zone)
        let cell = time.weekday.rawValue * 6 + time.hour / 4
        guard counts.indices.contains(cell) else { return }
        counts[cell] += 1
    }

    /// Those of the runs that come before a moment.
    mutating func add(_ runs: [ForecastRun], until end: Instant) {
        for next in runs where next.run.at < end { add(next.run.at) }
    }

    var sum: Int { counts.reduce(0, +) }

    /// The cell with most runs; nil where nothing runs.
    var busiest: (day: Weekday, period: Period, runs: Int)? {
        guard let most = counts.max(), most > 0, let cell = counts.firstIndex(of: most) else { return nil }
        return (Weekday.allCases[cell / 6], Period.all[cell % 6], most)
    }
}
