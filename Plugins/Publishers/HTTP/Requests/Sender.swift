import Curl
import Foundation
import PluginKit

/// What a publisher uses of the outside.
struct Outside: Sendable {
    /// - Throws: `TransferFailure`, `CancellationError`.
    var send: @Sendable (HTTPRequest) async throws -> HTTPResponse
    var clock: any WallClock
    var state: any PluginState
    var tokens: TokenCache
    /// So many random bytes.
    var entropy: @Sendable (Int) -> [UInt8]
}

/// Sends one request, and again where that can do no harm.
struct Sender: Sendable {
    private static let mostTries = 3
    /// What a server may ask for and is waited for here; more is left to the runner.
    private static let longestPause: TimeInterval = 20
    private static let longestPatience: TimeInterval = 86_400

    let outside: Outside
    let deadline: Date

    /// - Parameters:
    ///   - place: what a failure calls the request.
    ///   - mayChange: whether its effect matters: it is one of those that publish.
    ///   - mayRepeat: whether doing it twice is like doing it once.
    ///   - echo: what must not stand in a failure.
    ///   - isBusy: whether an answer says that the server is only busy, besides those whose status does.
    /// - Returns: the answer, whatever its status.
    /// - Throws: `PluginFailure`, `CancellationError`.
    func send(
        _ request: HTTPRequest, _ place: @autoclosure () -> String, mayChange: Bool, mayRepeat: Bool,
        hiding echo: Echo, isBusy: (HTTPResponse) -> Bool = { _ in false }
    ) async throws -> HTTPResponse {
        var mayHaveArrived = false
        for attempt in 1... {
            let isLast = attempt >= Self.mostTries
            do {
                let answer = try await outside.send(within(request))
                guard !isLast, mayRepeat, Self.mayPass(answer.status) || isBusy(answer),
                    let pause = pause(attempt, answer)
                else { return answer }
                try await outside.clock.sleep(until: pause)
            } catch let failure as TransferFailure {
                let wasSent = failure.kind == .broken || failure.kind == .malformed
                mayHaveArrived = mayHaveArrived || wasSent
                let helps = failure.kind == .unreachable || wasSent && mayRepeat
                guard !isLast, helps, let pause = pause(attempt, nil) else {
                    throw HTTPFailure.transfer(
                        failure, saying: echo.masked(failure.message), place(),
                        mayHaveChanged: mayHaveArrived && mayChange)
                }
                try await outside.clock.sleep(until: pause)
            }
        }
        throw CancellationError()  // the loop above has no end
    }

    /// When a server wants to be asked again, where it says so.
    func retryAfter(_ answer: HTTPResponse) -> Date? {
        RetryAfter.moment(answer, now: outside.clock.now, longest: Self.longestPatience)
    }

    private static func mayPass(_ status: Int) -> Bool { [408, 429, 500, 502, 503, 504].contains(status) }

    /// Until when to wait; nil where that is too long for this call.
    private func pause(_ attempt: Int, _ answer: HTTPResponse?) -> Date? {
        let now = outside.clock.now
        let asked = answer.flatMap(retryAfter) ?? now
        let until = max(asked, now.addingTimeInterval(attempt == 1 ? 0.5 : 2))
        return until <= now.addingTimeInterval(Self.longestPause) && until < deadline ? until : nil
    }

    private func within(_ request: HTTPRequest) -> HTTPRequest {
        var request = request
        let left = Duration.seconds(max(1, deadline.timeIntervalSince(outside.clock.now)))
        request.timeout = min(request.timeout, left)
        return request
    }
}
