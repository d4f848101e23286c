import Foundation
import NIOCore

/// Leads the dialogue before TLS on a channel; sets TLS up and goes away once the server agreed.
final class PlainDialogueHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var dialogue: PlainDialogue
    private let place: String
    private let shown: Awaited<[Data]>
    private let beginTLS: () throws -> Void
    private var isOver = false

    /// - Parameters:
    ///   - place: the address, for messages.
    ///   - beginTLS: adds the handlers of TLS behind this one; called on the event loop.
    init(
        _ dialogue: PlainDialogue, _ place: String, _ shown: Awaited<[Data]>, beginTLS: @escaping () throws -> Void
    ) {
        self.dialogue = dialogue
        self.place = place
        self.shown = shown
        self.beginTLS = beginTLS
    }

    func channelActive(context: ChannelHandlerContext) {
        if let opening = dialogue.opening { say(opening, context) }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        switch dialogue.take(unwrapInboundIn(data).readableBytesView) {
        case .more: break
        case .say(let bytes): say(bytes, context)
        case .agreed:
            isOver = true
            do {
                try beginTLS()
                context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
            } catch {
                shown.settle(.failure(error))
            }
        case .refused(let words):
            isOver = true
            shown.settle(.failure(ProbeProblem("\(place) \(words)")))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { shown.settle(.failure(error)) }

    func channelInactive(context: ChannelHandlerContext) {
        shown.settle(.failure(ProbeProblem("\(place) closed the connection before TLS began.")))
        context.fireChannelInactive()
    }

    private func say(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }
}
