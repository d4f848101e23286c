/// The calls a trace tells apart; spellings of the same call (`pwrite64`, `writev`) have one name.
///
/// The raw values are those of `enum faults_call` in `faults.h`.
public enum CallName: UInt16, Sendable, Hashable, CaseIterable {
    case start, open, write, fsync, fdatasync, rename, link, symlink, unlink, mkdir, rmdir
    case chmod, chown, truncate, allocate, xattr, send
    /// A stream opened for writing: what it writes is not seen.
    case stdio
    /// The rest is recorded and never counted. `output` is a write to standard output.
    case connect, output
    /// A writable shared mapping: what it stores is not seen.
    case map
    /// `syncfs` or `sync_file_range`: worth nothing as a proof of durability.
    case weakSync

    /// As it stands in labels.
    public var text: String { self == .weakSync ? "weak-sync" : "\(self)" }

    /// The calls that make things durable.
    public static let syncs: Set<Self> = [.fsync, .fdatasync]
    /// The calls that change a file's bytes.
    public static let contentChanges: Set<Self> = [.write, .truncate, .allocate]
    /// The calls that change the names in a directory.
    public static let nameChanges: Set<Self> = [.rename, .link, .symlink, .unlink, .mkdir, .rmdir]
}
