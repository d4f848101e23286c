import Foundation

/// A moment in UTC, in whole seconds since 1970: what certificates and schedules are exact to.
public struct Instant: Hashable, Comparable, Sendable, Codable {
    public let seconds: Int64

    /// Years 1 and 9999 (RFC 5280, 4.1.2.5, ends there): every instant lies between them, so that sums with a `Span`
    /// of a few thousand years never overflow.
    private static let bounds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// Seconds outside of the years 1 to 9999 become the nearest bound.
    public init(seconds: Int64) {
        self.seconds = min(max(seconds, Self.bounds.lowerBound), Self.bounds.upperBound)
    }

    /// Fractions of a second are cut off: an instant never lies after the date it was made of.
    public init(_ date: Date) {
        let seconds = date.timeIntervalSince1970.rounded(.down)
        let lowest = Double(Self.bounds.lowerBound)
        let highest = Double(Self.bounds.upperBound)
        self.init(seconds: seconds.isNaN ? 0 : Int64(min(max(seconds, lowest), highest)))
    }

    public static let distantPast = Instant(seconds: .min)
    public static let distantFuture = Instant(seconds: .max)

    public var date: Date { Date(timeIntervalSince1970: TimeInterval(seconds)) }

    public static func < (left: Instant, right: Instant) -> Bool { left.seconds < right.seconds }

    public static func + (instant: Instant, span: Span) -> Instant { Instant(seconds: instant.seconds &+ span.seconds) }

    public static func - (instant: Instant, span: Span) -> Instant { Instant(seconds: instant.seconds &- span.seconds) }

    public static func - (end: Instant, start: Instant) -> Span { Span(seconds: end.seconds &- start.seconds) }

    public init(from decoder: any Decoder) throws {
        self.init(seconds: try decoder.singleValueContainer().decode(Int64.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(seconds)
    }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC: `2027-03-09T00:00:00Z`.
    public var description: String { rfc3339 }

    public var rfc3339: String {
        let date = CivilDate(daysSince1970: Int(floorDivide(seconds, 86_400)))
        let time = Int(floorRemainder(seconds, 86_400))
        let day = [Self.digits(date.year, 4), Self.digits(date.month), Self.digits(date.day)]
        let clock = [Self.digits(time / 3600), Self.digits(time / 60 % 60), Self.digits(time % 60)]
        return "\(day.joined(separator: "-"))T\(clock.joined(separator: ":"))Z"
    }

    private static func digits(_ number: Int, _ width: Int = 2) -> String {
        let text = String(number)
        return text.utf8.count < width ? String(repeating: "0", count: width - text.utf8.count) + text : text
    }

    /// Reads RFC 3339 with `Z` or an offset; nil where it is something else.
    public init?(rfc3339 text: String) {
        guard let date = try? Date(text, strategy: .iso8601) else { return nil }
        self.init(date)
    }
}

/// A length of time in whole seconds. A day is 24 hours.
public struct Span: Hashable, Comparable, Sendable, Codable {
    public let seconds: Int64

    /// About ten thousand years: longer ones become this.
    private static let limit: Int64 = 315_576_000_000

    public init(seconds: Int64) { self.seconds = min(max(seconds, -Self.limit), Self.limit) }

    public static let zero = Span(seconds: 0)

    public static func seconds(_ count: Int64) -> Span { Span(seconds: count) }
    public static func minutes(_ count: Int64) -> Span { Span(seconds: clampedProduct(count, 60)) }
    public static func hours(_ count: Int64) -> Span { Span(seconds: clampedProduct(count, 3600)) }
    public static func days(_ count: Int64) -> Span { Span(seconds: clampedProduct(count, 86_400)) }

    public static func < (left: Span, right: Span) -> Bool { left.seconds < right.seconds }
    public static func + (left: Span, right: Span) -> Span { Span(seconds: left.seconds &+ right.seconds) }
    public static func - (left: Span, right: Span) -> Span { Span(seconds: left.seconds &- right.seconds) }
    public static func * (span: Span, factor: Int64) -> Span { Span(seconds: clampedProduct(span.seconds, factor)) }
    /// - Precondition: `divisor` is not zero; all callers pass a constant.
    public static func / (span: Span, divisor: Int64) -> Span { Span(seconds: span.seconds / divisor) }
    public static prefix func - (span: Span) -> Span { Span(seconds: -span.seconds) }

    public var duration: Duration { .seconds(seconds) }

    private static func clampedProduct(_ left: Int64, _ right: Int64) -> Int64 {
        let (product, overflow) = left.multipliedReportingOverflow(by: right)
        guard overflow else { return product }
        return (left < 0) == (right < 0) ? .max : .min
    }

    public init(from decoder: any Decoder) throws {
        self.init(seconds: try decoder.singleValueContainer().decode(Int64.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(seconds)
    }
}

/// A day of the proleptic Gregorian calendar.
public struct CivilDate: Hashable, Sendable {
    public var year: Int
    public var month: Int
    public var day: Int

    /// After Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
    public init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}

func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}

func floorRemainder(_ value: Int64, _ divisor: Int64) -> Int64 {
    let remainder = value % divisor
    return remainder < 0 ? remainder + divisor : remainder
}
