import Foundation

/// One field of a request's or an answer's header.
public struct HTTPHeader: Sendable, Equatable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Whether it may be the name of a field (RFC 9110, 5.6.2).
    public static func isName(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(\.isToken) }
}

/// Whose certificates a server may show.
public enum Trust: Sendable, Hashable {
    /// The authorities that this machine trusts.
    case system
    /// Only the authorities in this PEM file.
    case bundle(path: String)
}

/// By which a request proves who sends it (AWS Signature Version 4); libcurl computes it.
public struct RequestSigning: Sendable, Hashable {
    public var accessKey: String
    public var secretKey: String
    public var region: String
    public var service: String

    public init(accessKey: String, secretKey: String, region: String, service: String) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.region = region
        self.service = service
    }
}

/// What is asked of a server. Redirects are never followed; TLS is always verified.
public struct HTTPRequest: Sendable {
    public var method: String
    /// Absolute, `https`, or `http` where that is allowed.
    public var url: String
    public var headers: [HTTPHeader]
    public var body: Data?
    public var trust: Trust
    /// For the whole exchange, connecting included.
    public var timeout: Duration
    /// The largest body that is read, in bytes; a larger answer is a failure.
    public var largestAnswer: Int
    /// Whether it may share a connection with others that are under way (HTTP/2). One with a body never does.
    public var multiplexes: Bool
    public var addresses = AddressPolicy.any
    /// Whether `http` will do: nothing is encrypted then, and nobody knows who answers.
    public var allowsPlaintext = false
    /// Certificates and key (PEM) by which the client shows who it is.
    public var clientCertificate: Data?
    public var signing: RequestSigning?
    /// Whether doing it twice is like doing it once, so that it may be sent again where a kept connection turns out to be
    /// closed; nil: as its method says (RFC 9110, 9.2.2).
    public var repeats: Bool?

    public init(
        _ method: String, _ url: String, headers: [HTTPHeader] = [], body: Data? = nil, trust: Trust = .system,
        timeout: Duration = .seconds(30), largestAnswer: Int = 1 << 20, multiplexes: Bool = true
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.trust = trust
        self.timeout = timeout
        self.largestAnswer = largestAnswer
        self.multiplexes = multiplexes
    }
}

/// What a server answered, whatever its status.
public struct HTTPResponse: Sendable {
    public var status: Int
    /// In the order they came.
    public var headers: [HTTPHeader]
    public var body: Data

    public init(status: Int, headers: [HTTPHeader] = [], body: Data = Data()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The values of all fields of that name, whatever its case (RFC 9110, 5.1).
    public func values(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    public func value(_ name: String) -> String? { values(name).first }
}
