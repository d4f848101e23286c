/// In what order the targets of one profile get a new version: the first few, then a share at a time.
public struct Rollout: Sendable, Hashable, Codable {
    public enum Share: Sendable, Hashable, Codable {
        case count(Int)
        case percent(Int)
    }

    /// How many targets go first; 0 means all at once.
    public var first: Int
    /// How many more each time the ones before are well.
    public var then: Share
    /// Whether a failed target keeps the others from starting.
    public var stopOnFailure: Bool

    public init(first: Int = 0, then: Share = .percent(100), stopOnFailure: Bool = true) {
        self.first = first
        self.then = then
        self.stopOnFailure = stopOnFailure
    }

    public static let allAtOnce = Rollout(first: 0, then: .percent(100), stopOnFailure: false)

    /// Where one target stands with the version that is rolled out.
    public enum Standing: Sendable, Hashable { case outstanding, done, failed }

    public enum Admission: Sendable, Hashable {
        case admitted
        /// The ones before it are not done yet.
        case waits
        /// One before it failed, and the profile says to stop.
        case stopped
    }

    /// Whether the target at `index` may start, given how all targets stand, in the profile's order.
    public func admission(of index: Int, among standings: [Standing]) -> Admission {
        guard first > 0, standings.indices.contains(index) else { return .admitted }
        let step =
            switch then {
            case .count(let count): min(max(1, count), standings.count)
            case .percent(let percent): max(1, (standings.count * min(max(percent, 1), 100) + 99) / 100)
            }
        var end = first
        var start = 0
        while index >= end {
            start = end
            end += step
        }
        let before = standings[..<min(start, standings.count)]
        if stopOnFailure, before.contains(.failed) { return .stopped }
        return before.contains(.outstanding) ? .waits : .admitted
    }
}
