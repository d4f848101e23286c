import Foundation
import Synchronization

/// Stands between a client and a server on loopback, and passes on what they say until it is told otherwise.
public final class Relay: Sendable {
    /// What happens to a connection.
    public struct Behaviour: Sendable {
        public enum Limit: Sendable { case cut, stall }

        /// After so many bytes from the client, or from the server, of each connection.
        public var fromClient: Int?
        public var fromServer: Int?
        public var atLimit = Limit.cut
        /// Before each piece is passed on.
        public var delay = Duration.zero
        /// How much later each piece arrives, each way, however many are under way: a longer line.
        public var latency = Duration.zero

        public init(
            fromClient: Int? = nil, fromServer: Int? = nil, atLimit: Limit = .cut, delay: Duration = .zero,
            latency: Duration = .zero
        ) {
            self.fromClient = fromClient
            self.fromServer = fromServer
            self.atLimit = atLimit
            self.delay = delay
            self.latency = latency
        }
    }

    private struct State {
        var behaviour = Behaviour()
        /// How many connections it is still for.
        var left = Int.max
        var connections: [(client: Int32, server: Int32)] = []
        var accepted = 0
        var passed = (fromClient: 0, fromServer: 0)
        var isEnded = false
        var isStalled = false
    }

    public let port: Int
    private let upstream: Int
    private let listener: Int32
    private let state = Mutex(State())

    /// Runs one before `upstream`, a port of 127.0.0.1, beside `body`.
    public static func withRunning<Result: Sendable>(
        before upstream: Int, isolation: isolated (any Actor)? = #isolation, _ body: (Relay) async throws -> Result
    ) async throws -> Result {
        let relay = try Relay(before: upstream)
        defer { relay.end() }
        return try await body(relay)
    }

    /// Of the next `count` connections; those after them are passed on whole.
    public func behave(_ behaviour: Behaviour, for count: Int = .max) {
        state.withLock { state in
            state.behaviour = behaviour
            state.left = count
        }
    }

    /// Cuts all connections that there are.
    public func cut() {
        state.withLock { state in
            for (client, server) in state.connections {
                shutdown(client, Int32(SHUT_RDWR))
                shutdown(server, Int32(SHUT_RDWR))
            }
        }
    }

    /// Lets nothing more through on the connections that there are, and leaves them open.
    public func stallNow() { state.withLock { $0.isStalled = true } }

    /// How many connections there are now.
    public var open: Int { state.withLock { $0.connections.count } }

    /// How many there were.
    public var accepted: Int { state.withLock { $0.accepted } }

    /// Bytes, of all connections.
    public var passed: (fromClient: Int, fromServer: Int) { state.withLock { $0.passed } }

    private init(before upstream: Int) throws {
        self.upstream = upstream
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 128) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard bound else { throw PeerFailure("The relay can't listen: \(String(cString: strerror(errno))).") }
        port = Int(in_port_t(bigEndian: address.sin_port))
        Thread { [self] in accept() }.start()
    }

    private func end() {
        state.withLock { $0.isEnded = true }
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { break }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var address = Self.address(upstream)
            let connected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            var on: Int32 = 1
            for end in [client, server] {
                setsockopt(end, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
            }
            let behaviour = state.withLock { state in
                state.accepted += 1
                state.connections.append((client, server))
                guard !state.isEnded, connected else { return Behaviour(fromClient: 0) }
                guard state.left > 0 else { return Behaviour() }
                state.left -= 1
                return state.behaviour
            }
            let open = Pair(client, server)
            Thread { [self] in pass(open, client, server, behaviour.fromClient, behaviour) { $0.fromClient += $1 } }
                .start()
            Thread { [self] in pass(open, server, client, behaviour.fromServer, behaviour) { $0.fromServer += $1 } }
                .start()
        }
        close(listener)
    }

    private func pass(
        _ open: Pair, _ source: Int32, _ target: Int32, _ limit: Int?, _ behaviour: Behaviour,
        _ count: (inout (fromClient: Int, fromServer: Int), Int) -> Void
    ) {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        var left = limit ?? .max
        let line = behaviour.latency > .zero ? DelayLine(behaviour.latency) { Self.sendAll(target, $0) } : nil
        while true {
            let read = recv(source, &buffer, buffer.count, 0)
            guard read > 0 else { break }
            if behaviour.delay > .zero {
                usleep(UInt32(clamping: behaviour.delay.components.attoseconds / 1_000_000_000_000))
            }
            if state.withLock({ $0.isStalled }) { continue }
            let allowed = min(read, left)
            left -= allowed
            guard line?.add(buffer[..<allowed]) ?? Self.sendAll(target, buffer[..<allowed]) else { break }
            state.withLock { count(&$0.passed, allowed) }
            guard left > 0 || limit == nil else {
                if case .stall = behaviour.atLimit { while recv(source, &buffer, buffer.count, 0) > 0 {} }
                break
            }
        }
        line?.end()
        open.leave { client, server in
            state.withLock { state in state.connections.removeAll { $0.client == client && $0.server == server } }
        }
    }

    private static func sendAll(_ target: Int32, _ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    /// The two sockets of a connection, closed when both directions have ended.
    private final class Pair: Sendable {
        private let client: Int32
        private let server: Int32
        private let users = Mutex(2)

        init(_ client: Int32, _ server: Int32) {
            self.client = client
            self.server = server
        }

        func leave(_ forget: (Int32, Int32) -> Void) {
            shutdown(client, Int32(SHUT_RDWR))
            shutdown(server, Int32(SHUT_RDWR))
            users.withLock { users in
                users -= 1
                guard users == 0 else { return }
                forget(client, server)
                close(client)
                close(server)
            }
        }
    }
}
