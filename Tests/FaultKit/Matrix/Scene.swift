/// The place of one run of a matrix: an empty directory, and which of the runs side by side it is.
public struct Scene: Sendable {
    /// Fresh for each run, removed after its check.
    public let directory: String
    /// 0 or 1: runs with the same number never overlap, so that what takes long to set up can be kept per side.
    public let side: Int
}
