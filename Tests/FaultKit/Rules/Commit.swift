import Foundation

/// One durable commit of a database: a successful sync of its log, and what was written to the log since the last.
public struct Commit: Sendable {
    public let sync: TracedCall
    public let writes: [TracedCall]

    /// Whether these bytes stand in what was written, in one write: for runs that keep contents, and values that are
    /// not sealed.
    public func mentions(_ text: String) -> Bool {
        let needle = Data(text.utf8)
        return writes.contains { Data($0.data).range(of: needle) != nil }
    }
}

extension Trace {
    /// The commits of the database whose log has this role, in order. A sync with nothing written before is none.
    public func commits(ofLog role: String) -> [Commit] {
        var commits: [Commit] = []
        let writes = calls.filter { $0.role == role && $0.name == .write && $0.succeeded }.sorted { $0.end < $1.end }
        var waiting = writes[...]
        for sync in calls where sync.role == role && sync.isSync && sync.succeeded {
            let covered = waiting.prefix { $0.happens(before: sync) }
            guard !covered.isEmpty else { continue }
            waiting = waiting[covered.endIndex...]
            commits.append(Commit(sync: sync, writes: Array(covered)))
        }
        return commits
    }
}

/// Which commit records an effect.
public struct Recording: Sendable {
    let log: String
    let records: @Sendable (Commit, _ effect: TracedCall) -> Bool

    /// - Parameters:
    ///   - log: the role of the database's log.
    ///   - records: whether this commit, which begins after the effect, is the one; the first that is counts.
    public init(log: String, where records: @escaping @Sendable (Commit, _ effect: TracedCall) -> Bool) {
        self.log = log
        self.records = records
    }

    /// The next commit after the effect: right where one flow works alone, and too strict where others commit between.
    public static func nextCommit(ofLog log: String) -> Self { Self(log: log) { _, _ in true } }

    /// The next commit that mentions what the effect is known by, such as the digest in its path.
    public static func commit(ofLog log: String, mentioning key: @escaping @Sendable (TracedCall) -> String) -> Self {
        Self(log: log) { commit, effect in commit.mentions(key(effect)) }
    }
}
