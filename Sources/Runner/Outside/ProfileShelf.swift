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

    /// Reads the files again where they changed.
    /// - Returns: the new reading; nil where nothing changed. With problems in it, the old set stays in force.
    public func refresh() -> Reading? {
        let stamp = stamp()
        guard stamp != state.withLock({ $0.stamp }) else { return nil }
        let reading = load()
        state.withLock { state in
            state.stamp = stamp
            state.reading.problems = reading.problems
            if reading.problems.isEmpty { state.reading.set = reading.set }
        }
        return reading
    }
}
