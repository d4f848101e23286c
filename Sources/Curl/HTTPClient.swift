/// Asks HTTPS servers: libcurl on one thread, which is there while there is work and sleeps until something happens.
///
/// Connections are kept for a minute and shared: HTTP/2 for requests without a body where the server has it, else
/// HTTP/1.1. TLS is always verified, redirects are never followed, and nothing but the request says where it goes: no
/// proxy, `.netrc` or cookie of the account counts.
public final class HTTPClient: Sendable {
    private static let longestTimeout = Duration.seconds(86_400)

    private let queue = TransferQueue()
    private let settings: TransferLoop.Settings

    /// - Parameter connectionsPerHost: at most so many connections to one host and port; requests beyond wait.
    public convenience init(connectionsPerHost: Int = 8) {
        self.init(TransferLoop.Settings(connectionsPerHost: connectionsPerHost))
    }

    init(_ settings: TransferLoop.Settings) {
        var settings = settings
        settings.connectionsPerHost = min(max(1, settings.connectionsPerHost), 256)
        self.settings = settings
    }

    deinit { queue.close() }

    /// Sends a request and returns the whole answer, whatever its status.
    ///
    /// A request that may not be repeated is sent at most once; one that may (`repeats`; by default GET, HEAD, PUT, DELETE)
    /// may be sent again where a kept connection turns out to be closed.
    /// - Throws: `TransferFailure`, or `CancellationError`, which ends the request wherever it stands.
    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let place = try request.checked()
        try Task.checkCancellation()
        let ticket = queue.ticket()
        let deadline = ContinuousClock.now + min(max(.zero, request.timeout), Self.longestTimeout)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { caller in
                let entry = TransferQueue.Entry(
                    ticket: ticket, request: request, place: place, deadline: deadline, caller: caller)
                if queue.add(entry) { TransferLoop.start(queue, settings) }
                // The handler below may have come before the request was there to be cancelled.
                if Task.isCancelled { queue.cancel(ticket) }
            }
        } onCancel: {
            queue.cancel(ticket)
        }
    }

    /// Ends what is under way and closes all connections; returns when the thread is gone. Every later request fails.
    public func close() async {
        queue.close()
        await queue.ended()
    }
}
