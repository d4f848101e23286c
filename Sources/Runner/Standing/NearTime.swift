import Automation

/// Times near to now as tables show them, on the clock of one zone: "Tue 24 Nov 00:28".
public struct NearTime: Sendable {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    let now: Instant
    let zone: Zone

    public init(now: Instant, zone: Zone) {
        self.now = now
        self.zone = zone
    }

    /// "Tue 24 Nov 00:28"; with the year where it is not the nearest one.
    public func words(_ instant: Instant) -> String {
        let time = LocalTime(instant, in: zone)
        let clock = "\(Self.two(time.hour)):\(Self.two(time.minute))"
        return "\(time.weekday.short) \(day(time, instant)) \(clock)"
    }

    /// "24 Nov"; with the year where it is not the nearest one.
    public func day(_ instant: Instant) -> String { day(LocalTime(instant, in: zone), instant) }

    /// "due now", "due Tue 24 Nov 00:28"
    public func due(_ instant: Instant) -> String { instant <= now ? "due now" : "due \(words(instant))" }

    /// "retry now", "retry 11:20"
    func retry(_ instant: Instant) -> String {
        guard instant > now else { return "retry now" }
        let time = LocalTime(instant, in: zone)
        guard instant < now + .hours(20) else { return "retry \(words(instant))" }
        return "retry \(Self.two(time.hour)):\(Self.two(time.minute))"
    }

    private func day(_ time: LocalTime, _ instant: Instant) -> String {
        let index = time.date.month - 1
        let month = Self.months.indices.contains(index) ? Self.months[index] : ""
        let isNear = instant > now - .days(180) && instant < now + .days(300)
        return "\(time.date.day) \(month)" + (isNear ? "" : " \(time.date.year)")
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
