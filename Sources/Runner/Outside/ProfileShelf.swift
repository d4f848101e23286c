import Profiles
import Synchronization

/// The profiles in force. Files are read anew as a set: all valid, or the old set stays.
public final class ProfileShelf: Sendable {
    /// What reading the files came to.
    public struct Reading: Sendable {
        public var set: ProfileSet
        /// Of files that could not be used; each names its file and line.
        public var problems: [String]

        public init(set: ProfileSet, problems: [String] = []) {
            self.set = set
            self.problems = problems
        }
    }

    private struct State {
        var reading: Reading
        var stamp: String
        /// What was read since somebody asked for news.
        var news: Reading?
        /// When the files were looked at last, by a clock that only goes forward.
        var lookedAt: Duration?
    }

    private let state: Mutex<State>
    private let stamp: @Sendable () -> String
    private let load: @Sendable () -> Reading

    /// - Parameters:
    ///   - stamp: cheap; differs where any file changed.
    ///   - load: reads all files.
    public init(stamp: @escaping @Sendable () -> String, load: @escaping @Sendable () -> Reading) {
        self.stamp = stamp
        self.load = load
        state = Mutex(State(reading: load(), stamp: stamp()))
    }

    /// A fixed set, for tests.
    public convenience init(_ set: ProfileSet) { self.init(stamp: { "" }, load: { Reading(set: set) }) }

    public var current: ProfileSet { state.withLock { $0.reading.set } }

    public var problems: [String] { state.withLock { $0.reading.problems } }

    /// Reads the files again where they changed; with problems in them, the old set stays in force.
    /// - Returns: whether they changed.
    @discardableResult
    public func freshen() -> Bool {
        let stamp = stamp()
        guard stamp != state.withLock({ $0.stamp }) else { return false }
        let reading = load()
        state.withLock { state in
            state.stamp = stamp
            state.news = reading
            state.reading.problems = reading.problems
            if reading.problems.isEmpty { state.reading.set = reading.set }
        }
        return true
    }

    /// As `freshen`, where that was not done for a second.
    /// - Parameter now: by a clock that only goes forward.
    public func freshen(at now: Duration) -> Bool {
        let isDue = state.withLock { state in
            if let last = state.lookedAt, now - last < .seconds(1) { return false }
            state.lookedAt = now
            return true
        }
        return isDue && freshen()
    }

    /// For the schedule, which plans anew then: reads the files again where they changed.
    /// - Returns: the reading that is new since it was asked last, whoever had it read; nil where there is none.
    public func refresh() -> Reading? {
        freshen()
        return state.withLock { state in
            defer { state.news = nil }
            return state.news
        }
    }
}
