import NIOCore
import NIOPosix
import Synchronization
import TestPeers

/// Two places that no client should come to. Each visit is counted and closed.
final class Elsewhere: Sendable {
    /// On 127.0.0.1, where the authority is, and on 127.0.0.2.
    let insecurePort: Int
    let foreignPort: Int
    private let listeners: [any Channel]
    private let counter: Counter

    private final class Counter: ChannelInboundHandler, Sendable {
        typealias InboundIn = any Channel
        let visits = Mutex(0)

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            visits.withLock { $0 += 1 }
            unwrapInboundIn(data).close(promise: nil)
        }
    }

    private init(_ listeners: [any Channel], _ counter: Counter) throws {
        let ports = listeners.compactMap { $0.localAddress?.port }
        guard ports.count == 2 else { throw PeerFailure("A place elsewhere has no port.") }
        (insecurePort, foreignPort) = (ports[0], ports[1])
        self.listeners = listeners
        self.counter = counter
    }

    static func listen() async throws -> Elsewhere {
        let counter = Counter()
        var listeners: [any Channel] = []
        for address in ["127.0.0.1", "127.0.0.2"] {
            listeners.append(
                try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .serverChannelInitializer { $0.pipeline.addHandler(counter) }
                    .bind(host: address, port: 0).get())
        }
        return try Elsewhere(listeners, counter)
    }

    var connections: Int { counter.visits.withLock { $0 } }

    func close() { for listener in listeners { listener.close(promise: nil) } }
}
