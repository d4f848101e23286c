import Automation
import Foundation
import PluginKit
import Storage

/// A plug-in's small store in the ledger, sealed, scoped to one profile.
public struct SealedPluginState: PluginState {
    private let ledger: any Ledger
    private let vault: Vault
    private let scope: String
    private let actor: String
    private let now: @Sendable () -> Instant

    /// - Parameters:
    ///   - scope: "issuing/local-authority"
    ///   - actor: who stores something: stands in the audit trail.
    public init(
        ledger: any Ledger, vault: Vault, scope: String, actor: String = "runner",
        now: @escaping @Sendable () -> Instant
    ) {
        self.ledger = ledger
        self.vault = vault
        self.scope = scope
        self.actor = actor
        self.now = now
    }

    public func value(_ key: String) async throws -> Secret? {
        guard let record = try await ledger.pluginState(scope: scope, key: key) else { return nil }
        return try vault.open(record.sealed, Vault.Place.state(scope, key))
    }

    public func store(_ new: Secret, _ key: String, replacing: Data?) async throws -> Bool {
        // Plug-ins compare plain SHA-256 digests; what is stored and compared is keyed, so that it tells nothing.
        let digest = vault.code(Digests.sha256(new))
        let record = PluginStateRecord(
            scope: scope, key: key, sealed: try vault.seal(new, Vault.Place.state(scope, key)), digest: digest)
        let event = EventDraft(
            at: now(), actor: actor, kind: "plugin-state.stored", subject: "\(scope)/\(key)")
        let change = Change([.putPluginState(record, replacing: replacing.map(vault.code))], events: [event])
        let outcome = try await ledger.commit(change, under: nil)
        switch outcome {
        case .applied: return true
        case .conflict: return false
        case .fenceLost: throw WorkStopped.leaseLost
        }
    }
}
