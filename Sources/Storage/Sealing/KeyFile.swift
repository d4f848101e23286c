import Foundation
import PluginKit

/// A small file that only its owner may see: refused where anybody else could have read or planted it.
struct KeyFile {
    /// Who may own the file, and who else may read it.
    enum Allowed {
        /// We alone.
        case owner
        /// The service manager or we; it may be lent to us through its group (an access control list shows as such).
        case service

        var forbiddenMode: mode_t { self == .owner ? 0o077 : 0o037 }
    }

    let path: String
    private let allowed: Allowed
    private let user: uid_t

    /// - Parameter user: who runs certflow.
    init(_ path: String, allowed: Allowed, user: uid_t = geteuid()) {
        self.path = path
        self.allowed = allowed
        self.user = user
    }

    /// Its content; nil where there is no such file.
    /// - Throws: `StorageError` unless it is a plain file of exactly `length` bytes, in safe hands.
    func read(_ length: Int) throws(StorageError) -> Secret? {
        // Without waiting: a FIFO in its place must not stop the start.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT: return nil
            case ELOOP: throw .masterKeyUnsafe(path, "it is a symbolic link", remedy: "Put the file itself there.")
            case let code: throw .masterKeyUnreadable(path, code)
            }
        }
        defer { close(descriptor) }
        try check(descriptor, length)
        return try content(descriptor, length)
    }

    private func check(_ descriptor: Int32, _ length: Int) throws(StorageError) {
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw .masterKeyUnreadable(path, errno) }
        guard info.st_mode & S_IFMT == S_IFREG else {
            throw .masterKeyUnsafe(path, "it is no plain file", remedy: "Put back the file that `certflow init` made.")
        }
        guard info.st_uid == user || (allowed == .service && info.st_uid == 0) else {
            throw .masterKeyUnsafe(
                path, "it belongs to uid \(info.st_uid), but certflow runs as uid \(user)",
                remedy: "Run certflow as its owner, or run `chown \(user) \(path)`.")
        }
        let rights = info.st_mode & 0o777
        guard rights & allowed.forbiddenMode == 0 else {
            throw .masterKeyUnsafe(
                path, "others may use it (mode \(String(rights, radix: 8)))",
                remedy: "Run `chmod 600 \(path)`; if somebody may have read it, make a new home and issue anew.")
        }
        guard info.st_size == length else { throw .masterKeyMalformed(path, Int(info.st_size)) }
    }

    private func content(_ descriptor: Int32, _ length: Int) throws(StorageError) -> Secret {
        var bytes = [UInt8](repeating: 0, count: length)
        defer { for index in bytes.indices { bytes[index] = 0 } }
        var filled = 0
        while filled < length {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), length - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw count < 0 ? .masterKeyUnreadable(path, errno) : .masterKeyMalformed(path, filled)
            }
            filled += count
        }
        return Secret(bytes)
    }

    /// Writes it so that it exists as a whole or not at all, and durably.
    func create(_ content: Secret) throws(StorageError) {
        // Left by a crash; nothing was ever sealed under it.
        unlink(fresh)
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .masterKeyNotWritten(path, errno) }
        let isWritten = write(content, descriptor) && fsync(descriptor) == 0
        let failure = errno
        close(descriptor)
        guard isWritten else {
            unlink(fresh)
            throw .masterKeyNotWritten(path, failure)
        }
        // A link, not a rename: never onto a key that is there, for what was sealed under it would be lost.
        guard link(fresh, path) == 0 else {
            let failure = errno
            unlink(fresh)
            throw .masterKeyNotWritten(path, failure)
        }
        try finishCreation()
    }

    /// What a crash may have cut off after the file got its name.
    func finishCreation() throws(StorageError) {
        unlink(fresh)
        let directory = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .masterKeyNotWritten(path, errno) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw .masterKeyNotWritten(path, errno) }
    }

    /// Its name until it is complete.
    private var fresh: String { path + ".new" }

    private func write(_ content: Secret, _ descriptor: Int32) -> Bool {
        content.withBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }
}
