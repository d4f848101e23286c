/// When a failed stage is tried again (DESIGN.md, section 5, "Retries").
public enum RetryPolicy {
    public enum Stage: Sendable { case issuing, publishing }

    /// What kind of patience a failure needs.
    public enum Kind: Sendable {
        /// May pass by itself: 1, 10, 100 minutes, then daily.
        case passing
        /// Needs a person: daily, hourly in the last tenth, and at once on a change of profile, secret or flow.
        case needsPerson
    }

    /// - Parameters:
    ///   - failures: how many in a row, this one included.
    ///   - replaced: what the target holds (publishing), or the current version (issuing); nil where there is none.
    ///   - retryAfter: the other side's own wish; never undercut.
    ///   - share: 0..<2^32, spreads by +-20 %.
    public static func next(
        after failures: Int, kind: Kind, stage: Stage, at now: Instant, replaced: Life?, retryAfter: Instant?,
        share: UInt32
    ) -> Instant {
        let pause = jittered(pause(failures, kind, replaced, now), share)
        var next = now + pause
        if let replaced { next = bounded(next, failures, kind, stage, now, replaced) }
        return max(next, retryAfter ?? next, now + .seconds(1))
    }

    private static func pause(_ failures: Int, _ kind: Kind, _ replaced: Life?, _ now: Instant) -> Span {
        if kind == .needsPerson {
            guard let replaced else { return .days(1) }
            let inLastTenth = replaced.chainNotAfter - now < replaced.length / 10
            return min(inLastTenth ? .hours(1) : .days(1), max(replaced.length / 10, .minutes(1)))
        }
        return switch failures {
        case ...1: .minutes(1)
        case 2: .minutes(10)
        case 3: .minutes(100)
        default: .days(1)
        }
    }

    private static func bounded(
        _ next: Instant, _ failures: Int, _ kind: Kind, _ stage: Stage, _ now: Instant, _ replaced: Life
    ) -> Instant {
        let remaining = replaced.chainNotAfter - now
        guard remaining > .zero else { return min(next, now + min(.hours(1), max(replaced.length / 10, .minutes(1)))) }
        guard kind == .passing else { return next }
        var bounded = min(next, now + remaining / 10)
        if failures >= 3 {
            let floor: Span = stage == .issuing ? .minutes(15) : .minutes(5)
            bounded = max(bounded, now + min(floor, replaced.length / 20))
        }
        return bounded
    }

    private static func jittered(_ pause: Span, _ share: UInt32) -> Span {
        let fifth = pause.seconds / 5
        return Span(seconds: pause.seconds - fifth) + Spread(share: share).offset(in: Span(seconds: 2 * fifth))
    }
}
