import Foundation
import Runner

/// A file that is born for its owner's eyes, complete and durable before it gets its name.
struct NewFile: ~Copyable {
    private let path: String
    private let temporary: String
    private let descriptor: Int32
    private var isPlaced = false

    /// - Parameter mark: tells its first name from that of others who write the same file now. Where there can't be any,
    ///   a fixed one: what a crash left under it is taken away.
    /// - Throws: `DeskRefusal` where it can't be made beside `path`.
    init(_ path: String, mark: String = Randomness.hex(4)) throws {
        self.path = path
        temporary = Self.firstName(of: path, mark: mark)
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.notWritten(path, errno) }
    }

    static func firstName(of path: String, mark: String) -> String {
        let url = URL(fileURLWithPath: path)
        return url.deletingLastPathComponent().path + "/.\(url.lastPathComponent).\(mark)"
    }

    deinit {
        close(descriptor)
        if !isPlaced { unlink(temporary) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var written = 0
        while written < bytes.count {
            let count = Foundation.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.notWritten(path, errno) }
            written += count
        }
    }

    /// Gives it its name.
    /// - Parameters:
    ///   - mode: permission bits from now on.
    ///   - replacing: whether one of that name may be there already.
    mutating func place(mode: mode_t = 0o600, replacing: Bool) throws {
        guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw Self.notWritten(path, errno) }
        if replacing {
            guard rename(temporary, path) == 0 else { throw Self.notWritten(path, errno) }
            isPlaced = true
        } else {
            // A link, not a rename: never onto what somebody else put there meanwhile.
            guard link(temporary, path) == 0 else {
                throw errno == EEXIST ? Self.inTheWay(path) : Self.notWritten(path, errno)
            }
        }
        try Self.syncDirectory(of: path)
    }

    /// Makes a name in the directory of `path` durable.
    static func syncDirectory(of path: String) throws {
        let directory = open(
            URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw notWritten(path, errno) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw notWritten(path, errno) }
    }

    static func inTheWay(_ path: String) -> DeskRefusal {
        DeskRefusal(
            "output.exists", "\(path) is there already.", remedy: "Name another file, or overwrite it with --force.")
    }

    static func notWritten(_ path: String, _ code: Int32) -> DeskRefusal {
        let remedy =
            switch code {
            case ENOSPC, EDQUOT, EFBIG:
                "Free space on that disk, or name a file on another one; nothing was left behind."
            case ENOENT, ENOTDIR: "Make the directory first, or name a file in one that exists."
            case EROFS, EACCES, EPERM: "Name a file in a directory that you may write to."
            default: "Name a file elsewhere; if it happens there too, look at the machine's log."
            }
        return DeskRefusal(
            "output.not-written", "\(path) can't be written: \(String(cString: strerror(code))).", remedy: remedy)
    }
}
