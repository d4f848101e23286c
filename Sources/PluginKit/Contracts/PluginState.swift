import Foundation

/// A sealed, durable, small store scoped to one profile: account keys, root keys, tokens.
public protocol PluginState: Sendable {
    func value(_ key: String) async throws -> Secret?
    /// Stores `new` where the SHA-256 of the current value is `replacing` (nil: where there is none).
    /// - Returns: false when someone else was first.
    func store(_ new: Secret, _ key: String, replacing: Data?) async throws -> Bool
}

extension Secret {
    /// SHA-256 of the bytes, as `PluginState.store` compares them.
    public var sha256: Data { withBytes { Data(SHA256.digest(Array($0))) } }
}
