import Automation

/// Expiries by week as a drawing: geometry and classes only, its texts are numbers and dates.
struct ExpiryChart {
    /// So many weeks are drawn.
    static let weeks = 12

    let weeks: [HomeDigest.Week]
    let clock: Clock

    var svg: String {
        let shown = weeks.prefix(Self.weeks)
        let most = max(1, shown.map(\.count).max() ?? 0)
        let bars = shown.enumerated().map { index, week in bar(week, at: index * 48, most: most) }.joined()
        return "<svg class=\"chart\" viewBox=\"0 0 576 152\" role=\"img\" aria-label=\"\(label(shown))\">"
            + "<line class=\"axis\" x1=\"0\" x2=\"576\" y1=\"130.5\" y2=\"130.5\"/>\(bars)</svg>"
    }

    private func bar(_ week: HomeDigest.Week, at x: Int, most: Int) -> String {
        let middle = "\(x + 24).0"
        var parts = "<text x=\"\(middle)\" y=\"146\" text-anchor=\"middle\">\(day(week.start))</text>"
        guard week.count > 0 else { return parts }
        // In tenths, so that no number is written in a way of its own; what is there is always seen.
        let height = max(30, week.count * 1040 / most)
        let top = 1300 - height
        parts += rectangle("b1", x, top, height, radius: 2)
        if week.unplanned > 0 {
            let gap = max(30, min(height, week.unplanned * 1040 / most))
            parts += rectangle("b2", x, 1300 - gap, gap, radius: 1)
        }
        let value = "<text class=\"val\" x=\"\(middle)\" y=\"\(tenths(top - 60))\" text-anchor=\"middle\">"
        return parts + "\(value)\(Quantity.words(week.count))</text>"
    }

    private func rectangle(_ style: String, _ x: Int, _ top: Int, _ height: Int, radius: Int) -> String {
        "<rect class=\"\(style)\" x=\"\(x + 6)\" y=\"\(tenths(top))\" width=\"36\" height=\"\(tenths(height))\" "
            + "rx=\"\(radius)\"/>"
    }

    private func tenths(_ number: Int) -> String { "\(number / 10).\(number % 10)" }

    /// "23 Nov"
    private func day(_ instant: Instant) -> String {
        clock.day(instant).split(separator: " ").dropFirst().prefix(2).joined(separator: " ")
    }

    private func label(_ shown: ArraySlice<HomeDigest.Week>) -> String {
        let gaps = shown.filter { $0.unplanned > 0 }
        let all = shown.reduce(0) { $0 + $1.count }
        let begin = "Certificates that expire, by week: \(Quantity.words(all)) in \(shown.count) weeks."
        guard !gaps.isEmpty else { return begin }
        let words = gaps.map { "\(Quantity.words($0.unplanned)) in the week of \(day($0.start))" }
        let count = gaps.reduce(0) { $0 + $1.unplanned }
        return "\(begin) \(Quantity.words(count)) with no run planned before: \(words.joined(separator: ", "))."
    }
}
