import Foundation

/// The right to be the one runner of a home: an exclusive flock, which ends with the process whatever happens to it.
final class HomeLock: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// - Returns: nil where another process is the runner.
    /// - Throws: `HomeProblem` where the lock file can't be made.
    static func take(_ home: Home) throws -> HomeLock? {
        let descriptor = open(home.lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw HomeProblem(
                "home.not-writable", "\(home.lock) can't be opened: \(String(cString: strerror(errno))).",
                remedy: "Give the account that runs certflow write access to the home, and room on its disk.")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        ftruncate(descriptor, 0)
        let text = "\(getpid())\n\(ProcessInfo.processInfo.arguments.dropFirst().joined(separator: " "))\n"
        _ = text.utf8.withContiguousStorageIfAvailable { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        return HomeLock(descriptor)
    }

    /// Whether some process is the runner, found out without being in its way.
    static func isHeld(_ home: Home) -> Bool {
        var info = stat()
        guard stat(home.lock, &info) == 0 else { return false }
        if let holder = holder(home), isListed(holder.process, inode: UInt64(info.st_ino)) { return true }
        // Locks of other process namespaces are not listed; a shared lock is refused while the runner has its own.
        let descriptor = open(home.lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Whether the kernel lists an exclusive flock of that process on that file (proc_locks(5)).
    private static func isListed(_ process: Int, inode: UInt64) -> Bool {
        guard let locks = try? String(contentsOfFile: "/proc/locks", encoding: .utf8) else { return false }
        return locks.split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            return fields.contains("FLOCK") && fields.contains("WRITE") && fields.contains("\(process)")
                && fields.contains { $0.hasSuffix(":\(inode)") }
        }
    }

    /// Who is the runner, as far as it said: its process, and the arguments of its command.
    struct Holder: Sendable {
        var process: Int
        var command: String

        /// "process 4711, `certflow run --watch`"
        var words: String { command.isEmpty ? "process \(process)" : "process \(process), `certflow \(command)`" }
    }

    static func holder(_ home: Home) -> Holder? {
        let lines = (try? String(contentsOfFile: home.lock, encoding: .utf8))?.split(separator: "\n") ?? []
        guard let process = lines.first.flatMap({ Int($0) }) else { return nil }
        return Holder(process: process, command: Console.harmless(lines.dropFirst().first.map(String.init) ?? ""))
    }
}
