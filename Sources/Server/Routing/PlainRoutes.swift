import Automation
import Foundation
import HTTPTypes
import NIOCore

/// Probes, metrics and assets.
enum PlainRoutes {
    static func routes(_ metrics: Metrics) -> [Route] {
        [
            .plain("/healthz") { _ in text("ok\n") },
            .plain("/readyz") { exchange in
                let now = exchange.house.now()
                guard let last = exchange.house.lastPass(), now - last < .minutes(3) else {
                    return text("the scheduler is silent\n", status: .serviceUnavailable)
                }
                // Reads the ledger, and waits for the register where it is being filled.
                try await exchange.house.register.freshen(at: now)
                return text("ok\n")
            },
            .plain("/metrics") { exchange in
                try requireReader(of: exchange)
                return text(
                    try await MetricsText(exchange.house, metrics).text(),
                    type: "text/plain; version=0.0.4; charset=utf-8")
            },
            .plain("/assets/{name}") { exchange in
                guard let asset = AssetShelf.asset(try exchange.parameter("name")) else { throw Problem.notFound }
                return Reply(
                    .ok, headers: [.contentType: asset.type], body: .bytes(ByteBuffer(bytes: asset.bytes)))
            },
        ]
    }

    /// Metrics count all certificates: who sees a part of them reads none.
    private static func requireReader(of exchange: Exchange) throws(Problem) {
        let readers = exchange.house.settings.metrics
        if readers == .open || readers == .local && exchange.isLocal { return }
        guard let visitor = exchange.visitor else {
            throw Problem(
                401, "metrics.closed", "Metrics are not for everybody.",
                remedy: readers == .local
                    ? "Read them on certflow's own machine, or send a token as `Authorization: Bearer TOKEN`."
                    : "Send a token as `Authorization: Bearer TOKEN`.")
        }
        guard visitor.may(.read), visitor.scope.isEmpty else { throw Problem.notAllowed }
    }

    static func text(
        _ text: String, status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8"
    ) -> Reply {
        Reply(status, headers: [.contentType: type], body: .bytes(ByteBuffer(string: text)))
    }
}
