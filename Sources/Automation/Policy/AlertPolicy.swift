/// When people are told: at the first failure, then at 50, 25 and 10 % of the remaining life of what is at stake.
public enum AlertPolicy {
    /// How urgent it has become; each level is told once per trouble.
    public enum Level: Int, Codable, Sendable, Comparable, CaseIterable {
        case none, first, half, quarter, tenth, expired

        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        public var words: String {
            switch self {
            case .none: "no trouble"
            case .first: "first failure"
            case .half: "half of its life is left"
            case .quarter: "a quarter of its life is left"
            case .tenth: "a tenth of its life is left"
            case .expired: "it has expired"
            }
        }
    }

    /// - Parameter atStake: the version that is served or current and should be replaced; nil where there is none.
    public static func level(failures: Int, atStake: Life?, now: Instant) -> Level {
        guard failures > 0 else { return .none }
        guard let atStake else { return .first }
        let remaining = atStake.chainNotAfter - now
        if remaining <= .zero { return .expired }
        if remaining * 10 <= atStake.length { return .tenth }
        if remaining * 4 <= atStake.length { return .quarter }
        if remaining * 2 <= atStake.length { return .half }
        return .first
    }

    /// When the next level is reached; nil once it has expired.
    public static func nextLevel(of atStake: Life, after now: Instant) -> Instant? {
        [2, 4, 10].map { atStake.chainNotAfter - atStake.length / $0 }.first { $0 > now }
            ?? (atStake.chainNotAfter > now ? atStake.chainNotAfter : nil)
    }
}
