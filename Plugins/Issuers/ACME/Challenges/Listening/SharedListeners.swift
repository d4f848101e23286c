import NIOCore
import NIOPosix
import PluginKit
import Synchronization

/// Listeners of one kind by their addresses, each open as long as something is presented there: shared by all orders and
/// all profiles of the process.
final class SharedListeners<Content: Sendable>: Sendable {
    /// Sets up an accepted connection; finds what is presented at its listener under a key.
    typealias Prepare =
        @Sendable (_ channel: any Channel, _ find: @escaping @Sendable (String) -> Content?) throws -> Void

    private static var mostConnections: Int { 256 }
    /// A claim that nobody gave back: no authority needs as long.
    private static var longestClaim: TimeAmount { .hours(24) }

    private struct Listener {
        /// What is presented, by key: two orders may share one authorization, and so its token. The newest is shown.
        var claims: [String: [(claim: String, content: Content)]] = [:]
        var opening: EventLoopFuture<any Channel>

        func holds(_ claim: String) -> Bool { claims.values.contains { $0.contains { $0.claim == claim } } }
    }

    private struct State {
        var listeners: [HostPort: Listener] = [:]
        /// Those that are being closed: the next one has to wait for its port.
        var closing: [HostPort: EventLoopFuture<Void>] = [:]
        var connections = 0
    }

    private let state = Mutex(State())
    private let loop: SharedLoop
    private let prepare: Prepare

    init(_ loop: SharedLoop, prepare: @escaping Prepare) {
        self.loop = loop
        self.prepare = prepare
    }

    /// How many are open or being opened.
    var count: Int { state.withLock { $0.listeners.count } }

    /// Presents `content` at all of `places` until `withdraw`.
    ///
    /// - Parameters:
    ///   - option: what a failure names.
    ///   - isStandard: whether places that this machine does not have are left out, where others are left.
    /// - Throws: `PluginFailure` where one can't be opened; nothing stays presented then.
    func present(
        _ content: Content, under key: String, claim: String, at places: [HostPort], option: String, isStandard: Bool
    ) async throws {
        try await loop.use { loop in
            var failures: [PluginFailure] = []
            for place in places {
                do {
                    _ = try await enter(content, key, claim, place, loop).get()
                } catch {
                    failures.append(.listening(on: place, option: option, error))
                }
            }
            let isServed = failures.count < places.count
            let missing = failures.filter { $0.code == "acme.no-such-address" }
            if let failure = failures.first(where: { !isStandard || !isServed || !missing.contains($0) }) {
                await remove(claim)
                throw failure
            }
            loop.scheduleTask(in: Self.longestClaim) { [weak self] in
                _ = self?.take(claim)
            }
        }
    }

    /// Takes back what was presented by this claim, and closes the listeners that nobody needs any more; returns when
    /// their ports are free. Nothing happens where the claim is not known.
    func withdraw(_ claim: String) async {
        let isKnown = state.withLock { state in
            state.listeners.values.contains { $0.holds(claim) }
        }
        guard isKnown else { return }
        try? await loop.use { _ in await remove(claim) }
    }

    private func remove(_ claim: String) async {
        for closing in take(claim) { try? await closing.get() }
    }

    private func enter(
        _ content: Content, _ key: String, _ claim: String, _ place: HostPort, _ loop: any EventLoop
    ) -> EventLoopFuture<any Channel> {
        state.withLock { state in
            var listener =
                state.listeners[place]
                ?? Listener(opening: open(place, after: state.closing[place] ?? loop.makeSucceededVoidFuture(), loop))
            listener.claims[key, default: []].append((claim, content))
            state.listeners[place] = listener
            return listener.opening
        }
    }

    /// - Returns: the listeners that are being closed for it.
    private func take(_ claim: String) -> [EventLoopFuture<Void>] {
        state.withLock { state in
            var closed: [EventLoopFuture<Void>] = []
            for (place, var listener) in state.listeners where listener.holds(claim) {
                for key in listener.claims.keys { listener.claims[key]?.removeAll { $0.claim == claim } }
                listener.claims = listener.claims.filter { !$0.value.isEmpty }
                guard listener.claims.isEmpty else {
                    state.listeners[place] = listener
                    continue
                }
                state.listeners[place] = nil
                let closing = listener.opening.flatMap { $0.close() }.recover { _ in }
                state.closing[place] = closing
                closing.whenComplete { [weak self] _ in
                    self?.state.withLock { if $0.closing[place] === closing { $0.closing[place] = nil } }
                }
                closed.append(closing)
            }
            return closed
        }
    }

    private func find(_ key: String, at place: HostPort) -> Content? {
        state.withLock { $0.listeners[place]?.claims[key]?.last?.content }
    }

    private func open(
        _ place: HostPort, after previous: EventLoopFuture<Void>, _ loop: any EventLoop
    ) -> EventLoopFuture<any Channel> {
        guard let address = place.address else { return loop.makeFailedFuture(ChannelError.unknownLocalAddress) }
        return previous.flatMap { [self] in
            let bootstrap = ServerBootstrap(group: loop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelOption(.backlog, value: 256)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { [weak self] channel in
                    channel.eventLoop.makeCompletedFuture { try self?.accept(channel, at: place) }
                }
            guard address.protocol == .inet6 else { return bootstrap.bind(to: address) }
            // Else the IPv6 listener would take the IPv4 port as well, which has a listener of its own.
            return bootstrap.serverChannelOption(
                ChannelOptions.socket(.init(IPPROTO_IPV6), .init(IPV6_V6ONLY)), value: 1
            )
            .bind(to: address)
        }
    }

    private func accept(_ channel: any Channel, at place: HostPort) throws {
        let isWelcome = state.withLock { state in
            guard state.connections < Self.mostConnections else { return false }
            state.connections += 1
            return true
        }
        guard isWelcome else { throw ChannelError.operationUnsupported }
        channel.closeFuture.whenComplete { [weak self] _ in self?.state.withLock { $0.connections -= 1 } }
        try prepare(channel) { [weak self] in self?.find($0, at: place) }
    }
}
