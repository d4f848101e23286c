import Curl
import Foundation
import PluginKit

/// Certificates from any CA that speaks ACME (RFC 8555), with its advice on when to renew (RFC 9773).
///
/// The account's key stands in the profile's sealed state; it is stored before the CA hears of it. Orders are recorded
/// in the host's journal, and resumed from there.
public enum ACME {
    public static let manifest = Manifest(
        name: "acme", kind: .issuer, version: "1",
        summary: "Any CA that speaks ACME: Let's Encrypt, ZeroSSL, Google Trust Services, step-ca and others.",
        capabilities: [.check, .advice, .revoke, .lookup, .rehearse], options: schema, concurrency: 64)

    /// What a registry holds. The client stays the caller's, who closes it after the backend.
    /// - Parameter version: of certflow, as requests tell it to CAs (RFC 8555, 6.1).
    public static func backend(_ client: HTTPClient, version: String? = nil) -> Backend<any Issuer> {
        let others = HTTPClient(connectionsPerHost: 2)
        return backend(
            Transport(client, others: others), product: product(version), close: { await others.close() })
    }

    static func product(_ version: String? = nil) -> String { version.map { "certflow/\($0)" } ?? "certflow" }

    /// - Parameters:
    ///   - product: what requests call themselves, "certflow/1.0".
    ///   - close: ends what the transport keeps open.
    static func backend(
        _ transport: Transport, product: String, close: @escaping @Sendable () async -> Void = {}
    ) -> Backend<any Issuer> {
        let listeners = ChallengeListeners()
        return backend(
            transport, product: product,
            solvers: { profile, context in ChallengeSolvers(try ChallengeSettings(profile), context, listeners) },
            close: {
                await listeners.close()
                await close()
            })
    }

    static func backend(
        _ transport: Transport, product: String,
        solvers: @escaping @Sendable (Options, PluginContext) async throws -> ChallengeSolvers,
        close: @escaping @Sendable () async -> Void = {}
    ) -> Backend<any Issuer> {
        let shared = Shared(transport, product: product)
        return Backend<any Issuer>(
            manifest,
            make: { profile, context in
                ACMEIssuer(
                    settings: try ACMESettings(profile, isRehearsal: context.isRehearsal), context: context,
                    solvers: try await solvers(profile, context), shared: shared)
            },
            close: {
                shared.removeAll()
                await close()
            })
    }
}
