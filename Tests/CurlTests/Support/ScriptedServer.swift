import Curl
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TestPeers

/// An HTTPS server for `localhost` that answers what a test says, byte for byte, with HTTP/1.1 or what goes for it.
struct ScriptedServer: Sendable {
    enum Answer: Sendable {
        case says(String)
        case saysAndCloses(String)
        /// Does not wait until the other side has closed too, and leaves TLS open.
        case saysAndDrops(String)
        /// Says this again and again.
        case repeats(String)
        case closes
        case resets
        /// Says nothing, and keeps the connection.
        case silent
    }

    /// A request as it came: the number of its connection and its own on that, both from 0, and its text.
    struct Request: Sendable {
        var connection: Int
        var number: Int
        var text: String
    }

    let port: Int
    let bundle: String
    private let signals: Signals

    /// Runs it beside `body`.
    static func withRunning<Result: Sendable>(
        _ answer: @escaping @Sendable (Request) -> Answer, _ body: (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let certificate = try await OpenSSL(in: directory).certificate("localhost", .ecdsa, isAuthority: true)
            let context = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: NIOSSLCertificate.fromPEMFile(certificate.chain.path).map { .certificate($0) },
                    privateKey: .privateKey(NIOSSLPrivateKey(file: certificate.key.path, format: .pem))))
            let signals = Signals()
            let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .childChannelInitializer { channel in
                    let number = signals.connections.withLock { count in
                        defer { count += 1 }
                        return count
                    }
                    channel.closeFuture.whenComplete { _ in signals.closed.continuation.yield() }
                    return channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                        try channel.pipeline.syncOperations.addHandler(Speaker(answer, signals, connection: number))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let server = ScriptedServer(
                port: listener.localAddress?.port ?? 0, bundle: certificate.chain.path, signals: signals)
            do {
                let result = try await body(server)
                try await listener.close()
                return result
            } catch {
                try? await listener.close()
                throw error
            }
        }
    }

    /// The requests that came so far.
    var requests: [Request] { signals.requests.withLock { $0 } }

    /// Returns when so many requests have come, since the last time it was asked.
    func waitForRequests(_ count: Int) async {
        var left = count
        for await _ in signals.asked.stream {
            left -= 1
            if left == 0 { return }
        }
    }

    /// Returns when the kernel knows that the server closed what it had: no connection to its port is in state
    /// ESTABLISHED, 1, in proc(5)'s table of addresses and ports in hexadecimal.
    func waitUntilClientKnows() async throws {
        let place = ":" + String(format: "%04X", port)
        while true {
            let connections = try String(contentsOfFile: "/proc/self/net/tcp", encoding: .utf8)
            let isOpen = connections.split(separator: "\n").contains { line in
                let fields = line.split(separator: " ")
                return fields.count > 3 && fields[2].hasSuffix(place) && fields[3] == "01"
            }
            if !isOpen { return }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Returns when a connection has been closed.
    func waitForClosed() async {
        for await _ in signals.closed.stream { return }
    }

    private final class Signals: Sendable {
        let connections = Mutex(0)
        let requests = Mutex<[Request]>([])
        let asked = AsyncStream<Void>.makeStream()
        let closed = AsyncStream<Void>.makeStream()
    }

    private final class Speaker: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: @Sendable (Request) -> Answer
        private let signals: Signals
        private let connection: Int
        private var count = 0
        private var pending = ""

        init(_ answer: @escaping @Sendable (Request) -> Answer, _ signals: Signals, connection: Int) {
            self.answer = answer
            self.signals = signals
            self.connection = connection
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pending += String(buffer: unwrapInboundIn(data))
            while let text = next() {
                let request = Request(connection: connection, number: count, text: text)
                count += 1
                signals.requests.withLock { $0.append(request) }
                act(answer(request), context)
                signals.asked.continuation.yield()
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        /// The first whole request of what came: its header, and as much of a body as that announces.
        private func next() -> String? {
            guard let end = pending.range(of: "\r\n\r\n")?.upperBound else { return nil }
            let header = pending[..<end].lowercased()
            let length =
                header.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
            guard let bodyEnd = pending.utf8.index(end, offsetBy: length, limitedBy: pending.endIndex) else {
                return nil
            }
            defer { pending = String(pending[bodyEnd...]) }
            return String(pending[..<bodyEnd])
        }

        private func act(_ answer: Answer, _ context: ChannelHandlerContext) {
            switch answer {
            case .says(let text): say(text, context)
            case .saysAndCloses(let text):
                say(text, context)
                context.close(promise: nil)
            case .saysAndDrops(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)))
                    .whenComplete { [pipeline = context.pipeline] _ in Self.drop(pipeline) }
            case .repeats(let text): again(text, context)
            case .closes: context.close(promise: nil)
            case .resets:
                (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                    .whenComplete { [pipeline = context.pipeline] _ in Self.drop(pipeline) }
            case .silent: break
            }
        }

        /// Closes from below TLS, which would say that it closes, and wait.
        private static func drop(_ pipeline: ChannelPipeline) {
            pipeline.context(handlerType: NIOSSLServerHandler.self).whenSuccess { $0.close(promise: nil) }
        }

        private func say(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }

        private func again(_ text: String, _ context: ChannelHandlerContext) {
            let context = NIOLoopBound(context, eventLoop: context.eventLoop)
            let speaker = NIOLoopBound(self, eventLoop: context.value.eventLoop)
            context.value.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)))
                .whenSuccess { speaker.value.again(text, context.value) }
        }
    }
}

extension ScriptedServer {
    func request(_ method: String = "GET", body: Data? = nil, timeout: Duration = .seconds(20)) -> HTTPRequest {
        HTTPRequest(method, "https://localhost:\(port)/", body: body, trust: .bundle(path: bundle), timeout: timeout)
    }

    /// Sends one request with a client of its own.
    func send(
        _ method: String = "GET", body: Data? = nil, timeout: Duration = .seconds(20)
    ) async throws -> HTTPResponse {
        let client = HTTPClient()
        do {
            let answer = try await client.send(request(method, body: body, timeout: timeout))
            await client.close()
            return answer
        } catch {
            await client.close()
            throw error
        }
    }
}
