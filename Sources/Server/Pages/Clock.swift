import Automation
import Foundation

/// Times as pages show them: local to a zone, with UTC on hover.
struct Clock: Sendable {
    let zone: Zone
    let now: Instant

    private var clock: FlowClock { FlowClock(zone: zone, now: now) }

    /// "00:28"
    func time(_ instant: Instant) -> String { clock.time(instant) }

    /// "Tue 24 Nov", with the year where it is not obvious.
    func day(_ instant: Instant) -> String { clock.shortDay(instant) }

    /// "Tue 24 Nov 00:28"
    func words(_ instant: Instant) -> String { clock.short(instant) }

    /// "in 2 d 16 h", "3 h ago", "now"
    func relative(_ instant: Instant) -> String {
        let span = instant - now
        if abs(span.seconds) < 5 { return "now" }
        return span > .zero ? "in \(Wording.words(span))" : "\(Wording.words(now - instant)) ago"
    }

    /// For the template `time`.
    func context(_ instant: Instant, _ words: String? = nil) -> [String: Any] {
        FlowClock.context(instant, words ?? self.words(instant))
    }
}
