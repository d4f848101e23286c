import Foundation

/// Owns a connected socket, which never blocks, and closes it exactly once. Not `Sendable`: one session has it.
final class TCPConnection {
    let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Connects to the first address that answers. Each gets an even share of the time that is left.
    /// - Throws: `SSHProblem` (`noAddress`, `unreachable`, `timedOut`), `CancellationError`.
    static func open(
        _ host: String, port: Int, _ patience: Patience, until deadline: ContinuousClock.Instant
    ) throws -> TCPConnection {
        let addresses = try NameLookup.addresses(of: host, port: port, patience, until: deadline)
        var last = SSHProblem(.unreachable, "no address")
        for (index, address) in addresses.enumerated() {
            let now = ContinuousClock.now
            let share = now + (deadline - now) / (addresses.count - index)
            do {
                return try connect(to: address, patience, until: share)
            } catch let problem as SSHProblem {
                last = problem
            }
        }
        throw last
    }

    /// Whether the other side is still there, as far as this side was told.
    var isOpen: Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))
    }

    /// Ends it for both sides; the descriptor stays ours.
    func cut() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

    private static func connect(
        to address: NetworkAddress, _ patience: Patience, until deadline: ContinuousClock.Instant
    ) throws -> TCPConnection {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, type, 0)
        guard descriptor >= 0 else { throw problem(errno) }
        let connection = TCPConnection(descriptor)
        var on: Int32 = 1
        // Exchanges are small and each waits for its answer; a peer that vanished is noticed in the end.
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<Int32>.size))
        let status = address.bytes.withUnsafeBytes { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return -1 }
            return Glibc.connect(descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        if status == 0 { return connection }
        guard errno == EINPROGRESS else { throw problem(errno) }
        while true {
            try patience.wait(for: descriptor, POLLOUT, until: deadline)
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&ready, 1, 0) > 0 else { continue }
            var error: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
            guard error == 0 else { throw problem(error) }
            return connection
        }
    }

    private static func problem(_ error: Int32) -> SSHProblem {
        SSHProblem(.unreachable, String(cString: strerror(error)))
    }
}
