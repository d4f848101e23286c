import NIOCore

/// Answers one request on a connection with what is presented, and closes it.
final class HTTPChallengeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let prefix = "/.well-known/acme-challenge/"
    private let patience: TimeAmount
    private let find: (_ token: String) -> String?
    private var received = ByteBuffer()
    private var hasAnswered = false
    private var limit: Scheduled<Void>?

    /// - Parameters:
    ///   - patience: for the whole connection.
    ///   - find: the key authorization for a token.
    init(within patience: TimeAmount, _ find: @escaping (_ token: String) -> String?) {
        self.patience = patience
        self.find = find
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        limit = context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        limit?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAnswered else { return }
        var part = unwrapInboundIn(data)
        received.writeBuffer(&part)
        switch HTTPRequestHead(received.readableBytesView) {
        case .incomplete: return
        case .tooLarge: answer("431 Request Header Fields Too Large", on: context)
        case .malformed: answer("400 Bad Request", on: context)
        case .request(let method, let target):
            guard ["GET", "HEAD"].contains(method), target.hasPrefix(Self.prefix),
                let content = find(String(target.dropFirst(Self.prefix.count)))
            else { return answer("404 Not Found", on: context) }
            answer("200 OK", content, withBody: method == "GET", on: context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Half a request is no request; after an answer, the other side has read all of it.
        if case .inputClosed = event as? ChannelEvent, hasAnswered || received.readableBytes == 0 {
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(
        _ status: String, _ content: String = "", withBody: Bool = true, on context: ChannelHandlerContext
    ) {
        hasAnswered = true
        received.clear()
        let head =
            "HTTP/1.1 \(status)\r\nContent-Type: application/octet-stream\r\nContent-Length: \(content.utf8.count)\r\n"
            + "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        let buffer = context.channel.allocator.buffer(string: head + (withBody ? content : ""))
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        // Only our direction: closing the other one while it still sends would throw away the answer as well.
        context.close(mode: .output, promise: nil)
    }
}
