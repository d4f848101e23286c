import NIOCore
import NIOPosix

/// Accepts connections on a loopback port of the kernel's choice, and answers a greeting as no server should.
struct HostileServer: Sendable {
    enum Behaviour: Sendable {
        /// Never says anything.
        case silent
        /// Says this after the greeting, and then nothing.
        case says([UInt8])
        /// Says this after the greeting, and closes.
        case saysAndCloses([UInt8])
        /// Answers the greeting by a reset.
        case resets
        /// Says this again and again.
        case repeats([UInt8])
    }

    let port: Int
    private let listener: any Channel
    private let signals: Signals

    /// Runs it beside `body`, and waits afterwards until the other side has closed all connections.
    static func withRunning<Result>(
        _ behaviour: Behaviour, isolation: isolated (any Actor)? = #isolation,
        _ body: (HostileServer) async throws -> Result
    ) async throws -> Result {
        let signals = Signals()
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.closeFuture.whenComplete { _ in signals.closed.continuation.yield() }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answer(behaviour, signals))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = HostileServer(
            port: listener.localAddress?.port ?? 0, listener: listener, signals: signals)
        do {
            let result = try await body(server)
            try await listener.close()
            return result
        } catch {
            try? await listener.close()
            throw error
        }
    }

    /// Returns when so many connections have been closed by the other side.
    func waitForClosed(_ count: Int) async {
        var closed = 0
        for await _ in signals.closed.stream {
            closed += 1
            if closed == count { return }
        }
    }

    /// Returns when the first connection has said something.
    func waitForGreeting() async {
        for await _ in signals.greeted.stream { return }
    }

    private final class Signals: Sendable {
        let greeted = AsyncStream<Void>.makeStream()
        let closed = AsyncStream<Void>.makeStream()
    }

    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let behaviour: Behaviour
        private let signals: Signals
        private var hasAnswered = false

        init(_ behaviour: Behaviour, _ signals: Signals) {
            self.behaviour = behaviour
            self.signals = signals
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !hasAnswered else { return }
            hasAnswered = true
            signals.greeted.continuation.yield()
            switch behaviour {
            case .silent: break
            case .says(let bytes): say(bytes, context)
            case .saysAndCloses(let bytes):
                say(bytes, context)
                context.close(promise: nil)
            case .resets:
                (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                    .whenComplete { [channel = context.channel] _ in channel.close(promise: nil) }
            case .repeats(let bytes): again(bytes, context)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        private func say(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        }

        private func again(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
            let context = NIOLoopBound(context, eventLoop: context.eventLoop)
            let answer = NIOLoopBound(self, eventLoop: context.value.eventLoop)
            context.value.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)))
                .whenSuccess { answer.value.again(bytes, context.value) }
        }
    }
}
