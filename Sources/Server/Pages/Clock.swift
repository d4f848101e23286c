import Automation
import Foundation

/// Times as pages show them: local to a zone, with UTC on hover.
struct Clock: Sendable {
    let zone: Zone
    let now: Instant

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

    /// "00:28"
    func time(_ instant: Instant) -> String {
        let second = ((instant.seconds + zone.offset(at: instant)) % 86_400 + 86_400) % 86_400
        return "\(Self.two(second / 3600)):\(Self.two(second / 60 % 60))"
    }

    /// "Tue 24 Nov", with the year where it is not obvious.
    func day(_ instant: Instant) -> String {
        let local = instant.seconds + zone.offset(at: instant)
        let number = Int(local >= 0 ? local / 86_400 : (local - 86_399) / 86_400)
        let date = CivilDate(daysSince1970: number)
        let weekday = Self.days[((number % 7) + 7) % 7]
        let month = Self.months.indices.contains(date.month - 1) ? Self.months[date.month - 1] : ""
        let isFar = abs((instant - now).seconds) > 180 * 86_400
        return "\(weekday) \(date.day) \(month)" + (isFar ? " \(date.year)" : "")
    }

    /// "Tue 24 Nov 00:28"
    func words(_ instant: Instant) -> String { "\(day(instant)) \(time(instant))" }

    /// "in 2 d 16 h", "3 h ago", "now"
    func relative(_ instant: Instant) -> String {
        let span = instant - now
        if abs(span.seconds) < 5 { return "now" }
        return span > .zero ? "in \(Wording.words(span))" : "\(Wording.words(now - instant)) ago"
    }

    /// For the template `time`.
    func context(_ instant: Instant, _ words: String? = nil) -> [String: Any] {
        let iso = instant.rfc3339
        return [
            "iso": iso, "utc": iso.replacingOccurrences(of: "T", with: " ").replacingOccurrences(of: "Z", with: " UTC"),
            "words": words ?? self.words(instant),
        ]
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
