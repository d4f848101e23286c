extension Window {
    /// The window in words: "always (UTC)", or its joined blocks: "Tue 00:00-08:00, Sat 20:00 - Sun 04:00
    /// (Europe/Berlin)".
    public var words: String {
        "\(cells.words) (\(zone.identifier))"
    }
}

extension Cells {
    /// The joined blocks of a week, in its order; one that runs over Sunday midnight is named once, at its start.
    public var words: String {
        if isFull { return "always" }
        if isEmpty { return "never" }
        return blocks.map { block in
            let start = block.lowerBound
            let (day, period) = (Weekday.allCases[start / 6], start % 6)
            let last = (block.upperBound - 1) % 42
            let (lastDay, lastPeriod) = (Weekday.allCases[last / 6], last % 6)
            let from = "\(day.short) \(Period.clock(period * 4))"
            let until = Period.clock(lastPeriod * 4 + 4)
            return day == lastDay && block.count <= 6 ? "\(from)-\(until)" : "\(from) - \(lastDay.short) \(until)"
        }.joined(separator: ", ")
    }

    /// Runs of open cells, as ranges of `day * 6 + period` that may run past 42 into the next week.
    public var blocks: [Range<Int>] {
        guard !isEmpty, !isFull else { return isFull ? [0..<42] : [] }
        var blocks: [Range<Int>] = []
        for start in 0..<42 where isOpen(start) && !isOpen((start + 41) % 42) {
            var end = start + 1
            while isOpen(end % 42) { end += 1 }
            blocks.append(start..<end)
        }
        return blocks
    }
}
