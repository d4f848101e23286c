import Foundation
import Synchronization

/// How other processes wake the runner of a home: a datagram socket in the home. It carries no data, only the wake.
final class WakeSocket: Sendable {
    /// Tells the listening thread that it is over.
    private final class End: Sendable {
        private let reached = Mutex(false)
        var isReached: Bool { reached.withLock { $0 } }
        func reach() { reached.withLock { $0 = true } }
    }

    private let descriptor: Int32
    private let end = End()

    /// Listens in `home`; calls `onWake` on a thread of its own for each datagram.
    /// - Throws: `HomeProblem`.
    init(_ home: Home, onWake: @escaping @Sendable () -> Void) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.problem(home) }
        unlink(home.socket)
        let mask = umask(0o177)
        defer { umask(mask) }
        let bound = try Self.withAddress(home) { Foundation.bind(descriptor, $0, $1) }
        guard bound == 0 else {
            Foundation.close(descriptor)
            throw Self.problem(home)
        }
        let thread = Thread { [descriptor, end] in
            var byte: UInt8 = 0
            while true {
                let count = recv(descriptor, &byte, 1, 0)
                if end.isReached { break }
                if count >= 0 { onWake() } else if errno != EINTR { break }
            }
            Foundation.close(descriptor)
        }
        thread.name = "certflow-wake"
        thread.stackSize = 1 << 18
        thread.start()
    }

    /// Stops listening. The thread ends by itself.
    func close(_ home: Home) {
        end.reach()
        Self.wake(home)
        unlink(home.socket)
    }

    /// Wakes the runner of `home`, where there is one.
    @discardableResult
    static func wake(_ home: Home) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { Foundation.close(descriptor) }
        var byte: UInt8 = 1
        let sent = try? withAddress(home) { sendto(descriptor, &byte, 1, Int32(MSG_DONTWAIT), $0, $1) }
        return sent == 1
    }

    /// A socket's path has at most 107 bytes (unix(7)); a home may be deeper, so it is reached through its descriptor.
    private static func withAddress<Result>(
        _ home: Home, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) throws -> Result {
        let directory = open(home.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw problem(home) }
        defer { Foundation.close(directory) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = "/proc/self/fd/\(directory)/runner.sock"
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }

    private static func problem(_ home: Home) -> HomeProblem {
        HomeProblem(
            "home.socket", "\(home.socket) can't be made: \(String(cString: strerror(errno))).",
            remedy: "Give the account that runs certflow write access to the home.")
    }
}
