/// What will happen: the same planners that schedule, run forward. It assumes that each run succeeds at once.
public struct Forecast: Sendable {
    public private(set) var runs: [ForecastRun] = []
    /// Why no renewal follows the last run; nil where there is one after the forecast's end.
    public private(set) var ending: Ending?

    public enum Ending: Sendable, Hashable {
        case paused
        case renewalOff
        case windowNeverOpens
        /// The issuer, or its chain, ends first: a renewal could not bring a later end.
        case issuerEnds(Instant)
        case hindered(ForecastInput.Hindrance)
        case tooMany
    }

    /// Lives of minutes would fill years: so many runs are walked at most, shown or not.
    private static let walked = 200_000

    /// - Parameters:
    ///   - from: where it starts; what is overdue runs then.
    ///   - until: where it ends.
    ///   - showing: runs before that are walked, but not among `runs`; nil for all.
    ///   - limit: at most so many runs are shown.
    public init(
        _ input: ForecastInput, from: Instant, until: Instant, showing: Instant? = nil, limit: Int = 1000
    ) {
        var walk = ForecastWalk(input)
        var now = from
        if input.isPaused {
            guard let resumes = input.resumesAt else {
                ending = .paused
                return
            }
            now = max(now, resumes)
        }
        for _ in 0..<Self.walked {
            guard let next = walk.next(now: now) else {
                ending = walk.ending
                return
            }
            guard next.run.at <= until else { return }
            now = max(now, next.run.at)
            if now >= showing ?? now {
                guard runs.count < limit else { break }
                runs.append(next)
            }
            walk.perform(next, at: now)
        }
        ending = .tooMany
    }
}
