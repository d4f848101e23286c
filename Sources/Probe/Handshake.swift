import Automation
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Connects to one address of an endpoint, shakes hands, and takes the chain that is shown.
struct Handshake: Sendable {
    /// How long a server may take to answer our goodbye; it has nothing more to say to us.
    private static let farewell = Duration.milliseconds(200)

    /// What the event loop has begun, and whether anybody still wants it.
    private struct Attempt {
        var channel: (any Channel)?
        var isOver = false
    }

    private let context: NIOSSLContext
    private let serverName: String?
    private let loop: any EventLoop
    private let deadline: Duration
    private let startTLS: StartTLS?

    /// - Throws: `ProbeProblem` where the endpoint's server name can't be sent.
    init(_ endpoint: Endpoint, loop: any EventLoop, deadline: Duration) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.verifySignatureAlgorithms = Self.algorithms(of: endpoint.keyType)
        configuration.certificateVerification = .noHostnameVerification  // and the callback below takes all the rest
        configuration.trustRoots = .certificates([])  // reading the system's takes longer than a handshake
        configuration.shutdownTimeout = TimeAmount(Self.farewell)
        context = try NIOSSLContext(configuration: configuration)
        serverName = try Self.sendable(endpoint)
        self.loop = loop
        self.deadline = deadline
        startTLS = endpoint.startTLS
    }

    /// Never longer than the deadline and a short farewell; the connection is closed when it returns.
    func answer(of address: SocketAddress) async -> Presented.Answer {
        let shown = Awaited<[Data]>()
        let attempt = Mutex(Attempt())
        let connecting = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(deadline))
            .channelInitializer { channel in
                let isOver = attempt.withLock { attempt in
                    attempt.channel = channel
                    return attempt.isOver
                }
                guard !isOver else { return channel.eventLoop.makeFailedFuture(CancellationError()) }
                return prepare(channel, AddressText.text(address), shown)
            }
            .connect(to: address)
        connecting.whenFailure { shown.settle(.failure($0)) }
        let result: Result<[Data], any Error>
        do {
            result = .success(try await shown.value(within: deadline))
        } catch {
            result = .failure(error)
        }
        let channel = attempt.withLock { attempt in
            attempt.isOver = true
            return attempt.channel
        }
        let isConnected = channel?.isActive ?? false
        channel?.close(promise: nil)
        try? await connecting.get().closeFuture.get()
        switch result {
        case .success(let chain) where !chain.isEmpty: return .chain(chain)
        case .success: return .failure("\(AddressText.text(address)) finished the handshake without a certificate.")
        case .failure(let error):
            let problem = ProbeProblem(
                error, at: AddressText.text(address), within: deadline, isConnected: isConnected)
            return .failure(problem.words)
        }
    }

    /// Sets up TLS from the first byte, or from where the server agreed to it.
    private func prepare(
        _ channel: any Channel, _ place: String, _ shown: Awaited<[Data]>
    ) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            guard let startTLS else { return try addTLS(pipeline, shown) }
            try pipeline.addHandler(
                PlainDialogueHandler(PlainDialogue(startTLS), place, shown) { try addTLS(pipeline, shown) })
        }
    }

    /// To be called on the event loop.
    private func addTLS(_ pipeline: ChannelPipeline.SynchronousOperations, _ shown: Awaited<[Data]>) throws {
        let collector = ChainCollector(shown)
        // Every chain is accepted here, on purpose: a probe must also see an expired, foreign or self-signed one, to say
        // what is served. `Proof.judge` compares what was seen with what was published, byte for byte, and that is
        // stricter than any trust store. Completing the handshake still proves that the server holds the leaf's key.
        let tls = try NIOSSLClientHandler(context: context, serverHostname: serverName) { chain, verdict in
            collector.present(chain)
            verdict.succeed(.certificateVerified)
        }
        try pipeline.addHandlers(tls, collector)
    }

    /// A server with several certificates chooses by what the client can verify.
    private static func algorithms(of keyType: KeyType) -> [SignatureAlgorithm] {
        switch keyType {
        case .ecdsaP256, .ecdsaP384: [.ecdsaSecp256R1Sha256, .ecdsaSecp384R1Sha384, .ecdsaSecp521R1Sha512]
        case .rsa2048, .rsa3072, .rsa4096:
            [
                .rsaPssRsaeSha256, .rsaPssRsaeSha384, .rsaPssRsaeSha512, .rsaPkcs1Sha256, .rsaPkcs1Sha384,
                .rsaPkcs1Sha512,
            ]
        }
    }

    /// What goes out as SNI: never an IP address (RFC 6066, 3).
    private static func sendable(_ endpoint: Endpoint) throws -> String? {
        guard let name = endpoint.serverName, (try? SocketAddress(ipAddress: name, port: 0)) == nil else { return nil }
        guard (1...255).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw ProbeProblem("The server name for \(endpoint.host) is empty, too long, or holds a NUL byte.")
        }
        return name
    }
}
