import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TestPeers

/// An HTTPS server on 127.0.0.1 that sends what its handler says, well-formed or not.
struct LoopbackServer: Sendable {
    typealias Handler = @Sendable (ServedRequest) async -> Reply
    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, ByteBuffer>

    private static let longestBody = 16 << 20
    private static let chunk = ByteBuffer(repeating: UInt8(ascii: "a"), count: 64 << 10)

    let port: Int
    let connections = OpenConnections()
    private let listener: NIOAsyncChannel<Connection, Never>

    /// Listens on a port that the kernel chooses.
    static func listen(_ certificate: LoopbackCertificate) async throws -> LoopbackServer {
        let chain = try NIOSSLCertificate.fromPEMFile(certificate.chain.path).map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(file: certificate.key.path, format: .pem)
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 256)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        guard let port = listener.channel.localAddress?.port else { throw PeerFailure("The server has no port.") }
        return LoopbackServer(port: port, listener: listener)
    }

    /// Serves beside `body`, and ends all connections after it.
    func serve<Result: Sendable>(
        _ handler: @escaping Handler, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await accept(handler) }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    private func accept(_ handler: @escaping Handler) async throws {
        try await listener.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { group in
                for try await connection in connections {
                    self.connections.change(by: 1)
                    group.addTask {
                        // How one connection ends, also in its TLS handshake, is nothing to the others.
                        try? await Self.talk(over: connection, handler)
                        self.connections.change(by: -1)
                    }
                }
            }
        }
    }

    private static func talk(over connection: Connection, _ handler: Handler) async throws {
        try await connection.executeThenClose { inbound, outbound in
            var head: HTTPRequestHead?
            var body = Data()
            var isFirst = true
            for try await part in inbound {
                switch part {
                case .head(let new):
                    head = new
                    body = Data()
                case .body(let bytes):
                    body.append(contentsOf: bytes.readableBytesView)
                    guard body.count <= longestBody else { return }
                case .end:
                    guard let head else { return }
                    let request = ServedRequest(
                        method: head.method.rawValue, target: head.uri, headers: head.headers, body: body,
                        opensConnection: isFirst)
                    isFirst = false
                    guard try await deliver(await handler(request), to: request, outbound) else { return }
                }
            }
        }
    }

    /// - Returns: whether the connection goes on.
    private static func deliver(
        _ reply: Reply, to request: ServedRequest, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws -> Bool {
        let body = request.method == "HEAD" ? Data() : reply.body
        switch reply.delivery {
        case .whole:
            try await outbound.write(message(reply, body))
            return true
        case .lost:
            return false
        case .cut:
            let whole = message(reply, body)
            try await outbound.write(whole.getSlice(at: 0, length: whole.readableBytes - body.count / 2 - 1) ?? whole)
            return false
        case .drip(let pause):
            for byte in message(reply, body).readableBytesView {
                try await outbound.write(ByteBuffer(bytes: [byte]))
                try await Task.sleep(for: pause)
            }
            return true
        case .endlessHeader:
            try await outbound.write(reply.head(withLength: false))
            try await outbound.write(ByteBuffer(string: "X-Endless: "))
        case .endlessBody:
            try await outbound.write(reply.head(withLength: false))
            try await outbound.write(ByteBuffer(string: "Connection: close\r\n\r\n"))
        }
        while true { try await outbound.write(chunk) }
    }

    private static func message(_ reply: Reply, _ body: Data) -> ByteBuffer {
        var message = reply.head(withLength: true)
        message.writeString("\r\n")
        message.writeBytes(body)
        return message
    }
}
