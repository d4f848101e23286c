import Foundation
import PluginKit

/// What a program reads: a file that exists in memory only, so that nothing has to be written while it runs. A pipe
/// would raise SIGPIPE where the program never reads, and hang where it reads late.
enum StandardInput {
    /// The library ends the whole process where it gets the first descriptors that it needs but not all of them, and
    /// waits for ever where the one that stands for the child is missing: nothing is started with fewer free ones.
    private static let room = 32

    /// - Returns: a descriptor to read from, which the caller closes.
    static func open(_ input: Secret?, for program: String) throws(PluginFailure) -> Int32 {
        guard let input else {
            let descriptor = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .shortage(errno, starting: program) }
            return descriptor
        }
        let name = "/certflow-\(UUID().uuidString)"
        let descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)  // closed on exec, says shm_open(3)
        guard descriptor >= 0 else { throw .shortage(errno, starting: program) }
        shm_unlink(name)  // while it is empty still: from here on nobody else can open it
        guard write(input, to: descriptor), lseek(descriptor, 0, SEEK_SET) == 0 else {
            let reason = errno
            close(descriptor)
            throw .shortage(reason, starting: program)
        }
        return descriptor
    }

    static func checkRoom(beside descriptor: Int32, for program: String) throws(PluginFailure) {
        var taken: [Int32] = []
        taken.reserveCapacity(room)
        defer { for copy in taken { close(copy) } }
        while taken.count < room {
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else { throw .shortage(errno, starting: program) }
            taken.append(copy)
        }
    }

    private static func write(_ input: Secret, to descriptor: Int32) -> Bool {
        input.withBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return false }
                rest = rest.dropFirst(written)
            }
            return true
        }
    }
}
