import Foundation
import NIOCore
import NIOPosix

/// One open listener.
///
/// Its socket is made here, closed on exec, and shut down before it is closed: a child that is just being started may
/// still hold a copy of it, and would keep the port.
struct Door: Sendable {
    private let channel: any Channel
    private let socket: CInt

    /// Starts listening.
    /// - Parameter prepare: sets up accepted connections; one for which it throws is closed.
    static func open(
        _ address: SocketAddress, on loop: any EventLoop, _ prepare: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<Door> {
        do {
            let socket = try listen(at: address)
            return ServerBootstrap(group: loop)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try prepare(channel) } }
                .withBoundSocket(socket)
                .map { Door(channel: $0, socket: socket) }
        } catch {
            return loop.makeFailedFuture(error)
        }
    }

    /// Nobody is let in any more, and the port is free, when the result is there.
    func close() -> EventLoopFuture<Void> {
        channel.eventLoop.flatSubmit {
            if channel.isActive { shutdown(socket, Int32(SHUT_RDWR)) }
            return channel.close().recover { _ in }
        }
    }

    private static func listen(at address: SocketAddress) throws -> CInt {
        let isSix = address.protocol == .inet6
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let socket = Glibc.socket(isSix ? AF_INET6 : AF_INET, kind, 0)
        guard socket >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        do {
            try set(SO_REUSEADDR, of: SOL_SOCKET, on: socket)
            // Else the IPv6 listener would take the IPv4 port as well, which has a listener of its own.
            if isSix { try set(IPV6_V6ONLY, of: Int32(IPPROTO_IPV6), on: socket) }
            let status = address.withSockAddr { bind(socket, $0, socklen_t($1)) }
            guard status == 0 else { throw IOError(errnoCode: errno, reason: "bind") }
            guard Glibc.listen(socket, 256) == 0 else { throw IOError(errnoCode: errno, reason: "listen") }
            return socket
        } catch {
            Glibc.close(socket)
            throw error
        }
    }

    private static func set(_ option: Int32, of level: Int32, on socket: CInt) throws {
        var on: Int32 = 1
        guard setsockopt(socket, level, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw IOError(errnoCode: errno, reason: "setsockopt")
        }
    }
}
