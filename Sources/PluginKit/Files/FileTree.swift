/// The few operations that a file layout needs; POSIX fulfils them on this machine, an SFTP session on another.
///
/// A tree has a root, the directory that a profile names. Paths are relative to it, without a leading slash, `.` or
/// `..`; the empty path is the root itself. No operation follows a link, in any component of a path. Failures are
/// `PluginFailure`s that name the whole path. A tree serves one call of a publisher at a time.
///
/// What a medium can't do durably or in one step (SFTP has no sync of a directory) it does as well as it can.
public protocol FileTree: Sendable {
    /// What stands at `path`; nil where nothing does.
    func kind(of path: String) async throws -> FileKind?
    /// The names in a directory, in any order; nil where nothing is there.
    func names(in directory: String) async throws -> [String]?
    /// The content of a regular file; nil where nothing is there.
    /// - Throws: `PluginFailure` where something else than a file is there, the file has a second name (hard link), or
    ///   is larger than `limit` bytes.
    func read(_ path: String, limit: Int) async throws -> Secret?
    /// Creates these files, in place of leftovers. Content is never visible with wider rights than asked; it is durable
    /// when this returns, the names only after `synchronize`. Where one fails, none is left.
    func write(_ files: [NewFile]) async throws
    /// Creates `path` as a copy of a regular file: content, owner, mode, extended attributes. Durable as `write` is.
    func copy(_ source: String, to path: String) async throws
    /// Creates a directory where nothing is there; its parent must exist. The root is durable when this returns, others
    /// after `synchronize` of their parent.
    /// - Returns: false where a directory was there already, which stays as it is.
    func makeDirectory(_ path: String, mode: UInt32) async throws -> Bool
    /// Sets the permission bits of a directory; durable after its `synchronize`.
    func setMode(_ mode: UInt32, ofDirectory path: String) async throws
    /// Moves a file, or a directory to where nothing is; replaces a file that is there.
    /// - Returns: whether readers saw one step.
    func rename(_ source: String, to path: String) async throws -> Bool
    /// Makes `path` a symbolic link to `destination`, in place of the link that is there. The destination need not
    /// exist.
    /// - Returns: whether readers saw one step.
    func link(_ path: String, to destination: String) async throws -> Bool
    /// Makes durable what was created, renamed and removed in this directory, and its mode.
    func synchronize(_ directory: String) async throws
    /// Removes a file, a link, or a directory with all in it; nothing there is no failure.
    func remove(_ path: String) async throws
}

/// What stands at a path.
public enum FileKind: Sendable, Hashable {
    /// A regular file, with its size in bytes.
    case file(Int)
    case directory
    /// A symbolic link, with where it points.
    case link(String)
    /// A device, FIFO or socket, in words.
    case other(String)
}
