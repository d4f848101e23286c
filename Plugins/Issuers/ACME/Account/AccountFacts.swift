/// What is known of an account, for people.
public struct AccountFacts: Codable, Sendable, Equatable {
    /// Names the account at the CA; CAA records may name it too (RFC 8657).
    public var url: String
    /// "valid", "deactivated" or "revoked".
    public var status: String
    public var contact: [String]
    /// "ES256", "ES384" or "RS256".
    public var keyAlgorithm: String
    /// SHA-256 of the public key (RFC 7638), base64url.
    public var thumbprint: String
    /// The terms that were agreed to.
    public var terms: String?
}
