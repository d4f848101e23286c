import Foundation

/// What a server said about when to ask again (RFC 9110, 10.2.3): seconds or a date.
package enum RetryAfter {
    /// Nil where it says nothing that can be read. A moment that is over becomes `now`, a far one `longest` from now.
    package static func moment(_ response: HTTPResponse, now: Date, longest: TimeInterval) -> Date? {
        guard let text = response.value("Retry-After")?.trimmingCharacters(in: .whitespaces) else { return nil }
        return moment(text, now: now, longest: longest)
    }

    package static func moment(_ text: String, now: Date, longest: TimeInterval) -> Date? {
        guard text.utf8.count <= 64 else { return nil }
        if text.utf8.allSatisfy({ (48...57).contains($0) }), !text.isEmpty {
            let seconds = TimeInterval(Int64(text) ?? .max)
            return now.addingTimeInterval(min(seconds, longest))
        }
        guard let date = HTTPDate.date(text) else { return nil }
        return min(max(date, now), now.addingTimeInterval(longest))
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7): the one form that servers may send.
package enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    package static func date(_ text: String) -> Date? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT" || parts[5] == "UTC", parts[0].hasSuffix(","),
            let day = number(parts[1], 1...31), let month = months.firstIndex(of: String(parts[2])),
            let year = number(parts[3], 1970...9999)
        else { return nil }
        let time = parts[4].split(separator: ":", omittingEmptySubsequences: false)
        guard time.count == 3, let hour = number(time[0], 0...23), let minute = number(time[1], 0...59),
            let second = number(time[2], 0...60)
        else { return nil }
        let clock = hour * 3600 + minute * 60 + second
        return Date(timeIntervalSince1970: TimeInterval(days(year, month + 1, day) * 86_400 + clock))
    }

    private static func number(_ text: Substring, _ range: ClosedRange<Int>) -> Int? {
        guard text.utf8.count <= 4, text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text) else {
            return nil
        }
        return range.contains(number) ? number : nil
    }

    /// Days since 1970 in the Gregorian calendar; the year begins with March here, so that a leap day comes last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
