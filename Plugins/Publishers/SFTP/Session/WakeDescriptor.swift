import Foundation
import Synchronization

/// Ends the wait of a session's thread from any other thread.
final class WakeDescriptor: Sendable {
    /// The two ends of a pipe. Closed when nobody can wake or wait any more.
    private let reading: Int32
    private let writing: Int32

    init() throws(SSHProblem) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SSHProblem(.library, "no pipe: \(String(cString: strerror(errno)))") }
        reading = ends[0]
        writing = ends[1]
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// What to wait for besides the connection.
    var descriptor: Int32 { reading }

    func wake() {
        var byte: UInt8 = 1
        _ = write(writing, &byte, 1)  // fails only where a wake-up is waiting already
    }

    /// So that the next wait is one.
    func settle() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(reading, &bytes, bytes.count) > 0 {}
    }
}
