import Automation

/// Moments and lengths as the flow's pages write them, on the clock of one zone.
struct FlowClock: Sendable {
    var zone: Zone
    var now: Instant

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// "Fri 4 Dec 22:41"; with its year where it is more than half a year away.
    func short(_ instant: Instant) -> String { "\(shortDay(instant)) \(time(instant))" }

    /// "Fri 4 Dec"; with its year where it is more than half a year away.
    func shortDay(_ instant: Instant) -> String {
        abs((instant - now).seconds) <= 180 * 86_400 ? day(instant) : dayAndYear(instant)
    }

    /// For the template `time`: UTC stands beside the words.
    static func context(_ instant: Instant, _ words: String) -> [String: any Sendable] {
        let iso = instant.rfc3339
        return ["iso": iso, "utc": iso.replacing("T", with: " ").replacing("Z", with: " UTC"), "words": words]
    }

    /// "Fri 4 Dec 2026 22:41"
    func long(_ instant: Instant) -> String { "\(dayAndYear(instant)) \(time(instant))" }

    /// "Fri 4 Dec"
    func day(_ instant: Instant) -> String {
        let time = LocalTime(instant, in: zone)
        return "\(time.weekday.short) \(time.date.day) \(Self.month(time.date))"
    }

    /// "Fri 4 Dec 2026"
    func dayAndYear(_ instant: Instant) -> String {
        "\(day(instant)) \(LocalTime(instant, in: zone).date.year)"
    }

    /// "22:41"
    func time(_ instant: Instant) -> String {
        let time = LocalTime(instant, in: zone)
        return "\(Self.two(time.hour)):\(Self.two(time.minute))"
    }

    /// Whether a reader of `short` sees the same moment.
    func showsAlike(_ one: Instant, _ other: Instant) -> Bool { short(one) == short(other) }

    /// "Dec"
    static func month(_ date: CivilDate) -> String {
        let index = date.month - 1
        return months.indices.contains(index) ? months[index] : ""
    }

    /// "4 d 1 h", "2 d", "16 h 5 min", "30 s"
    static func words(_ span: Span) -> String {
        let seconds = abs(span.seconds)
        let units: [(Int64, String)] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
        guard let first = units.firstIndex(where: { seconds >= $0.0 }) else { return "0 s" }
        let (length, unit) = units[first]
        let head = "\(seconds / length) \(unit)"
        guard first + 1 < units.count else { return head }
        let (smaller, name) = units[first + 1]
        let rest = seconds % length / smaller
        return rest == 0 ? head : "\(head) \(rest) \(name)"
    }

    /// "47-day", "160-hour", "10-minute": a life as an adjective.
    static func life(_ span: Span) -> String {
        let units: [(Int64, String)] = [(86_400, "day"), (3600, "hour"), (60, "minute")]
        for (length, unit) in units where span.seconds >= length * 10 || span.seconds % length == 0 {
            return "\(max(1, span.seconds / length))-\(unit)"
        }
        return "\(span.seconds)-second"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
