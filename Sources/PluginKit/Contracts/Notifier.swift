/// Something a person should know. Sent at least once: `id` lets the receiver drop a repetition.
public struct Notice: Codable, Sendable, Hashable {
    public var id: String
    public var title: String
    public var body: String
    /// The certificate it is about.
    public var certificate: String?

    public init(id: String, title: String, body: String, certificate: String? = nil) {
        self.id = id
        self.title = title
        self.body = body
        self.certificate = certificate
    }
}

/// A backend that tells people.
public protocol Notifier: Sendable {
    func send(_ notice: Notice) async throws
}
