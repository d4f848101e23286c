/// What a request to an ACME server is about (RFC 8555, 7.1).
public enum RequestKind: String, CaseIterable, Sendable {
    case directory, newNonce, newAccount, newOrder, revocation, keyChange, renewalInfo
    case account, order, authorization, challenge, finalize, certificate
    case other
}
