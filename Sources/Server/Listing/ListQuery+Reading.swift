import Automation
import Foundation
import Runner

extension ListQuery {
    /// One item of an address that means nothing here.
    package struct Problem: Hashable, Sendable {
        package var key: String
        package var message: String
        package var remedy: String
    }

    private static let longestText = 200
    private static let mostLabels = 16
    private static let lastPage = 1_000_000

    /// Reads the items of an address. What has a problem is left out of the query and named; nothing is ignored.
    /// An empty value is no filter, as forms send it for a field that was left empty.
    package static func read(_ items: [(key: String, value: String)]) -> (query: ListQuery, problems: [Problem]) {
        var query = ListQuery()
        var problems: [Problem] = []
        var seen: Set<String> = []
        for (key, value) in items {
            if key != Filter.label.rawValue, !seen.insert(key).inserted {
                problems.append(
                    Problem(key: shown(key), message: "\(shown(key)) is given twice.", remedy: "Give it once."))
                continue
            }
            let text = value.trimmingCharacters(in: .whitespacesAndNewlines)
            guard text.utf8.count <= longestText else {
                problems.append(
                    Problem(
                        key: shown(key), message: "The value of \(shown(key)) is longer than \(longestText) bytes.",
                        remedy: "Look for a part of it."))
                continue
            }
            if let problem = query.take(key, text) { problems.append(problem) }
        }
        return (query, problems)
    }

    /// - Returns: what is wrong with it; nil where it was taken.
    private mutating func take(_ key: String, _ value: String) -> Problem? {
        let isKnown = Filter(rawValue: key) != nil || ["sort", "dir", "page", "size"].contains(key)
        guard isKnown else {
            let known = Filter.allCases.map(\.rawValue) + ["sort", "dir", "page", "size"]
            return Problem(
                key: Self.shown(key), message: "There is no filter \(Self.shown(key)).",
                remedy: "Use one of \(known.joined(separator: ", ")).")
        }
        guard !value.isEmpty else { return nil }
        guard let filter = Filter(rawValue: key) else { return takeOrder(key, value) }
        switch filter {
        case .text: text = value
        case .name: name = value
        case .names: names = value
        case .issuer: issuer = value
        case .profile: profile = value
        case .view: return Self.set(&view, View(rawValue: value), key, value, Self.words(View.self))
        case .renewed: return Self.set(&renewed, Mark.Kind(rawValue: value), key, value, Self.words(Mark.Kind.self))
        case .published:
            return Self.set(&published, Mark.Kind(rawValue: value), key, value, Self.words(Mark.Kind.self))
        case .serving: return Self.set(&serving, Mark.Kind(rawValue: value), key, value, Self.words(Mark.Kind.self))
        case .expires:
            return Self.set(
                &expires, Expiry(value), key, value, "expired, days such as 14d, or a day such as 2027-03-01")
        case .next:
            return Self.set(&next, Next(value), key, value, "due, none, renewal, publication, or days such as 7d")
        case .last:
            return Self.set(&last, Last(value), key, value, "failed, renewed, published, none, or days such as 7d")
        case .label: return takeLabel(value)
        }
        return nil
    }

    private mutating func takeLabel(_ value: String) -> Problem? {
        guard let colon = value.firstIndex(of: ":"), colon != value.startIndex else {
            return Self.problem("label", value, "KEY:VALUE, such as team:web")
        }
        guard labels.count < Self.mostLabels else {
            return Problem(
                key: "label", message: "More than \(Self.mostLabels) labels are asked for.", remedy: "Ask for fewer.")
        }
        let label = Label(key: String(value[..<colon]), value: String(value[value.index(after: colon)...]))
        if !labels.contains(label) { labels.append(label) }
        return nil
    }

    private mutating func takeOrder(_ key: String, _ value: String) -> Problem? {
        switch key {
        case "sort":
            guard let sort = Sort(rawValue: value) else { return Self.problem(key, value, Self.words(Sort.self)) }
            self.sort = sort
        case "dir":
            guard ["asc", "desc"].contains(value) else { return Self.problem(key, value, "asc or desc") }
            isDescending = value == "desc"
        case "page":
            guard let page = Self.number(value), (1...Self.lastPage).contains(page) else {
                return Self.problem(key, value, "a number from 1 on")
            }
            self.page = page
        default:
            guard let size = Self.number(value), (1...Self.largestSize).contains(size) else {
                return Self.problem(key, value, "a number from 1 to \(Self.largestSize)")
            }
            self.size = size
        }
        return nil
    }

    private static func set<Value>(
        _ field: inout Value?, _ read: Value?, _ key: String, _ value: String, _ allowed: String
    ) -> Problem? {
        guard let read else { return problem(key, value, allowed) }
        field = read
        return nil
    }

    private static func words<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) -> String
    where Word.RawValue == String {
        "one of " + type.allCases.map(\.rawValue).joined(separator: ", ")
    }

    private static func problem(_ key: String, _ value: String, _ allowed: String) -> Problem {
        Problem(key: key, message: "\(key) can't be \(shown(value)).", remedy: "Give \(allowed).")
    }

    /// What came from outside, as a message may repeat it.
    private static func shown(_ text: String) -> String { "\"" + text.prefix(60) + "\"" }

    /// Digits alone, at most seven.
    fileprivate static func number(_ text: some StringProtocol) -> Int? {
        guard (1...7).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    /// "14d": 1 to 3650 days.
    fileprivate static func days(_ text: String) -> Int? {
        guard text.hasSuffix("d"), let days = number(text.dropLast()), (1...3650).contains(days) else { return nil }
        return days
    }
}

extension ListQuery.Expiry {
    init?(_ text: String) {
        if text == "expired" {
            self = .expired
        } else if let days = ListQuery.days(text) {
            self = .within(days: days)
        } else if text.utf8.count == 10, let day = Instant(rfc3339: text + "T00:00:00Z"), day.rfc3339.hasPrefix(text) {
            self = .before(day)
        } else {
            return nil
        }
    }
}

extension ListQuery.Next {
    init?(_ text: String) {
        switch text {
        case "due": self = .due
        case "none": self = .unplanned
        case "renewal": self = .renewal
        case "publication": self = .publication
        default:
            guard let days = ListQuery.days(text) else { return nil }
            self = .within(days: days)
        }
    }
}

extension ListQuery.Last {
    init?(_ text: String) {
        switch text {
        case "failed": self = .failed
        case "renewed": self = .renewed
        case "published": self = .published
        case "none": self = .never
        default:
            guard let days = ListQuery.days(text) else { return nil }
            self = .within(days: days)
        }
    }
}
