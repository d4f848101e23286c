import PluginKit

/// An account at a CA, for people. The form of `issuer account show --output json`.
struct IssuerAccount: Encodable, Sendable {
    var url: String
    /// "valid", "deactivated", "revoked"
    var status: String
    var contact: [String]
    /// "ES256"
    var key: String
    /// SHA-256 of the public key (RFC 7638), base64url.
    var thumbprint: String
    /// The terms that were agreed to.
    var terms: String?
}

/// What people do with the accounts of one kind of issuer. All throw `PluginFailure`.
struct AccountActions: Sendable {
    /// Nil where there is none yet.
    var show: @Sendable (Options, PluginContext) async throws -> IssuerAccount?
    /// Puts a new key in the place of the account's; nil where there is no account.
    var rollOver: @Sendable (Options, PluginContext) async throws -> IssuerAccount?
    /// Closes the account for good.
    /// - Returns: whether the CA knew it.
    var deactivate: @Sendable (Options, PluginContext) async throws -> Bool
}
