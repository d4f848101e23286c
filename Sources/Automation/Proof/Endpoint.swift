import Foundation

/// Where a proof looks: one host and port, all of its addresses.
public struct Endpoint: Hashable, Codable, Sendable {
    /// A host name or an IP address.
    public var host: String
    public var port: Int
    /// Sent as SNI (RFC 6066, 3); nil sends none.
    public var serverName: String?
    /// Offers only signature algorithms of this kind of key, so that a server with several certificates shows ours.
    public var keyType: KeyType
    /// What is said in plain text first; nil where TLS comes at once.
    public var startTLS: StartTLS?

    public init(host: String, port: Int, serverName: String?, keyType: KeyType, startTLS: StartTLS? = nil) {
        self.host = host
        self.port = port
        self.serverName = serverName
        self.keyType = keyType
        self.startTLS = startTLS
    }
}

/// What one address of an endpoint showed.
public struct Presented: Hashable, Codable, Sendable {
    public enum Answer: Hashable, Codable, Sendable {
        /// DER, leaf first.
        case chain([Data])
        /// No certificate was seen; a sentence that names the address.
        case failure(String)
    }

    /// "192.0.2.7:443" or "[2001:db8::7]:443".
    public var address: String
    public var answer: Answer

    public init(address: String, answer: Answer) {
        self.address = address
        self.answer = answer
    }
}
