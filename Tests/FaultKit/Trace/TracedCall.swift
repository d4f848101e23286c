import Glibc

/// One call of the program under test, as the interposer saw it.
public struct TracedCall: Sendable {
    /// A file, whatever its names.
    public struct FileIdentity: Sendable, Hashable {
        public let device: UInt64
        public let inode: UInt64
    }

    /// Ticks of one counter for the whole process; see ``happens(before:)``.
    public private(set) var begin: UInt64
    public private(set) var end: UInt64
    /// Its place among the counted calls, from 1; nil for calls that are only recorded.
    public let number: Int?
    public let thread: Int
    public let name: CallName
    /// The name made or changed, or the file meant: absolute, no links in it.
    public let path: String
    public let role: String
    /// Where a rename or link came from, or what a symlink says.
    public let second: String?
    /// The role of ``second``, for renames and links.
    public let secondRole: String?
    public let result: Int
    /// `errno` where the result says that it failed.
    public let error: Int32
    /// Of a write, where it began; of a truncate, the new size; nil otherwise.
    public let offset: Int?
    /// Bytes asked, or mode bits asked by an open or mkdir.
    public let length: Int
    /// The flags of an open, rename or allocate; the mode bits asked by a chmod.
    public let flags: UInt32
    /// `st_mode` after the call; 0 where it is not known.
    public let mode: UInt32
    public let identity: FileIdentity?
    /// An open found no such name before.
    public let created: Bool
    /// The file had no name when the call was made.
    public let isNameless: Bool
    /// What could have been done to it; empty for calls that are only recorded.
    public let possibleHarm: Set<Fault.Kind>
    /// What the interposer did to it.
    public let harm: Fault.Kind?
    /// The bytes written, where the run keeps contents.
    public let data: [UInt8]

    /// The call and the roles it is about: `fsync wal`, `rename temp>live`. What coverage is counted by.
    public var label: String {
        "\(name.text) \(secondRole.map { "\($0)>" } ?? "")\(role)"
    }

    /// Whether the call took effect.
    public var succeeded: Bool { result >= 0 && harm != .killBefore }
    public var isSync: Bool { CallName.syncs.contains(name) }
    public var isDirectory: Bool { mode & S_IFMT == S_IFDIR }

    func moved(by ticks: UInt64) -> Self {
        var copy = self
        copy.begin += ticks
        copy.end += ticks
        return copy
    }

    /// Certainly before, also between threads: it had ended when the other began.
    public func happens(before other: TracedCall) -> Bool { end < other.begin }
}

extension TracedCall: CustomStringConvertible {
    /// The trace line that violations show.
    public var description: String {
        var line = number.map { "#\($0)" } ?? "#-"
        line += " thread \(thread) \(label) "
        switch (name, second) {
        case (.symlink, .some(let second)): line += "\(path) -> \(second)"
        case (_, .some(let second)): line += "\(second) => \(path)"
        case (_, .none): line += path
        }
        switch name {
        case .open: line += " flags \(String(flags, radix: 8)) mode \(String(mode & 0o7777, radix: 8))"
        case .chmod: line += " mode \(String(flags, radix: 8))"
        case .write, .truncate: line += offset.map { " at \($0)" } ?? ""
        default: break
        }
        if name == .write || name == .send { line += " length \(length)" }
        line += result < 0 ? " failed: \(String(cString: strerror(error)))" : " = \(result)"
        return line + (harm.map { " [\($0.rawValue)]" } ?? "")
    }
}
