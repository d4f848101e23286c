/// When a stage may act: open cells of a week, in a time zone.
public struct Window: Hashable, Sendable {
    public var cells: Cells
    public var zone: Zone

    public init(_ cells: Cells, zone: Zone) {
        self.cells = cells
        self.zone = zone
    }

    /// Always open, in UTC: a new flow's window.
    public static let always = Window(.all, zone: .utc)

    /// The part of one cell under one offset that holds an instant.
    private struct Piece {
        let cell: Int
        let start: Int64
        let end: Int64
    }

    private func piece(at instant: Int64) -> Piece {
        let segment = zone.segment(at: instant)
        let weekSecond = Self.weekSecond(instant + segment.offset)
        let into = weekSecond % Period.length
        return Piece(
            cell: Int(weekSecond / Period.length), start: max(segment.start, instant - into),
            end: min(segment.end, instant - into + Period.length))
    }

    /// Seconds since Monday 00:00 of a local time; 1970 began on a Thursday.
    private static func weekSecond(_ local: Int64) -> Int64 { floorRemainder(local + 3 * 86_400, 7 * 86_400) }

    public func isOpen(at instant: Instant) -> Bool { cells.isOpen(piece(at: instant.seconds).cell) }

    /// The first open instant at or after `instant`; nil where no cell is open.
    public func firstOpen(atOrAfter instant: Instant) -> Instant? {
        Self.first(in: cells, zone, atOrAfter: instant.seconds).map(Instant.init(seconds:))
    }

    /// The first closed instant after the open `instant`: the end of its block of joined cells; `distantFuture` where
    /// the window never closes.
    public func closes(after instant: Instant) -> Instant {
        Self.first(in: cells.inverted, zone, atOrAfter: instant.seconds).map(Instant.init(seconds:)) ?? .distantFuture
    }

    /// The first open instant after the cell that holds `instant`; nil where no cell is open.
    public func nextPeriod(after instant: Instant) -> Instant? {
        firstOpen(atOrAfter: Instant(seconds: piece(at: instant.seconds).end))
    }

    /// The last run of instants of one open cell that begins before `limit`; nil where no cell is open.
    public func lastOpenPeriod(before limit: Instant) -> Range<Instant>? {
        guard let last = Self.last(in: cells, zone, before: limit.seconds) else { return nil }
        var (start, end) = (last.start, last.end)
        // A clock change may cut a cell in two pieces that touch.
        while start > Instant.distantPast.seconds {
            let earlier = piece(at: start - 1)
            guard earlier.cell == last.cell else { break }
            start = earlier.start
        }
        while end < Instant.distantFuture.seconds {
            let later = piece(at: end)
            guard later.cell == last.cell else { break }
            end = later.end
        }
        return Instant(seconds: start)..<Instant(seconds: end)
    }

    /// The last run of open instants, over joined cells, that begins before `limit`, cut off at `limit`; nil where no
    /// cell is open.
    public func lastOpenBlock(before limit: Instant) -> Range<Instant>? {
        if cells.isFull { return .distantPast..<limit }
        guard let last = Self.last(in: cells, zone, before: limit.seconds) else { return nil }
        let closed = Self.last(in: cells.inverted, zone, before: last.start)
        let start = closed.map { Instant(seconds: $0.end) } ?? .distantPast
        return start..<min(Instant(seconds: last.end), limit)
    }

    /// Walks forward over constant offsets; within one, a jump over closed cells is arithmetic.
    private static func first(in cells: Cells, _ zone: Zone, atOrAfter instant: Int64) -> Int64? {
        guard !cells.isEmpty else { return nil }
        var position = instant
        while true {
            let segment = zone.segment(at: position)
            let weekSecond = weekSecond(position + segment.offset)
            let cell = Int(weekSecond / Period.length)
            if cells.isOpen(cell) { return position }
            guard let distance = cells.distance(after: cell) else { return nil }
            let next = position - weekSecond % Period.length + Int64(distance) * Period.length
            if next < segment.end { return next }
            position = segment.end
        }
    }

    /// Walks backward likewise; yields the last open piece that begins before `limit`.
    private static func last(in cells: Cells, _ zone: Zone, before limit: Int64) -> Piece? {
        guard !cells.isEmpty else { return nil }
        var position = limit - 1
        while true {
            let segment = zone.segment(at: position)
            let weekSecond = weekSecond(position + segment.offset)
            let cell = Int(weekSecond / Period.length)
            let start = position - weekSecond % Period.length
            if cells.isOpen(cell) {
                return Piece(
                    cell: cell, start: max(segment.start, start), end: min(segment.end, start + Period.length))
            }
            guard let distance = cells.distance(before: cell) else { return nil }
            let end = start - Int64(distance - 1) * Period.length
            if end > segment.start {
                return Piece(
                    cell: ((cell - distance) % 42 + 42) % 42, start: max(segment.start, end - Period.length),
                    end: min(segment.end, end))
            }
            position = segment.start - 1
        }
    }
}
