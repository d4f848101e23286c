import Glibc
import HummingbirdCore
import Logging
import NIOCore

/// Hangs up on who takes nothing of what is written to it: an answer that nobody reads is not held for ever.
///
/// Stands nearest to the socket, so that what TLS adds is counted as well. A stream of events that has nothing to say
/// writes nothing, and is left alone however long it is silent.
final class StalledWriteHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// How often it is looked within the time that is allowed: each time nothing must have been taken. Time alone would
    /// not do, for it also passes while this machine itself has no time to write.
    private static let looks = 4

    private let patience: TimeAmount
    private let log: Logger
    /// All bytes that were to be written, and those of them that the client had taken when it was last looked.
    private var written = 0
    private var taken = 0
    private var idle = 0
    private var next: Scheduled<Void>?

    init(patience: TimeAmount, log: Logger) {
        self.patience = patience
        self.log = log
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        written &+= unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        guard next == nil, waiting(context) > 0 else { return }
        (taken, idle) = (written - waiting(context), 0)
        lookLater(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        next?.cancel()
        next = nil
        context.fireChannelInactive()
    }

    /// Bytes that the socket took nothing of so far.
    private func waiting(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private func lookLater(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        next = context.eventLoop.scheduleTask(in: .nanoseconds(max(1, patience.nanoseconds / Int64(Self.looks)))) {
            let (handler, context) = bound.value
            handler.look(context)
        }
    }

    private func look(_ context: ChannelHandlerContext) {
        next = nil
        let waiting = waiting(context)
        guard waiting > 0, context.channel.isActive else { return }
        idle = written - waiting > taken ? 0 : idle + 1
        taken = written - waiting
        guard idle >= Self.looks else { return lookLater(context) }
        log.notice(
            "a client that does not read was hung up on",
            metadata: [
                "address": "\(context.remoteAddress?.ipAddress ?? "unknown")", "bytes": "\(waiting)",
            ])
        // At once: else the system would go on holding what it was handed.
        (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            .whenComplete { _ in }
        context.close(promise: nil)
    }
}

/// Puts one before another channel.
struct PatientChannel<Base: ServerChildChannel>: ServerChildChannel {
    typealias Value = Base.Value

    let base: Base
    let patience: Duration

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                StalledWriteHandler(patience: TimeAmount(patience), log: logger))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
