import Automation

/// Times as people read them: in the flow's zone, and relative.
struct Moments {
    let now: Instant

    /// Whether it is now, as far as two machines agree on that.
    func isAtOnce(_ instant: Instant) -> Bool { instant <= now + .minutes(1) }

    /// "Tue 2027-03-09 00:12 Europe/Berlin (in 3 days 4 hours)"
    func words(_ instant: Instant, in zone: Zone) -> String {
        "\(LocalTime(instant, in: zone).words) \(zone.identifier) (\(Wording.relative(instant, to: now)))"
    }

    /// As `words`, of a time in RFC 3339; the text itself where it is none.
    func words(_ text: String, in zone: Zone) -> String {
        Instant(rfc3339: text).map { words($0, in: zone) } ?? text
    }

    /// "2027-03-09 (in 3 days)"
    func day(_ instant: Instant, in zone: Zone) -> String {
        "\(LocalTime(instant, in: zone).day) (\(relative(instant)))"
    }

    /// "in 3 days", "2 hours ago": the largest unit only.
    func relative(_ instant: Instant) -> String {
        let words = Wording.relative(instant, to: now).split(separator: " ")
        guard words.count > 3 else { return words.joined(separator: " ") }
        return words.first == "in"
            ? words.prefix(3).joined(separator: " ") : (words.prefix(2) + ["ago"]).joined(separator: " ")
    }
}
