import NIOCore
import NIOSSL

/// Lets a client begin its handshake where it speaks `acme-tls/1` and asks for a name that is being proved; refuses all
/// others with an alert, before any certificate is shown (RFC 8737, 3).
final class ALPNGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Alert: UInt8 { case decodeError = 50, unrecognizedName = 112, noApplicationProtocol = 120 }

    private let patience: TimeAmount
    private let find: (_ serverName: String) -> ALPNCertificate?
    private var received = ByteBuffer()
    private var isDecided = false
    private var limit: Scheduled<Void>?

    /// - Parameters:
    ///   - patience: for the whole connection.
    ///   - find: the certificate for a name in lower case.
    init(within patience: TimeAmount, _ find: @escaping (_ serverName: String) -> ALPNCertificate?) {
        self.patience = patience
        self.find = find
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        limit = context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
        context.channel.closeFuture.whenComplete { [limit] _ in limit?.cancel() }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDecided else { return }
        var part = unwrapInboundIn(data)
        received.writeBuffer(&part)
        switch ClientHello(Array(received.readableBytesView)) {
        case .incomplete: return
        case .malformed: refuse(.decodeError, context)
        case .hello(let name, let protocols):
            guard protocols.contains(ALPNCertificate.applicationProtocol) else {
                return refuse(.noApplicationProtocol, context)
            }
            guard let name, let certificate = find(name) else { return refuse(.unrecognizedName, context) }
            isDecided = true
            let tls = NIOSSLServerHandler(context: certificate.context)
            do {
                try context.pipeline.syncOperations.addHandlers([tls, Silence()], position: .after(self))
            } catch {
                return context.close(promise: nil)
            }
            context.fireChannelRead(wrapInboundOut(received))
            context.fireChannelReadComplete()
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func refuse(_ alert: Alert, _ context: ChannelHandlerContext) {
        isDecided = true
        let bytes: [UInt8] = [21, 3, 3, 0, 2, 2, alert.rawValue]
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(channel.allocator.buffer(bytes: bytes)))
            .whenComplete { _ in channel.close(mode: .output, promise: nil) }
    }

    /// Nothing is said after the handshake (RFC 8737, 3).
    private final class Silence: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.close(promise: nil) }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .inputClosed = event as? ChannelEvent { context.close(promise: nil) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
