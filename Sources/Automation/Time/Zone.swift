import Foundation

/// A time zone as a row of constant offsets from UTC: all that windows need, and quick to walk.
///
/// Built once per zone from Foundation's zone data and shared; two zones are equal when their identifiers are.
public final class Zone: Sendable {
    /// The IANA name: "Europe/Berlin".
    public let identifier: String
    /// When each offset begins, ascending; the first reaches back for ever, the last forward for ever.
    private let starts: [Int64]
    /// Seconds east of UTC.
    private let offsets: [Int64]

    /// A stretch of time in which the zone's offset does not change; `end` is the first instant after it.
    struct Segment {
        let start: Int64
        let end: Int64
        let offset: Int64
    }

    public static let utc = Zone(identifier: "UTC", transitions: [], initialOffset: 0)

    /// - Parameters:
    ///   - transitions: instants with the offset that begins there, ascending.
    ///   - initialOffset: seconds east of UTC before the first.
    public init(identifier: String, transitions: [(at: Instant, offset: Int64)], initialOffset: Int64) {
        self.identifier = identifier
        var starts: [Int64] = [.min]
        var offsets = [initialOffset]
        for transition in transitions where transition.offset != offsets[offsets.count - 1] {
            starts.append(transition.at.seconds)
            offsets.append(transition.offset)
        }
        self.starts = starts
        self.offsets = offsets
    }

    /// Reads the zone from Foundation's data, from the year 2000 to 2200; nil where there is no such zone.
    public convenience init?(identifier: String) {
        guard identifier != "UTC" else {
            self.init(identifier: "UTC", transitions: [], initialOffset: 0)
            return
        }
        // Foundation takes "GMT+2" and abbreviations too; only IANA names mean the same everywhere.
        // It also stops reading at a zero byte.
        guard identifier.contains("/"), !identifier.utf8.contains(0), let zone = TimeZone(identifier: identifier) else {
            return nil
        }
        let first = Date(timeIntervalSince1970: 946_684_800)
        let last = Date(timeIntervalSince1970: 7_258_118_400)
        var transitions: [(at: Instant, offset: Int64)] = []
        var position = first
        while let next = zone.nextDaylightSavingTimeTransition(after: position), next > position, next < last {
            transitions.append((Instant(next), Int64(zone.secondsFromGMT(for: next))))
            position = next
        }
        self.init(
            identifier: identifier, transitions: transitions, initialOffset: Int64(zone.secondsFromGMT(for: first)))
    }

    /// Which release of the zone data is in use ("2025b"): plans are computed anew when it changes.
    public static var dataVersion: String { TimeZone.timeZoneDataVersion }

    func segment(at instant: Int64) -> Segment {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= instant { low = middle } else { high = middle }
        }
        return Segment(start: starts[low], end: high < starts.count ? starts[high] : .max, offset: offsets[low])
    }

    /// Seconds east of UTC at that moment.
    public func offset(at instant: Instant) -> Int64 { segment(at: instant.seconds).offset }

    /// The first instant of the local day that holds `instant`: 01:00 where midnight is skipped.
    public func startOfDay(holding instant: Instant) -> Instant {
        var segment = segment(at: instant.seconds)
        let day = floorDivide(instant.seconds + segment.offset, 86_400)
        var earliest = instant.seconds
        // The day may begin under an earlier offset, and after a change back even twice: look back over two days.
        while true {
            let begins = max(day * 86_400 - segment.offset, segment.start)
            let ends = min((day + 1) * 86_400 - segment.offset, segment.end)
            if begins < ends { earliest = min(earliest, begins) }
            guard segment.start > instant.seconds - 2 * 86_400 else { break }
            segment = self.segment(at: segment.start - 1)
        }
        return Instant(seconds: earliest)
    }
}

extension Zone: Hashable, CustomStringConvertible {
    public static func == (left: Zone, right: Zone) -> Bool { left === right || left.identifier == right.identifier }
    public func hash(into hasher: inout Hasher) { hasher.combine(identifier) }
    public var description: String { identifier }
}
