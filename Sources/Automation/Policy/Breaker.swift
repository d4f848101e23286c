/// Keeps work away from a target or issuer that fails for everyone: opens after several failures in a row, or at the first
/// where the other side says when to come again; lets one try through when its pause is over, and closes at the first
/// success.
public struct Breaker: Sendable, Hashable {
    public static let threshold = 5
    private static let longestPause = Span.minutes(15)

    private var failures = 0
    public private(set) var openUntil: Instant?

    public init() {}

    public mutating func succeeded() { self = Breaker() }

    /// Only failures that say something about the other side count: transient and rate-limited ones.
    /// - Parameter wish: when the whole other side, and not just what failed, wants to be asked again (503).
    public mutating func failed(at now: Instant, wish: Instant? = nil) {
        failures += 1
        if let wish, wish > openUntil ?? now { openUntil = min(wish, now + Self.longestPause) }
        guard failures >= Self.threshold else { return }
        let doublings = min(failures - Self.threshold, 4)
        openUntil = max(openUntil ?? now, now + min(.minutes(Int64(1 << doublings)), Self.longestPause))
    }

    public func isOpen(at now: Instant) -> Bool { openUntil.map { now < $0 } ?? false }
}
