import ArgumentParser
import Automation
import Foundation
import PluginKit

/// A moment as operators write it: RFC 3339, a local date with or without a time, or a span from now.
struct TimeArgument: ExpressibleByArgument {
    static let forms = "2027-03-09T00:00:00Z, \"2027-03-09 02:00\" on this machine's clock, 2027-03-09, 36h or 7d"

    private enum Form {
        case moment(Instant)
        case span(Span)
    }

    private let form: Form

    init?(argument: String) {
        if let moment = Instant(rfc3339: argument) ?? Self.local(argument) {
            form = .moment(moment)
        } else if let span = Self.span(argument) {
            form = .span(span)
        } else {
            return nil
        }
    }

    /// A span counts from now on.
    func ahead(of now: Instant) -> Instant {
        switch form {
        case .moment(let moment): moment
        case .span(let span): now + span
        }
    }

    /// A span counts back from now.
    func before(_ now: Instant) -> Instant {
        switch form {
        case .moment(let moment): moment
        case .span(let span): now - span
        }
    }

    /// "2027-03-09", "2027-03-09 02:00", "2027-03-09 02:00:30" on the clock of this machine.
    private static func local(_ text: String) -> Instant? {
        let parts = text.split(whereSeparator: { $0 == " " || $0 == "T" }).map(String.init)
        guard (1...2).contains(parts.count) else { return nil }
        let date = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        let time =
            parts.count == 2
            ? parts[1].split(separator: ":", omittingEmptySubsequences: false).map { Int($0) } : [0, 0]
        guard date.count == 3, (2...3).contains(time.count), let year = date[0], let month = date[1], let day = date[2],
            let hour = time[0], let minute = time[1], let second = time.count == 3 ? time[2] : 0
        else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .current
        let components = DateComponents(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard components.isValidDate(in: calendar) else { return nil }
        return calendar.date(from: components).map(Instant.init)
    }

    /// "30s", "15m", "36h", "7d"
    private static func span(_ text: String) -> Span? {
        guard let unit = text.last, let count = Int64(text.dropLast()), (0...1_000_000).contains(count) else {
            return nil
        }
        return switch unit {
        case "s": .seconds(count)
        case "m": .minutes(count)
        case "h": .hours(count)
        case "d": .days(count)
        default: nil
        }
    }
}
