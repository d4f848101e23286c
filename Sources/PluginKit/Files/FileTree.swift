import Foundation

/// The few operations that a file layout needs; POSIX fulfils them on this machine, an SFTP session on another.
///
/// Paths are absolute. Each change is durable when it returns, unless it says otherwise. No operation follows a link
/// in the last component of its path. Failures are `PluginFailure`s that name the path.
public protocol FileTree: Sendable {
    /// SHA-256 of the content of a regular file; nil where nothing is there.
    func digest(of path: String) async throws -> Data?
    /// The content of a regular file; nil where nothing is there.
    /// - Throws: `PluginFailure` where it is larger than `limit` bytes or not a regular file.
    func read(_ path: String, limit: Int) async throws -> Data?
    /// Creates `path` with this content, owner and mode; the content is never visible with wider rights than asked.
    /// The file is durable when it returns, its name only after `synchronize` of its directory or a `rename`.
    /// Replaces a leftover of an earlier try at `path`.
    func write(_ bytes: Secret, to path: String, as attributes: FileAttributes) async throws
    /// Makes the names in a directory durable.
    func synchronize(_ directory: String) async throws
    /// Where a symbolic link points; nil where nothing is there.
    /// - Throws: `PluginFailure` where something else than a link is there.
    func link(at path: String) async throws -> String?
    /// Replaces `path` by a link to `destination` in one step, durably; false where the tree cannot do it in one step.
    func switchLink(at path: String, to destination: String) async throws -> Bool
    /// Replaces `destination` by `source` in one step, durably; false where the tree cannot do it in one step.
    func rename(_ source: String, over destination: String) async throws -> Bool
    /// Creates a directory where none is there yet, durably; parents must exist or are created with the same mode.
    func makeDirectory(_ path: String, mode: UInt32) async throws
    /// The names in a directory, sorted; nil where nothing is there.
    func entries(of path: String) async throws -> [String]?
    /// Removes a file, a link or a directory with all in it; nothing there is no failure. Follows no link.
    func remove(_ path: String) async throws
}

/// What a written file looks like.
public struct FileAttributes: Sendable, Equatable {
    /// Permission bits.
    public var mode: UInt32
    /// A name or a number; nil leaves the one that writes.
    public var owner: String?
    public var group: String?
    /// An existing file whose extended attributes, ACL and security label are taken over, where the tree has such.
    public var like: String?

    public init(mode: UInt32, owner: String? = nil, group: String? = nil, like: String? = nil) {
        self.mode = mode
        self.owner = owner
        self.group = group
        self.like = like
    }
}
