import Curl
import Foundation
import PluginKit

extension ACME {
    /// What the CA says about the profile's account; nil where there is none yet.
    /// - Throws: `PluginFailure`, `CancellationError`, and what the state throws; so do all functions here.
    public static func account(
        _ profile: Options, _ context: PluginContext, _ client: HTTPClient
    ) async throws -> AccountFacts? {
        try await account(profile, context, Transport(client, others: HTTPClient(connectionsPerHost: 2)))
    }

    /// Puts a new key in the place of the account's. After a crash or a lost answer the next call, or the next renewal,
    /// finds out which of the two holds.
    @discardableResult
    public static func rollOverKey(
        _ profile: Options, _ context: PluginContext, _ client: HTTPClient
    ) async throws -> AccountFacts? {
        try await rollOverKey(profile, context, Transport(client, others: HTTPClient(connectionsPerHost: 2)))
    }

    /// Closes the account for good, and forgets its key: also where the CA has forgotten it. The next renewal makes
    /// another.
    /// - Returns: whether the CA still knew the account.
    @discardableResult
    public static func deactivateAccount(
        _ profile: Options, _ context: PluginContext, _ client: HTTPClient
    ) async throws -> Bool {
        try await deactivateAccount(profile, context, Transport(client, others: HTTPClient(connectionsPerHost: 2)))
    }

    static func account(
        _ profile: Options, _ context: PluginContext, _ transport: Transport
    ) async throws -> AccountFacts? {
        try await desk(profile, context, transport) { try await $0.facts() }
    }

    @discardableResult
    static func rollOverKey(
        _ profile: Options, _ context: PluginContext, _ transport: Transport
    ) async throws -> AccountFacts? {
        try await desk(profile, context, transport) { desk in
            _ = try await desk.rollOver()
            return try await desk.facts()
        }
    }

    @discardableResult
    static func deactivateAccount(
        _ profile: Options, _ context: PluginContext, _ transport: Transport
    ) async throws -> Bool {
        try await desk(profile, context, transport) { try await $0.deactivate() }
    }

    private static func desk<Result: Sendable>(
        _ profile: Options, _ context: PluginContext, _ transport: Transport,
        _ body: (AccountDesk) async throws -> Result
    ) async throws -> Result {
        let settings = try ACMESettings(profile, isRehearsal: context.isRehearsal)
        let shared = Shared(transport, product: product())
        return try await PluginFailure.translating(context.clock) {
            let session = try await shared.session(settings, context.clock)
            return try await body(AccountDesk(settings, session, context, shared))
        }
    }
}
