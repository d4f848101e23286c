import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import TestPeers

/// An HTTPS server for `localhost` that keeps every request whole and answers what a test says.
struct RecordingServer: Sendable {
    struct Request: Sendable, Equatable {
        var method: String
        /// Path and query, as they came.
        var target: String
        var headers: [String: String]
        var body: String
    }

    struct Answer: Sendable {
        var status = 200
        var headers: [(String, String)] = []
        var body = ""
        /// Closes the connection instead of answering.
        var isLost = false
        /// Never answers.
        var isSilent = false

        static func json(_ text: String, status: Int = 200, headers: [(String, String)] = []) -> Answer {
            Answer(status: status, headers: headers + [("Content-Type", "application/json")], body: text)
        }

        static let lost = Answer(isLost: true)
        static let silent = Answer(isSilent: true)
    }

    let port: Int
    let bundle: URL
    private let seen: Seen

    var url: String { "https://localhost:\(port)" }
    var requests: [Request] { seen.requests.withLock { $0 } }

    private final class Seen: Sendable {
        let requests = Mutex<[Request]>([])
        let asked = AsyncStream<Void>.makeStream()
    }

    /// Returns when another request has come; a minute at most, which is long.
    func waitForRequest() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { [seen] in
                for await _ in seen.asked.stream { return true }
                return false
            }
            group.addTask {
                try await Task.sleep(for: .seconds(60))
                return false
            }
            let hasCome = try await group.next() ?? false
            group.cancelAll()
            guard hasCome else { throw PeerFailure("No request came within a minute.") }
        }
    }

    /// Runs it beside `body`.
    /// - Parameters:
    ///   - clientAuthority: whose certificates a client must show, if any.
    ///   - answer: is also told how many requests came before.
    static func withRunning<Result: Sendable>(
        in directory: URL, clientAuthority: URL? = nil,
        _ answer: @escaping @Sendable (Request, Int) -> Answer, _ body: (RecordingServer) async throws -> Result
    ) async throws -> Result {
        let certificate = try await LoopbackCertificate.make(in: directory)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate.chain.path).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: certificate.key.path, format: .pem)))
        if let clientAuthority {
            configuration.trustRoots = .file(clientAuthority.path)
            configuration.certificateVerification = .noHostnameVerification
        }
        let context = try NIOSSLContext(configuration: configuration)
        let seen = Seen()
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try channel.pipeline.syncOperations.addHandler(Handler(answer, seen))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = RecordingServer(
            port: listener.localAddress?.port ?? 0, bundle: certificate.authority, seen: seen)
        do {
            let result = try await body(server)
            try await listener.close()
            return result
        } catch {
            try? await listener.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let answer: @Sendable (Request, Int) -> Answer
        private let seen: Seen
        private var request: Request?

        init(_ answer: @escaping @Sendable (Request, Int) -> Answer, _ seen: Seen) {
            self.answer = answer
            self.seen = seen
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                request = Request(
                    method: head.method.rawValue, target: head.uri,
                    headers: Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" },
                    body: "")
            case .body(let buffer): request?.body += String(buffer: buffer)
            case .end:
                guard let request else { return }
                let before = seen.requests.withLock { requests in
                    requests.append(request)
                    return requests.count - 1
                }
                seen.asked.continuation.yield()
                reply(answer(request, before), context)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        private func reply(_ answer: Answer, _ context: ChannelHandlerContext) {
            guard !answer.isSilent else { return }
            guard !answer.isLost else { return context.close(promise: nil) }
            var headers = HTTPHeaders(answer.headers)
            headers.add(name: "Content-Length", value: String(answer.body.utf8.count))
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
