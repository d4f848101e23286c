import Automation

/// Watches the wall clock against one that never jumps.
///
/// A step back needs nothing: what is due is looked at again by the clock as it is. A step forward makes everything due
/// at once, so work waits a little for a time service that sets it right again.
struct ClockGuard {
    enum Finding: Equatable {
        case steady
        case jumped(by: Span)
    }

    /// A step that is told.
    static let tolerance = Span.seconds(30)
    /// A step forward that makes work wait, and for how long.
    static let suspicious = Span.hours(1)
    static let settling = Span.minutes(2)

    private var last: (wall: Instant, monotonic: Duration)?
    private var settledAt: Duration?

    mutating func look(wall: Instant, monotonic: Duration) -> Finding {
        defer { last = (wall, monotonic) }
        guard let last else { return .steady }
        let passed = Span(seconds: (monotonic - last.monotonic).components.seconds)
        let jump = (wall - last.wall) - passed
        guard jump > Self.tolerance || jump < -Self.tolerance else { return .steady }
        settledAt = jump > Self.suspicious ? monotonic + Self.settling.duration : nil
        return .jumped(by: jump)
    }

    /// How long work still waits for the clock to be set right.
    func waits(at monotonic: Duration) -> Duration? {
        guard let settledAt, settledAt > monotonic else { return nil }
        return settledAt - monotonic
    }
}
