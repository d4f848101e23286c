/// Why there is no answer.
public struct TransferFailure: Error, Sendable, Equatable {
    public enum Kind: String, Sendable {
        /// The URL is not one, or its scheme is not `https`: nothing was sent.
        case refusedURL
        /// The name is unknown, the connection was refused or timed out: nothing was sent.
        case unreachable
        /// The name leads to addresses that this request may not reach: nothing was sent.
        case refusedAddress
        /// The server's certificate is not trusted or not for this name: nothing was sent.
        case untrusted
        /// It broke off after the request may have been sent: it may have had its effect.
        case broken
        /// The answer is larger than allowed, or not HTTP.
        case malformed
        /// The caller's machine: out of memory or descriptors, an unreadable CA bundle.
        case local
    }

    public var kind: Kind
    /// What failed, naming the host; no header or body of the request.
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
