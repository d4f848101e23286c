import NIOCore
import NIOPosix
import TestPeers

@testable import ACME

/// A name server that answers as a test wants it: by UDP and by TCP on one port of 127.0.0.1.
struct ScriptedNameServer: Sendable {
    /// What is sent back for a request, or nothing.
    typealias Answer = @Sendable (_ request: [UInt8], _ isDatagram: Bool) -> [UInt8]?

    let place: String

    static func withRunning<Result: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ answer: @escaping Answer,
        _ body: (ScriptedNameServer) async throws -> Result
    ) async throws -> Result {
        let port = try FreePort.next()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let datagrams = try await DatagramBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Datagrams(answer))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        let streams = try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Streams(answer))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        let result = await Swift.Result.catching { try await body(ScriptedNameServer(place: "127.0.0.1:\(port)")) }
        try await datagrams.close()
        try await streams.close()
        return try result.get()
    }

    private final class Datagrams: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>

        private let answer: Answer

        init(_ answer: @escaping Answer) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let packet = unwrapInboundIn(data)
            guard let bytes = answer(Array(packet.data.readableBytesView), true) else { return }
            let envelope = AddressedEnvelope(remoteAddress: packet.remoteAddress, data: ByteBuffer(bytes: bytes))
            context.writeAndFlush(wrapOutboundOut(envelope), promise: nil)
        }
    }

    private final class Streams: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: Answer
        private var received = ByteBuffer()

        init(_ answer: @escaping Answer) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var part = unwrapInboundIn(data)
            received.writeBuffer(&part)
            guard let length = received.getInteger(at: received.readerIndex, as: UInt16.self),
                let request = received.getBytes(at: received.readerIndex + 2, length: Int(length))
            else { return }
            guard let bytes = answer(request, false) else { return context.close(promise: nil) }
            var buffer = ByteBuffer()
            buffer.writeInteger(UInt16(bytes.count))
            buffer.writeBytes(bytes)
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

extension Result where Failure == any Error {
    fileprivate static func catching(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Success
    ) async -> Self {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
