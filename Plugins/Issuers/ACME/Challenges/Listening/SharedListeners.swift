import NIOCore
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
        /// What is presented, by key: two orders may prove one name at once. The newest is shown.
        var claims: [String: [(claim: String, content: Content)]] = [:]
        var opening: EventLoopFuture<Door>

        func holds(_ claim: String) -> Bool { claims.values.contains { $0.contains { $0.claim == claim } } }
    }

    private struct State {
        var listeners: [HostPort: Listener] = [:]
        /// Those that are being closed: the next one has to wait for its port.
        var closing: [HostPort: EventLoopFuture<Void>] = [:]
        /// When claims end by themselves.
        var ends: [String: Scheduled<Void>] = [:]
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
            let end = loop.scheduleTask(in: Self.longestClaim) { [weak self] in
                _ = self?.take { $0 == claim }
            }
            state.withLock { $0.ends.updateValue(end, forKey: claim) }?.cancel()
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

    /// Takes back everything; returns when the ports are free.
    func close() async {
        for closing in take({ _ in true }) { try? await closing.get() }
    }

    private func remove(_ claim: String) async {
        for closing in take({ $0 == claim }) { try? await closing.get() }
    }

    private func enter(
        _ content: Content, _ key: String, _ claim: String, _ place: HostPort, _ loop: any EventLoop
    ) -> EventLoopFuture<Door> {
        state.withLock { state in
            var listener =
                state.listeners[place]
                ?? Listener(opening: open(place, after: state.closing[place] ?? loop.makeSucceededVoidFuture(), loop))
            listener.claims[key, default: []].removeAll { $0.claim == claim }
            listener.claims[key, default: []].append((claim, content))
            state.listeners[place] = listener
            return listener.opening
        }
    }

    /// - Returns: the listeners that are being closed for it.
    private func take(_ isMeant: (_ claim: String) -> Bool) -> [EventLoopFuture<Void>] {
        let closed = state.withLock { state in
            for claim in state.ends.keys.filter(isMeant) { state.ends.removeValue(forKey: claim)?.cancel() }
            var closed: [(place: HostPort, closing: EventLoopFuture<Void>)] = []
            for (place, var listener) in state.listeners {
                for key in listener.claims.keys { listener.claims[key]?.removeAll { isMeant($0.claim) } }
                listener.claims = listener.claims.filter { !$0.value.isEmpty }
                state.listeners[place] = listener.claims.isEmpty ? nil : listener
                guard listener.claims.isEmpty else { continue }
                let closing = listener.opening.flatMap { $0.close() }.recover { _ in }
                state.closing[place] = closing
                closed.append((place, closing))
            }
            return closed
        }
        for (place, closing) in closed {  // not under the lock: where it is done already, this runs here and now
            closing.whenComplete { [weak self] _ in
                self?.state.withLock { if $0.closing[place] === closing { $0.closing[place] = nil } }
            }
        }
        return closed.map(\.closing)
    }

    private func find(_ key: String, at place: HostPort) -> Content? {
        state.withLock { $0.listeners[place]?.claims[key]?.last?.content }
    }

    private func open(
        _ place: HostPort, after previous: EventLoopFuture<Void>, _ loop: any EventLoop
    ) -> EventLoopFuture<Door> {
        guard let address = place.address else { return loop.makeFailedFuture(ChannelError.unknownLocalAddress) }
        return previous.flatMap {
            Door.open(address, on: loop) { [weak self] channel in try self?.accept(channel, at: place) }
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
