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

    /// "30 days before expiration = Fri 2027-03-05 13:00; moved to Tue 2027-03-09 00:12 by the window"
    public static func reason(_ run: PlannedRun, in zone: Zone) -> String {
        let cause = short(run.cause)
        switch run.cause {
        case .byHand, .firstVersion: return cause
        default: break
        }
        let isOnTime = LocalTime(run.due, in: zone).words == LocalTime(run.at, in: zone).words
        let due = isOnTime ? cause : "\(cause) = \(LocalTime(run.due, in: zone).words)"
        let consequence = consequence(of: run, in: zone)
        return consequence.isEmpty ? due : "\(due); \(consequence)"
    }

    /// What became of the due time, with the time that it is now; empty where nothing did.
    private static func consequence(of run: PlannedRun, in zone: Zone) -> String {
        let at = LocalTime(run.at, in: zone).words
        return switch run.move {
        case .none:
            at == LocalTime(run.due, in: zone).words ? "" : run.earliest == run.due ? "spread to \(at)" : "starts \(at)"
        case .later: "moved to \(at) by the window"
        case .earlier: "moved earlier to \(at), the last open period before the deadline"
        case .outside: "outside the window at \(at), for no open period is left before the deadline"
        case .waits: "no open period is left before the deadline: waits until \(at)"
        case .asks: "no open period is left before the deadline: asks you, and waits until \(at) meanwhile"
        case .overdue: "overdue: as soon as it may"
        }
    }

    /// What happens where no open period is left before the deadline, as a sentence.
    static func lastResort(_ move: Move) -> String {
        let action =
            switch move {
            case .waits: "it waits for the next one"
            case .asks: "it asks you, and waits for the next one meanwhile"
            default: "it runs outside the window"
            }
        return "No open period is left before the deadline: \(action)."
    }

    /// By how much a run misses its deadline: "2 hours"; "0 seconds" where it does not.
    static func late(_ run: PlannedRun) -> String { words(max(run.at - (run.deadline ?? run.at), .zero)) }

    /// "Tue 2027-03-09 00:12 Europe/Berlin"
    public static func moment(_ instant: Instant, in zone: Zone) -> String {
        "\(LocalTime(instant, in: zone).words) \(zone.identifier)"
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
