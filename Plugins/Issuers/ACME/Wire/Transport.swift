import Curl

/// The way to the CA, as a value: tests script it.
struct Transport: Sendable {
    /// - Throws: `TransferFailure`, `CancellationError`.
    var send: @Sendable (HTTPRequest) async throws -> HTTPResponse

    init(send: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse) { self.send = send }

    /// - Parameter others: for requests that multiplex. libcurl 7.88 now and then mistakes a connection of the one HTTP
    ///   version for the other where one client has both, and such a request then hangs.
    init(_ client: HTTPClient, others: HTTPClient) {
        send = { try await ($0.body == nil && $0.multiplexes ? others : client).send($0) }
    }
}
