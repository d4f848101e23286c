import Foundation

@testable import Automation

/// The window, minute by minute, from Foundation's calendar: slow and obviously right.
///
/// Everything here scans; nothing knows of cells as bit masks, of offsets or of segments.
struct MinuteOracle {
    let zone: Zone
    let start: Instant
    /// `day * 6 + period` of each minute, Monday first.
    let cells: [UInt8]

    init(zone: Zone, from start: Instant, days: Int) {
        self.zone = zone
        self.start = start
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: zone.identifier) ?? .gmt
        var cells: [UInt8] = []
        cells.reserveCapacity(days * 1440)
        for minute in 0..<days * 1440 {
            let date = Date(timeIntervalSince1970: TimeInterval(start.seconds + Int64(minute) * 60))
            let local = calendar.dateComponents([.weekday, .hour], from: date)
            let monday = ((local.weekday ?? 1) + 5) % 7
            cells.append(UInt8(monday * 6 + (local.hour ?? 0) / 4))
        }
        self.cells = cells
    }

    var end: Instant { start + .minutes(Int64(cells.count)) }

    func minute(_ instant: Instant) -> Int { Int((instant - start).seconds / 60) }
    func instant(_ minute: Int) -> Instant { start + .minutes(Int64(minute)) }

    /// The scans for one window.
    struct Scan {
        let oracle: MinuteOracle
        let open: [Bool]
        /// The first minute after each open one that is closed (or the end of the scan).
        let closes: [Int]

        init(_ oracle: MinuteOracle, _ cells: Cells) {
            self.oracle = oracle
            open = oracle.cells.map { cells.bits >> UInt64($0) & 1 == 1 }
            var closes = [Int](repeating: open.count, count: open.count + 1)
            for minute in stride(from: open.count - 1, through: 0, by: -1) {
                closes[minute] = open[minute] ? closes[minute + 1] : minute
            }
            self.closes = closes
        }

        func isOpen(_ instant: Instant) -> Bool { open[oracle.minute(instant)] }

        func firstOpen(_ instant: Instant) -> Instant? {
            if isOpen(instant) { return instant }
            var minute = oracle.minute(instant) + 1
            while minute < open.count, !open[minute] { minute += 1 }
            return minute < open.count ? oracle.instant(minute) : nil
        }

        func closing(_ instant: Instant) -> Instant { oracle.instant(closes[oracle.minute(instant)]) }

        /// The start of the run of minutes of the same cell that holds `instant`.
        func periodStart(_ instant: Instant) -> Instant {
            var minute = oracle.minute(instant)
            let cell = oracle.cells[minute]
            while minute > 0, oracle.cells[minute - 1] == cell { minute -= 1 }
            return oracle.instant(minute)
        }
    }
}

/// The rules of the design, section 3, said once more by scanning.
struct RuleOracle {
    let rules: FlowRules
    let renewal: MinuteOracle.Scan
    let publication: MinuteOracle.Scan

    var oracle: MinuteOracle { renewal.oracle }

    func room(_ life: Life) -> Int64 { min(3600, life.length.seconds / 50) }

    func deadline(_ life: Life) -> Instant? {
        if case .afterExpiration = rules.renewIn { return nil }
        return life.notAfter - .seconds(min(6 * 3600, life.length.seconds / 20))
    }

    func startOfDay(_ instant: Instant) -> Instant {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: oracle.zone.identifier) ?? .gmt
        let wanted = calendar.dateComponents([.year, .month, .day], from: instant.date)
        var first = instant
        for minute in stride(from: oracle.minute(instant), through: max(0, oracle.minute(instant) - 3000), by: -1) {
            let date = oracle.instant(minute).date
            if calendar.dateComponents([.year, .month, .day], from: date) == wanted { first = oracle.instant(minute) }
        }
        return first
    }

    func anchor(_ life: Life) -> Instant {
        let length = life.length.seconds
        let automatic = life.notBefore + .seconds(length < 864_000 ? length / 2 : length * 2 / 3)
        let anchor: Instant
        switch rules.renewIn {
        case .automatic: anchor = automatic
        case .beforeExpiration(let days):
            anchor = Int64(days) * 86_400 <= length / 2 ? life.notAfter - .seconds(Int64(days) * 86_400) : automatic
        case .onExpiration:
            anchor =
                length < 864_000
                ? life.notAfter - .seconds(length / 10) : min(startOfDay(life.notAfter), life.notAfter - .hours(12))
        case .afterExpiration(let days): anchor = life.notAfter + .seconds(Int64(days) * 86_400)
        }
        return max(anchor, life.notBefore + .seconds(length / 10))
    }

    /// Whether, room after `start`, an open publication stretch of at least room is left before the deadline.
    func leavesPublication(_ start: Instant, _ life: Life, _ deadline: Instant) -> Bool {
        let room = room(life)
        let earliest = start + .seconds(room)
        guard rules.publicationEnabled, rules.publishOn != .afterPreviousExpiry else { return earliest <= deadline }
        guard earliest < deadline else { return false }
        var position = earliest
        while position < deadline {
            guard let open = publication.firstOpen(position), open < deadline else { return false }
            if min(publication.closing(open), deadline) - open >= .seconds(room) { return true }
            position = publication.closing(open)
        }
        return false
    }

    /// The earliest start of the renewal of a version stored at its notBefore, before the spread.
    func renewalStart(_ life: Life) -> (Instant, Move)? {
        let anchor = anchor(life)
        guard let open = renewal.firstOpen(anchor) else { return nil }
        let plain: Move = open > anchor ? .later : .none
        guard let deadline = deadline(life) else { return (open, plain) }
        if leavesPublication(open, life, deadline) { return (open, plain) }
        guard rules.earlier else { return (open, plain) }
        if let last = lastFeasible(life, deadline) {
            let start = max(
                renewal.periodStart(last), last - .seconds(life.length.seconds / 10),
                life.notBefore + .seconds(life.length.seconds / 3))
            if start <= last { return (start, start < anchor ? .earlier : .later) }
        }
        return open < deadline ? (open, plain) : (anchor, .outside)
    }

    /// The last open second from which a publication can still follow: found by minutes, then by seconds.
    private func lastFeasible(_ life: Life, _ deadline: Instant) -> Instant? {
        for minute in stride(from: oracle.minute(deadline), through: oracle.minute(life.notBefore), by: -1)
        where renewal.open[minute] && leavesPublication(oracle.instant(minute), life, deadline) {
            let seconds = (0..<60).map { oracle.instant(minute) + .seconds($0) }
            return seconds.last { leavesPublication($0, life, deadline) }
        }
        return nil
    }

    /// When a version stored at `stored` is published to a target that holds `held`.
    func publicationStart(_ held: Life, stored: Instant) -> (Instant, Move)? {
        let due =
            switch rules.publishOn {
            case .afterRenew: stored
            case .onPreviousExpiry:
                held.length < .days(10)
                    ? held.notAfter - .seconds(held.length.seconds / 10)
                    : min(startOfDay(held.notAfter), held.notAfter - .hours(12))
            case .afterPreviousExpiry: held.notAfter
            }
        let lower = max(due, stored)
        let open = publication.firstOpen(lower)
        let plain: Move = open == lower ? .none : .later
        guard rules.publishOn != .afterPreviousExpiry else { return open.map { ($0, plain) } }
        let deadline = held.notAfter - .seconds(min(6 * 3600, held.length.seconds / 20))
        if let open, open + .seconds(room(held)) <= deadline { return (open, plain) }
        guard rules.earlier else { return open.map { ($0, plain) } }
        func last(_ limit: Instant) -> Instant? {
            guard limit >= stored else { return nil }
            if publication.isOpen(limit) { return limit }
            for minute in stride(from: oracle.minute(limit), through: oracle.minute(stored), by: -1)
            where publication.open[minute] && oracle.instant(minute) + .seconds(59) >= stored {
                return min(oracle.instant(minute) + .seconds(59), limit)
            }
            return nil
        }
        func moved(_ limit: Instant) -> (Instant, Move)? {
            guard let last = last(limit) else { return nil }
            let start = max(publication.periodStart(last), last - .seconds(held.length.seconds / 10), stored)
            return start <= last ? (start, start < due ? .earlier : start > lower ? .later : .none) : nil
        }
        if let roomy = moved(deadline - .seconds(room(held))) { return roomy }
        if let open, open < deadline { return (open, plain) }
        if let tight = moved(deadline - .seconds(1)) { return tight }
        switch rules.lastResort {
        case .publish: return (max(stored, min(due, deadline)), .outside)
        case .ask: return open.map { ($0, .asks) }
        case .wait: return open.map { ($0, .waits) }
        }
    }
}
