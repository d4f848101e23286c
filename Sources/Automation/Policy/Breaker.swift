/// Keeps work away from a target or issuer that fails for everyone: opens after several failures in a row, lets one try
/// through when its pause is over, and closes at the first success.
public struct Breaker: Sendable, Hashable {
    public static let threshold = 5
    private static let longestPause = Span.minutes(15)

    private var failures = 0
    public private(set) var openUntil: Instant?

    public init() {}

    public mutating func succeeded() { self = Breaker() }

    /// Only failures that say something about the other side count: transient and rate-limited ones.
    public mutating func failed(at now: Instant) {
        failures += 1
        guard failures >= Self.threshold else { return }
        let doublings = min(failures - Self.threshold, 4)
        openUntil = now + min(.minutes(Int64(1 << doublings)), Self.longestPause)
    }

    public func isOpen(at now: Instant) -> Bool { openUntil.map { now < $0 } ?? false }
}
