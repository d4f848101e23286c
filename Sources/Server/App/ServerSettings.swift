import Hummingbird
import Mustache

/// How the server is reached.
public struct ServerSettings: Sendable {
    public var host = "127.0.0.1"
    public var port = 8443
    public init() {}
}
