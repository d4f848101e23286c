import Foundation

/// One durable commit of a database: a successful sync of its log, and what was written to the log since the last.
public struct Commit: Sendable {
    public let sync: TracedCall
    public let writes: [TracedCall]

    /// Whether these bytes stand in what was written, in one write: for runs that keep contents, and values that are
    /// not sealed.
    ///
    /// - Parameter more: must stand within the `reach` bytes that follow; where the text stands more than once, after
    ///   any of them.
    public func mentions(_ text: String, followedBy more: String = "", within reach: Int = 200) -> Bool {
        writes.contains { write in
            write.data.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while let found = Self.find(text, in: rest) {
                    rest = bytes[(found + text.utf8.count)...]
                    if more.isEmpty || Self.find(more, in: rest.prefix(reach)) != nil { return true }
                }
                return false
            }
        }
    }

    /// - Returns: where the text begins.
    private static func find(_ text: String, in bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        let whole = UnsafeRawBufferPointer(rebasing: bytes)
        let length = text.utf8.count
        guard let start = whole.baseAddress, let first = text.utf8.first else { return nil }
        // By the library's functions: a debug build takes byte after byte.
        var at = 0
        while at + length <= whole.count, let found = memchr(start + at, Int32(first), whole.count - length - at + 1) {
            at = UnsafeRawPointer(found) - start
            if memcmp(found, text, length) == 0 { return bytes.startIndex + at }
            at += 1
        }
        return nil
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
    private let onlyFirst: Bool

    /// - Parameters:
    ///   - log: the role of the database's log.
    ///   - onlyFirst: whether only the first commit of the whole trace that is one counts, and what comes after it is
    ///     recorded by none. A log of whole pages repeats in later commits what an earlier one said.
    ///   - records: whether this commit is one; of those that begin after the effect the first counts.
    public init(
        log: String, onlyFirst: Bool = false, where records: @escaping @Sendable (Commit, _ effect: TracedCall) -> Bool
    ) {
        self.log = log
        self.onlyFirst = onlyFirst
        self.records = records
    }

    /// The next commit after the effect: right where one flow works alone, and too strict where others commit between.
    public static func nextCommit(ofLog log: String) -> Self { Self(log: log) { _, _ in true } }

    /// The next commit that mentions what the effect is known by, such as the digest in its path.
    public static func commit(ofLog log: String, mentioning key: @escaping @Sendable (TracedCall) -> String) -> Self {
        Self(log: log) { commit, effect in commit.mentions(key(effect)) }
    }

    func commit(of effect: TracedCall, among commits: [Commit]) -> Commit? {
        let found = commits.first { commit in
            (onlyFirst || effect.happens(before: commit.sync)) && records(commit, effect)
        }
        return found.flatMap { effect.happens(before: $0.sync) ? $0 : nil }
    }
}
