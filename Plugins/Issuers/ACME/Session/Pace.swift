import Curl
import Foundation

/// When to ask again about something that takes its time (RFC 8555, 7.5.1): as the CA says, else soon and then less
/// often.
struct Pace: Sendable {
    /// Longer pauses are handed to the host, which puts the work back.
    static let longestInside: TimeInterval = 5
    private static let first: TimeInterval = 0.01
    private static let longestOwn: TimeInterval = 2
    /// A CA's longest: the order lives for hours at least.
    private static let longest: TimeInterval = 3600

    private var own = first
    private var begun: Date?

    /// The CA was sent what it has to work on: it does so while its answer travels, and the next pause counts from here.
    mutating func begin(_ now: Date) { begun = now }

    /// The moment of the next question.
    mutating func next(_ response: HTTPResponse, now: Date) -> Date {
        let pause = own
        own = min(own * 2.5, Self.longestOwn)
        let moment = max((begun ?? now).addingTimeInterval(pause), now)
        begun = nil
        guard let asked = RetryAfter.moment(response, now: now, longest: Self.longest) else { return moment }
        return max(asked, moment)
    }
}

/// Thrown inside of a verb whose work goes on later: becomes `Issuance.pending`.
struct NotYet: Error {
    var moment: Date
}
