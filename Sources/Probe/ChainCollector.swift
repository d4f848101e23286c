import Foundation
import NIOCore
import NIOSSL
import NIOTLS

/// Stands behind the TLS handler: takes the chain when the handshake is done, and the first thing that goes wrong
/// before. What the server says afterwards is dropped.
final class ChainCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let shown: Awaited<[Data]>
    private var chain: [NIOSSLCertificate] = []

    init(_ shown: Awaited<[Data]>) { self.shown = shown }

    /// To be called on the event loop, before the handshake is done.
    func present(_ chain: [NIOSSLCertificate]) { self.chain = chain }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent {
            shown.settle(Result { try chain.map { Data(try $0.toDERBytes()) } })
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { shown.settle(.failure(error)) }

    func channelInactive(context: ChannelHandlerContext) {
        shown.settle(.failure(ChannelError.eof))
        context.fireChannelInactive()
    }
}
