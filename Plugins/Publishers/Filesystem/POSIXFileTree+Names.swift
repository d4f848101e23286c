import Foundation
import PluginKit

/// What is done to names in an opened directory.
extension POSIXFileTree {
    /// How deep a directory may be nested that is removed: what certflow makes has two levels.
    private static let deepest = 8

    func status(of name: String, in directory: borrowing Descriptor, _ path: String) throws -> stat? {
        var found = stat()
        let outcome = try directory.lend { directory in
            try kernel.call(.look, path, unless: ENOENT) { fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) }
        }
        return outcome == nil ? nil : found
    }

    /// The names in a directory, without `.` and `..`.
    func names(in directory: borrowing Descriptor, _ path: String) throws -> [String] {
        // A descriptor of its own, since `closedir` closes it.
        let own = try directory.lend { directory in
            try kernel.call(.list, path) { openat(directory, ".", Self.list) }
        }
        guard let stream = fdopendir(own) else {
            let error = errno
            Glibc.close(own)
            throw FilesystemFailure.system(error, .list, path)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw FilesystemFailure.system(errno, .list, path) }
                return names
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    func make(_ name: String, in directory: borrowing Descriptor, mode: UInt32, _ path: String) throws -> Bool {
        // Born with its mode, as far as the umask lets it: a crash must not leave a directory closed to its readers.
        let made = try directory.lend { directory in
            try kernel.call(.makeDirectory, path, unless: EEXIST) { mkdirat(directory, name, mode & 0o777) }
        }
        guard made != nil else { return false }
        let opened = try directory.lend { directory in
            try kernel.call(.open, path) { openat(directory, name, Self.list) }
        }
        try setMode(mode, of: Descriptor(opened), path)
        return true
    }

    /// Whatever the umask is; keeps the bit by which new files take over the directory's group.
    func setMode(_ mode: UInt32, of directory: borrowing Descriptor, _ path: String) throws {
        let found = try directory.status(kernel, path)
        let wanted = mode & 0o777 | found.st_mode & S_ISGID
        guard found.st_mode & 0o7777 != wanted else { return }
        try directory.lend { directory in try kernel.call(.setMode, path) { fchmod(directory, wanted) } }
    }

    func synchronize(_ directory: borrowing Descriptor, _ path: String) throws {
        try directory.lend { directory in try kernel.call(.synchronize, path) { fsync(directory) } }
    }

    func remove(_ name: String, in directory: borrowing Descriptor, _ path: String, depth: Int = 0) throws {
        guard let found = try status(of: name, in: directory, path) else { return }
        let isDirectory = found.st_mode & S_IFMT == S_IFDIR
        if isDirectory {
            guard depth < Self.deepest else { throw FilesystemFailure.badPath(path) }
            let opened = try directory.lend { directory in
                try kernel.call(.open, path) { openat(directory, name, Self.list) }
            }
            let inner = Descriptor(opened)
            for entry in try names(in: inner, path) {
                try remove(entry, in: inner, "\(path)/\(entry)", depth: depth + 1)
            }
        }
        try directory.lend { directory in
            _ = try kernel.call(.remove, path, unless: ENOENT) {
                unlinkat(directory, name, isDirectory ? AT_REMOVEDIR : 0)
            }
        }
    }
}
