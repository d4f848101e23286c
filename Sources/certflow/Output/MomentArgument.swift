import ArgumentParser
import Automation
import Foundation

/// A moment as people write it: RFC 3339, a date and time or a time alone on the clock of a zone, or from now on.
struct MomentArgument: ExpressibleByArgument {
    static let help =
        "a time: 2027-03-09T01:00:00Z, \"2027-03-09 02:00\" or 02:00 in the certificate's zone, or +90m, +2h, +3d from now"

    private enum Form {
        case exact(Instant)
        case later(Span)
        /// On the clock of a zone, read as if it were UTC.
        case local(Instant)
        /// Seconds after midnight.
        case clock(Int64)
    }

    private let form: Form

    init?(argument: String) {
        let text = argument.trimmingCharacters(in: .whitespaces)
        if let instant = Instant(rfc3339: text) {
            form = .exact(instant)
        } else if text.hasPrefix("+"), let span = SpanArgument(argument: String(text.dropFirst())) {
            form = .later(span.span)
        } else if let instant = Self.onTheClock(text.replacing(" ", with: "T")) {
            form = .local(instant)
        } else if text.count == 10, let midnight = Self.onTheClock("\(text)T00:00") {
            form = .local(midnight)
        } else if text.contains(":"), let instant = Self.onTheClock("1970-01-01T\(text.count == 4 ? "0" : "")\(text)") {
            form = .clock(instant.seconds)
        } else {
            return nil
        }
    }

    private static func onTheClock(_ text: String) -> Instant? {
        guard text.count == 16 else { return nil }
        return Instant(rfc3339: text + ":00Z")
    }

    /// The moment that is meant; for a time of day the next one.
    func moment(in zone: Zone, now: Instant) -> Instant {
        switch form {
        case .exact(let instant): return instant
        case .later(let span): return now + span
        case .local(let local): return Self.instant(local, in: zone)
        case .clock(let seconds):
            let today = now.seconds + zone.offset(at: now)
            let midnight = today - (today % 86_400 + 86_400) % 86_400
            let moment = Self.instant(Instant(seconds: midnight + seconds), in: zone)
            return moment > now ? moment : Self.instant(Instant(seconds: midnight + 86_400 + seconds), in: zone)
        }
    }

    /// The first instant at which the clock of `zone` shows `local`; where it skips that, as long after the change.
    private static func instant(_ local: Instant, in zone: Zone) -> Instant {
        let before = zone.offset(at: local - .days(1))
        let candidates = [before, zone.offset(at: local + .days(1))].map { ($0, local - .seconds($0)) }
        return candidates.first { zone.offset(at: $0.1) == $0.0 }?.1 ?? local - .seconds(before)
    }
}

/// A moment that is over, as people write it: as `MomentArgument`, or a length of time back from now.
struct PastArgument: ExpressibleByArgument {
    static let help = "36h or 7d back from now, or a time: 2027-03-09T01:00:00Z, 2027-03-09 or \"2027-03-09 02:00\""

    private enum Form {
        case back(Span)
        case moment(MomentArgument)
    }

    private let form: Form

    init?(argument: String) {
        if let span = SpanArgument(argument: argument) {
            form = .back(span.span)
        } else if let moment = MomentArgument(argument: argument) {
            form = .moment(moment)
        } else {
            return nil
        }
    }

    func moment(in zone: Zone, now: Instant) -> Instant {
        switch form {
        case .back(let span): now - span
        case .moment(let moment): moment.moment(in: zone, now: now)
        }
    }
}

/// A length of time as people write it: 90s, 10m, 2h, 3d.
struct SpanArgument: ExpressibleByArgument {
    let span: Span

    init(_ span: Span) { self.span = span }

    init?(argument: String) {
        guard let unit = argument.last, let count = Int64(argument.dropLast()), count > 0 else { return nil }
        switch unit {
        case "s": span = .seconds(count)
        case "m": span = .minutes(count)
        case "h": span = .hours(count)
        case "d": span = .days(count)
        default: return nil
        }
    }

    var defaultValueDescription: String { span.seconds % 60 == 0 ? "\(span.seconds / 60)m" : "\(span.seconds)s" }
}
