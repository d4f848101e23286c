import Foundation
import Synchronization
import TestPeers

/// Stands before a `Pebble`: counts what is asked, takes time over it, and loses replies.
///
/// Pebble makes its URLs from the Host header, so that those who come to the proxy's directory stay with the proxy.
public final class ACMEProxy: Sendable {
    /// A request that was passed on.
    public struct Passed: Sendable {
        public let kind: RequestKind
        public let method: String
        public let target: String
        public let status: Int
    }

    private struct State {
        var passed: [Passed] = []
        var connections = 0
        /// By kind: how many replies are passed on before one is lost.
        var losses: [RequestKind: [Int]] = [:]
    }

    public let directoryURL: URL
    /// The authority of the proxy's HTTPS certificate (PEM), which clients have to trust.
    public let bundle: URL
    private let latency: Duration
    private let upstream: Upstream
    private let open: OpenConnections
    private let state = Mutex(State())

    private init(directoryURL: URL, bundle: URL, latency: Duration, upstream: Upstream, open: OpenConnections) {
        self.directoryURL = directoryURL
        self.bundle = bundle
        self.latency = latency
        self.upstream = upstream
        self.open = open
    }

    /// Runs it beside `body`.
    ///
    /// - Parameters:
    ///   - directory: takes its files; not that of the pebble.
    ///   - latency: how long one round trip takes; a new connection takes two more (TCP, TLS 1.3).
    public static func withRunning<Result: Sendable>(
        before pebble: Pebble, latency: Duration = .zero, in directory: URL,
        isolation: isolated (any Actor)? = #isolation, _ body: (ACMEProxy) async throws -> Result
    ) async throws -> Result {
        guard let port = pebble.directoryURL.port else { throw PeerFailure("No port: \(pebble.directoryURL)") }
        let certificate = try await LoopbackCertificate.make(in: directory)
        let server = try await LoopbackServer.listen(certificate)
        guard let url = URL(string: "https://127.0.0.1:\(server.port)\(pebble.directoryURL.path)") else {
            throw PeerFailure("No URL: \(pebble.directoryURL.path)")
        }
        let upstream = try Upstream(port: port, trusting: pebble.bundle)
        defer { upstream.close() }
        let proxy = ACMEProxy(
            directoryURL: url, bundle: certificate.authority, latency: latency, upstream: upstream,
            open: server.connections)
        return try await server.serve({ await proxy.pass($0) }) { try await body(proxy) }
    }

    /// What was passed on so far, in the order of the replies.
    public var passed: [Passed] { state.withLock { $0.passed } }
    /// The connections that clients opened so far.
    public var connections: Int { state.withLock { $0.connections } }

    public func count(_ kind: RequestKind) -> Int { passed.count { $0.kind == kind } }

    /// Returns once every client has gone, and all that they had sent was passed on.
    public func settled() async { await open.ended() }

    /// Closes the connection instead of passing on the reply to the `n`-th such request from now on, counted from 1.
    /// The server has done what it was asked by then.
    public func loseReply(to kind: RequestKind, number n: Int = 1) {
        state.withLock { $0.losses[kind, default: []].append(n) }
    }

    private func pass(_ request: ServedRequest) async -> Reply {
        if request.opensConnection { state.withLock { $0.connections += 1 } }
        try? await Task.sleep(for: request.opensConnection ? latency * 3 : latency)
        let kind = Self.kind(of: request.target)
        do {
            var reply = try await upstream.send(request)
            let passed = Passed(kind: kind, method: request.method, target: request.target, status: reply.status)
            let isLost = state.withLock { state in
                state.passed.append(passed)
                guard let waiting = state.losses[kind] else { return false }
                state.losses[kind] = waiting.map { $0 - 1 }.filter { $0 > 0 }
                return waiting.contains(1)
            }
            if isLost { reply.delivery = .lost }
            return reply
        } catch {
            return Reply(502, ["Content-Type": "text/plain"], body: Data("\(error)".utf8))
        }
    }

    /// Pebble's own paths, which are odd so that clients don't guess them.
    private static func kind(of target: String) -> RequestKind {
        let first = target.split(separator: "/").first ?? ""
        return switch first {
        case "dir": .directory
        case "nonce-plz": .newNonce
        case "sign-me-up": .newAccount
        case "order-plz": .newOrder
        case "revoke-cert": .revocation
        case "rollover-account-key": .keyChange
        case "draft-ietf-acme-ari-03", "renewalInfo": .renewalInfo
        case "my-account": .account
        case "my-order": .order
        case "authZ": .authorization
        case "chalZ": .challenge
        case "finalize-order": .finalize
        case "certZ": .certificate
        default: .other
        }
    }
}
