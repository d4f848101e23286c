/// Which of two issuers a certificate is asked from while its renewal fails: the first until the fallback takes over,
/// from then on each in turn, so that the one that recovers is found. Part of the trouble: over with it.
public struct IssuerTurns: Codable, Sendable, Hashable {
    /// From then on the fallback is asked.
    public var from: Instant
    /// What the first asked for is never undercut by a turn.
    public var firstRetryAt: Instant
    /// The fallback failed last, and the first may be asked again.
    public var isFirstsTurn: Bool

    public init(from: Instant, firstRetryAt: Instant, isFirstsTurn: Bool = false) {
        self.from = from
        self.firstRetryAt = firstRetryAt
        self.isFirstsTurn = isFirstsTurn
    }

    public func isFallbacks(at now: Instant) -> Bool { now >= from && !isFirstsTurn }

    /// After the first has failed.
    /// - Parameters:
    ///   - since: its first failure of this trouble.
    ///   - deadline: a next try that comes no sooner would be too late: then the fallback takes over at once.
    ///   - before: what was decided earlier: who took over stays so.
    public static func firstFailed(
        _ fallback: Fallback, since: Instant, retryAt: Instant, deadline: Instant?, before: Self?, at now: Instant
    ) -> Self {
        let isTooLate = deadline.map { retryAt >= $0 } ?? false
        let from = isTooLate ? now : since + fallback.after
        return Self(from: min(from, before?.from ?? from), firstRetryAt: retryAt)
    }

    /// Where the first can bring no later end: it is not asked again in this trouble.
    public static func firstCannot(at now: Instant) -> Self { Self(from: now, firstRetryAt: .distantFuture) }

    /// After the fallback has failed.
    public func fallbackFailed(retryAt: Instant) -> Self {
        Self(from: from, firstRetryAt: firstRetryAt, isFirstsTurn: retryAt >= firstRetryAt)
    }
}
