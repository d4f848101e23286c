import Automation
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization

/// Server-sent events for one page that is looked at: asks once a second what is new, and says that it lives.
struct LiveStream: Sendable {
    /// So many streams at a time, so long each; the browser comes back by itself.
    static let seats = StreamSeats(200)
    static let longest = Span.minutes(15)
    private static let pause = Duration.seconds(1)
    private static let beatEvery = 10

    let house: House
    let principal: Principal
    /// Who it is by now; nil where the session is over.
    let again: @Sendable () async throws -> Principal?

    /// The answer to a request for one.
    static func reply(
        _ exchange: Exchange, seats: StreamSeats = seats,
        _ write: @escaping @Sendable (LiveStream, inout any ResponseBodyWriter) async throws -> Void
    ) throws -> Reply {
        let (people, headers) = (exchange.house.people, exchange.headers)
        let stream = LiveStream(house: exchange.house, principal: try exchange.principal) {
            guard let id = SessionCookie.id(in: headers) else { return nil }
            return try await people.principal(ofSession: id)
        }
        guard let seat = seats.take() else {
            throw Problem(
                503, "stream.full", "Too many pages are followed live at this moment.",
                remedy: "Reload the page to see what is new.", retryAfter: 30)
        }
        return Reply(
            .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: .stream { writer in
                try await write(stream, &writer)
                withExtendedLifetime(seat) {}
            })
    }

    /// Returns at its end, when the server stops, or when the session is over; throws where the reader is gone.
    /// - Parameter news: the events that came since it was asked last; nil ends the stream.
    func write(
        to writer: inout any ResponseBodyWriter, _ news: (Principal) async throws -> [String]?
    ) async throws {
        let end = house.now() + Self.longest
        var person = principal
        var rounds = 0
        while house.now() < end, !Task.isShuttingDownGracefully, !Task.isCancelled {
            guard let events = try await news(person) else { return }
            for event in events { try await writer.write(ByteBuffer(string: event)) }
            if rounds % Self.beatEvery == 0 {
                try await writer.write(ByteBuffer(string: "event: beat\ndata: \(house.now().rfc3339)\n\n"))
                if rounds > 0, !person.means.isToken {
                    guard let present = try await again(), present.may(.read) else { return }
                    person = present
                }
            }
            rounds += 1
            try await rest()
        }
    }

    private func rest() async throws {
        let clock = house.outside.clock
        try? await cancelWhenGracefulShutdown { try await clock.sleep(Self.pause) }
        try Task.checkCancellation()
    }

    /// One event (WHATWG HTML, 9.2.6). A line of the data must hold no end of line of its own, whatever text it carries.
    static func event(_ name: String, id: String, _ data: String) -> String {
        let lines = data.utf8.split(omittingEmptySubsequences: true) { $0 == 10 || $0 == 13 }
        return "event: \(name)\nid: \(id)\n" + lines.map { "data: \(String(decoding: $0, as: UTF8.self))\n" }.joined()
            + "\n"
    }
}

extension Principal.Means {
    fileprivate var isToken: Bool { if case .token = self { true } else { false } }
}

/// How many streams there may be at a time.
final class StreamSeats: Sendable {
    private let free: Mutex<Int>

    init(_ count: Int) { free = Mutex(count) }

    /// Free again when it is let go.
    final class Seat: Sendable {
        private let seats: StreamSeats
        fileprivate init(_ seats: StreamSeats) { self.seats = seats }
        deinit { seats.free.withLock { $0 += 1 } }
    }

    /// Nil where all are taken.
    func take() -> Seat? {
        let isFree = free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
        return isFree ? Seat(self) : nil
    }
}
