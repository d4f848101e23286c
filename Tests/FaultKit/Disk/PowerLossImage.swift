/// The files as they could be after a power loss at one moment of a run.
public struct PowerLossImage: Sendable {
    /// The last tick at which this could be: the program may be held to all calls that ended by then.
    public let tick: UInt64
    public let tree: DiskTree
    /// The change of the disk after which the power went; nil: before the first.
    public let last: TracedCall?
    /// The calls before it whose effect was lost.
    public let lost: [TracedCall]

    /// The moment, and what became of the changes that were not synced: for a failure's text.
    public var summary: String {
        (last.map { "after \($0)" } ?? "before the first change") + lost.map { "\n  lost: \($0)" }.joined()
    }
}
