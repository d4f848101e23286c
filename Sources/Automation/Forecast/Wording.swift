/// Decisions in words, for people.
public enum Wording {
    /// Why a stage is due: "30 days before expiration".
    public static func short(_ cause: Cause) -> String {
        switch cause {
        case .firstVersion: "first version"
        case .automatic: "automatic"
        case .advised: "advised by the CA"
        case .advisedEarly: "asked early by the CA"
        case .daysBefore(let days): "\(count(days, "day")) before expiration"
        case .daysBeforeClamped(let days):
            "automatic, for \(count(days, "day")) are more than half of its life"
        case .onExpiration: "on expiration"
        case .daysAfter(let days): "\(count(days, "day")) after expiration"
        case .revoked: "the present version was revoked"
        case .changedSubjects: "what it must be was changed"
        case .successorForPublication: "its publication comes after its end"
        case .afterRenew: "after renew"
        case .previousExpires: "on previous certificate expires"
        case .previousExpired: "after previous certificate expires"
        case .targetNeedsOne(let need): need.words
        case .renderedAnew: "the profile, a secret or the flow changed what is written"
        case .drifted: "the target shows something else"
        case .rolledBack: "rolled back by hand"
        case .byHand: "by hand"
        case .retry: "tried again"
        }
    }

    /// What the window did: "moved to the next open period"; empty where it did nothing.
    public static func short(_ move: Move) -> String {
        switch move {
        case .none: ""
        case .later: "moved to the next open period"
        case .earlier: "moved earlier, to the last open period before the deadline"
        case .outside: "outside the window: no open period is left before the deadline"
        case .waits: "no open period is left before the deadline: waits for the next one"
        case .asks: "no open period is left before the deadline: asks you, and waits for the next one meanwhile"
        case .overdue: "overdue: as soon as it may"
        }
    }

    /// "30 days before expiration = Tue 2027-03-09 10:00; moved to the next open period"
    public static func reason(_ run: PlannedRun, in zone: Zone) -> String {
        var text = short(run.cause)
        if run.due != run.at { text += " = \(LocalTime(run.due, in: zone).words)" }
        let move = short(run.move)
        return move.isEmpty ? text : "\(text); \(move)"
    }

    /// "1 day", "3 days"
    public static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// A span as people say it, in its two largest units: "6 days 4 hours".
    public static func words(_ span: Span) -> String {
        let seconds = abs(span.seconds)
        let units: [(Int64, String)] = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")]
        var parts: [String] = []
        var rest = seconds
        for (length, noun) in units where parts.count < 2 {
            let number = rest / length
            rest %= length
            if number > 0 { parts.append(count(Int(number), noun)) } else if !parts.isEmpty { break }
        }
        return parts.isEmpty ? "0 seconds" : parts.joined(separator: " ")
    }

    /// How long nothing valid is served, in hours as its alarms count them: "73 hours (3 days 1 hour)".
    static func inHours(_ span: Span) -> String {
        let hours = Int(abs(span.seconds) / 3600)
        return hours < 24 ? words(span) : "\(count(hours, "hour")) (\(words(span)))"
    }

    /// "in 6 days 4 hours", "3 minutes ago", "now".
    public static func relative(_ instant: Instant, to now: Instant) -> String {
        let span = instant - now
        if span == .zero { return "now" }
        let words = words(abs(span.seconds) >= 86_400 ? Span(seconds: span.seconds / 3600 * 3600) : span)
        return span > .zero ? "in \(words)" : "\(words) ago"
    }
}

extension Cause.Need {
    var words: String {
        switch self {
        case .nothing: "the target holds nothing yet"
        case .expired: "what the target holds has expired"
        case .revoked: "what the target holds was revoked"
        case .lacksName: "what the target holds lacks a name"
        case .advisedEarly: "the CA asked early to replace what the target holds"
        }
    }
}

/// A moment on the clock of a zone.
public struct LocalTime: Sendable, Hashable {
    public let date: CivilDate
    public let weekday: Weekday
    public let hour: Int
    public let minute: Int
    public let second: Int

    public init(_ instant: Instant, in zone: Zone) {
        let local = instant.seconds + zone.offset(at: instant)
        let day = floorDivide(local, 86_400)
        let second = Int(floorRemainder(local, 86_400))
        date = CivilDate(daysSince1970: Int(day))
        weekday = Weekday.allCases[Int(floorRemainder(day + 3, 7))]
        hour = second / 3600
        minute = second / 60 % 60
        self.second = second % 60
    }

    /// "Tue 2027-03-09 00:12"
    public var words: String { "\(weekday.short) \(day) \(two(hour)):\(two(minute))" }

    /// "2027-03-09"
    public var day: String {
        let year = String(date.year)
        let padding = String(repeating: "0", count: max(0, 4 - year.count))
        return "\(padding)\(year)-\(two(date.month))-\(two(date.day))"
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
