import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import TestPeers

/// Connections to the server behind the proxy, kept open between requests.
final class Upstream: Sendable {
    private let port: Int
    private let context: NIOSSLContext
    private let idle = Mutex<[any Channel]>([])

    init(port: Int, trusting bundle: URL) throws {
        self.port = port
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(bundle.path)
        context = try NIOSSLContext(configuration: configuration)
    }

    func send(_ request: ServedRequest) async throws -> Reply {
        let channel: any Channel
        if let kept = idle.withLock({ $0.popLast() }), kept.isActive {
            channel = kept
        } else {
            channel = try await connect()
        }
        let answer = channel.eventLoop.makePromise(of: Reply.self)
        channel.write(UpstreamHandler.Exchange(request: request, answer: answer), promise: nil)
        channel.flush()
        let reply = try await answer.futureResult.get()
        idle.withLock { $0.append(channel) }
        return reply
    }

    func close() {
        for channel in idle.withLock({ channels in
            defer { channels = [] }; return channels
        }) {
            channel.close(promise: nil)
        }
    }

    private func connect() async throws -> any Channel {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { [context] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(UpstreamHandler())
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }
}

/// One connection: one request at a time.
private final class UpstreamHandler: ChannelDuplexHandler {
    struct Exchange: Sendable {
        var request: ServedRequest
        var answer: EventLoopPromise<Reply>
    }

    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart

    private var answer: EventLoopPromise<Reply>?
    private var reply = Reply(502)

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        guard context.channel.isActive else { return exchange.answer.fail(ChannelError.ioOnClosedChannel) }
        answer = exchange.answer
        let request = exchange.request
        let head = HTTPRequestHead(
            version: .http1_1, method: .init(rawValue: request.method), uri: request.target, headers: request.headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !request.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request.body)))), promise: nil)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): reply = Reply(Int(head.status.code), head.headers)
        case .body(let bytes): reply.body.append(contentsOf: bytes.readableBytesView)
        case .end: take()?.succeed(reply)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        take()?.fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        take()?.fail(error)
        context.close(promise: nil)
    }

    private func take() -> EventLoopPromise<Reply>? {
        defer { answer = nil }
        return answer
    }
}
