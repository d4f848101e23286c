/// The files as they could be after a power loss at one moment of a run.
public struct PowerLossImage: Sendable {
    /// The last tick at which this could be: the program may be held to all calls that ended by then.
    public let tick: UInt64
    /// The moment, and what became of the changes that were not synced: for a failure's text.
    public let summary: String
    public let tree: DiskTree
}
