/// The protocol whose dialogue in plain text comes before TLS, where a service does not begin with TLS.
public enum StartTLS: String, Hashable, Codable, Sendable, CaseIterable {
    /// RFC 3207.
    case smtp
    /// RFC 9051, 6.2.1.
    case imap
    /// RFC 2595, 4.
    case pop3
    /// PostgreSQL: SSLRequest of its frontend/backend protocol.
    case postgresql
    /// RFC 4511, 4.14.
    case ldap
}
