import Curl

/// The way to the CA, as a value: tests script it.
struct Transport: Sendable {
    /// - Throws: `TransferFailure`, `CancellationError`.
    var send: @Sendable (HTTPRequest) async throws -> HTTPResponse

    init(send: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse) { self.send = send }

    init(_ client: HTTPClient) { send = { try await client.send($0) } }
}
