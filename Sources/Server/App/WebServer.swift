import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// Pages and API, served.
public struct WebServer: Sendable {
    private let house: House
    private let certificate: ServingCertificate?
    private let onRunning: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - certificate: nil where a proxy does TLS.
    ///   - onRunning: told the port, once it answers there.
    public init(
        _ house: House, certificate: ServingCertificate?, onRunning: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.house = house
        self.certificate = certificate
        self.onRunning = onRunning
    }

    /// How long requests under way may take to end.
    private static let grace = Duration.seconds(10)

    /// Serves until the task is cancelled: then requests under way are finished first.
    public func run() async throws {
        let metrics = Metrics()
        let gate = Gate(house, routes: RouteTable.routes(metrics), metrics: metrics)
        let configuration = HTTP1Channel.Configuration(
            idleTimeout: TimeAmount(house.settings.patience.idle),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
        let certificate = certificate
        let patience = house.settings.patience.write
        let server = HTTPServerBuilder { responder in
            let plain = HTTP1Channel(responder: responder, configuration: configuration)
            guard let certificate else { return PatientChannel(base: plain, patience: patience) }
            return PatientChannel(base: TLSGate(base: plain, certificate: certificate), patience: patience)
        }
        let onRunning = onRunning
        let application = Application(
            responder: gate, server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(house.settings.host, port: house.settings.port), serverName: nil, backlog: 1024),
            onServerRunning: { channel in onRunning(channel.localAddress?.port ?? 0) }, logger: house.log)
        var services = ServiceGroupConfiguration(services: [application], logger: house.log)
        services.maximumGracefulShutdownDuration = Self.grace
        let group = ServiceGroup(configuration: services)
        // A task of its own: whoever cancels this one wants requests to end, not to be cut off.
        let serving = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }
}
