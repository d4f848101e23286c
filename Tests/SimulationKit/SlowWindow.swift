import Automation
import Foundation

/// A window looked up moment by moment in Foundation's own zone data: slow, obviously right, and no code of the planner.
struct SlowWindow {
    private let bits: UInt64
    private let zone: TimeZone

    init(_ window: Window) {
        bits = window.cells.bits
        zone = TimeZone(identifier: window.zone.identifier) ?? .gmt
    }

    private func local(_ instant: Instant) -> (day: Int64, second: Int64) {
        let seconds = instant.seconds + Int64(zone.secondsFromGMT(for: instant.date))
        let day = Int64((Double(seconds) / 86_400).rounded(.down))
        return (day, seconds - day * 86_400)
    }

    /// The day of the week and the period, Monday first: 1970 began on a Thursday.
    func cell(_ instant: Instant) -> Int {
        let (day, second) = local(instant)
        return Int((day + 3) % 7 * 6 + second / 14_400)
    }

    func isOpen(_ instant: Instant) -> Bool { bits >> UInt64(cell(instant)) & 1 == 1 }

    /// The first step of the local day that holds `instant`.
    func startOfDay(_ instant: Instant, step: Span) -> Instant {
        let day = local(instant).day
        var first = instant
        var moment = instant
        while moment > instant - .hours(30) {
            moment = moment - step
            if local(moment).day == day { first = moment }
        }
        return first
    }
}
