import Automation

/// Something that the server keeps of people and their requests, whole in one row: an account, a session, a token.
///
/// Its body is the keeper's own; the ledger only finds it by its key and its owner, and forgets it after its end.
public struct DocumentRecord: Hashable, Sendable {
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case account, session, token, answer
    }

    public var kind: Kind
    /// Names it among its kind. What opens doors stands here as a hash only.
    public var key: String
    /// The key of the account that it belongs to; empty where it belongs to none.
    public var owner: String
    /// When it means nothing any more.
    public var endsAt: Instant
    /// Counts its changes; 0 where it is not stored yet.
    public var revision: Int
    /// JSON. No secret stands in here in clear.
    public var body: String

    public init(
        _ kind: Kind, _ key: String, owner: String = "", endsAt: Instant = .distantFuture, revision: Int = 0,
        body: String
    ) {
        self.kind = kind
        self.key = key
        self.owner = owner
        self.endsAt = endsAt
        self.revision = revision
        self.body = body
    }
}
