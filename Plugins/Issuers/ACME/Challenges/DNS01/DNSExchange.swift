import NIOCore
import NIOPosix

/// One question and its answer on the wire.
enum DNSExchange {
    struct Overdue: Error {}

    /// By UDP, from a socket that takes packets of this server alone. What does not answer the request is ignored.
    static func datagram(
        _ bytes: [UInt8], _ request: DNSMessage, to server: SocketAddress, on loop: any EventLoop,
        within patience: TimeAmount
    ) async throws -> DNSMessage {
        let answer = loop.makePromise(of: DNSMessage.self)
        let channel = DatagramBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramAnswer(request, answer))
                }
            }
            .connect(to: server)
        channel.whenSuccess { channel in
            let packet = AddressedEnvelope(remoteAddress: server, data: channel.allocator.buffer(bytes: bytes))
            channel.writeAndFlush(packet).whenFailure { answer.fail($0) }
        }
        return try await outcome(of: answer, on: channel, loop, within: patience)
    }

    /// By TCP, each message behind its length (RFC 1035, 4.2.2).
    static func stream(
        _ bytes: [UInt8], to server: HostPort, on loop: any EventLoop, within patience: TimeAmount
    ) async throws -> [UInt8] {
        let answer = loop.makePromise(of: [UInt8].self)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(patience)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(StreamAnswer(answer))
                }
            }
        let channel =
            if let address = server.address {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: server.host, port: server.port)
            }
        channel.whenSuccess { channel in
            var buffer = channel.allocator.buffer(capacity: bytes.count + 2)
            buffer.writeInteger(UInt16(clamping: bytes.count))
            buffer.writeBytes(bytes)
            channel.writeAndFlush(buffer).whenFailure { answer.fail($0) }
        }
        return try await outcome(of: answer, on: channel, loop, within: patience)
    }

    private static func outcome<Answer: Sendable>(
        of answer: EventLoopPromise<Answer>, on channel: EventLoopFuture<any Channel>, _ loop: any EventLoop,
        within patience: TimeAmount
    ) async throws -> Answer {
        channel.whenFailure { answer.fail($0) }
        let limit = loop.scheduleTask(in: patience) { answer.fail(Overdue()) }
        answer.futureResult.whenComplete { _ in
            limit.cancel()
            channel.whenSuccess { $0.close(promise: nil) }
        }
        return try await withTaskCancellationHandler {
            try await answer.futureResult.get()
        } onCancel: {
            answer.fail(CancellationError())
        }
    }

    private final class DatagramAnswer: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>

        private let request: DNSMessage
        private let answer: EventLoopPromise<DNSMessage>

        init(_ request: DNSMessage, _ answer: EventLoopPromise<DNSMessage>) {
            self.request = request
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).data.readableBytesView)
            guard let message = Self.message(bytes), message.answers(request) else { return }
            answer.succeed(message)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.fail(error) }

        /// A truncated answer may break off anywhere: its head is enough to know that it has to be asked for again.
        private static func message(_ bytes: [UInt8]) -> DNSMessage? {
            if let message = try? DNSMessage(bytes) { return message }
            var reader = DNSReader(bytes)
            guard let id = try? reader.uint16(), let flags = try? reader.uint16(), (try? reader.take(8)) != nil,
                let name = try? reader.name(), let type = try? reader.uint16(), let kind = try? reader.uint16()
            else { return nil }
            let head = DNSMessage(
                id: id, flags: flags, questions: [DNSQuestion(name: name, type: type, recordClass: kind)])
            return head.isTruncated ? head : nil
        }
    }

    private final class StreamAnswer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let answer: EventLoopPromise<[UInt8]>
        private var received = ByteBuffer()

        init(_ answer: EventLoopPromise<[UInt8]>) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var part = unwrapInboundIn(data)
            received.writeBuffer(&part)
            guard let length = received.getInteger(at: received.readerIndex, as: UInt16.self),
                let bytes = received.getBytes(at: received.readerIndex + 2, length: Int(length))
            else { return }
            answer.succeed(bytes)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.fail(error) }

        func channelInactive(context: ChannelHandlerContext) {
            answer.fail(ChannelError.eof)
            context.fireChannelInactive()
        }
    }
}
