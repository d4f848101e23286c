import Foundation
import HummingbirdCore
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// The certificate that new connections are served with; changes without a restart.
public final class ServingCertificate: Sendable {
    private let context: Mutex<NIOSSLContext?>
    private let fingerprint = Mutex<String>("")

    public init() { context = Mutex(nil) }

    /// - Parameters:
    ///   - chain: DER, the leaf first.
    ///   - key: PKCS#8 in DER.
    ///   - name: of what it is, to tell whether it changed.
    public func serve(chain: [Data], key: Data, named name: String) throws {
        let certificates = try chain.map { try NIOSSLCertificate(bytes: [UInt8]($0), format: .der) }
        let privateKey = try NIOSSLPrivateKey(bytes: [UInt8](key), format: .der)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        let made = try NIOSSLContext(configuration: configuration)
        context.withLock { $0 = made }
        fingerprint.withLock { $0 = name }
    }

    /// What is served now; empty where nothing is.
    public var current: String { fingerprint.withLock { $0 } }

    func handler() throws -> NIOSSLServerHandler {
        guard let context = context.withLock({ $0 }) else { throw ChannelError.inappropriateOperationForState }
        return NIOSSLServerHandler(context: context)
    }
}

/// Puts TLS, with the certificate of this moment, before another channel.
struct TLSGate<Base: ServerChildChannel>: ServerChildChannel {
    typealias Value = Base.Value

    let base: Base
    let certificate: ServingCertificate

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(certificate.handler())
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
