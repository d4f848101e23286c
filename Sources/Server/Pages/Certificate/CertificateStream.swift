import Automation
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Storage
import Synchronization

/// New attempts of one certificate, as they come: server-sent events for the list on its page.
///
/// One reader a stream: it looks once a second at the certificate's events and at what runs, which is a few narrow
/// reads; the list itself is read only where one of them has changed.
struct CertificateStream: Sendable {
    /// So many streams at a time, so long each; the browser comes back by itself.
    static let seats = StreamSeats(200)
    static let longest = Span.minutes(15)
    private static let pause = Duration.seconds(1)
    private static let beatEvery = 10

    private let house: House
    private let principal: Principal
    private let name: String
    private let after: String

    private let again: @Sendable () async throws -> Principal?

    /// - Parameters:
    ///   - after: the newest attempt that the page shows; empty where it shows none.
    ///   - again: who it is by now; nil where the session is over.
    init(
        _ house: House, _ principal: Principal, name: String, after: String,
        again: @escaping @Sendable () async throws -> Principal?
    ) {
        self.house = house
        self.principal = principal
        self.name = name
        self.after = after
        self.again = again
    }

    private static let lastEvent = HTTPField.Name("last-event-id") ?? .accept

    static func reply(_ exchange: Exchange, seats: StreamSeats = seats) async throws -> Reply {
        let view = try await CertificateView(exchange)
        let (house, people, headers) = (exchange.house, exchange.house.people, exchange.headers)
        // A browser that comes back says what it had last; what the address says is older then.
        let after = headers[lastEvent] ?? exchange.query["after"] ?? ""
        let stream = CertificateStream(house, view.person, name: view.name, after: String(after.prefix(64))) {
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
                try await stream.write(to: &writer)
                withExtendedLifetime(seat) {}
            })
    }

    /// Returns at its end, when the server stops, or when the session is over; throws where the reader is gone.
    func write(to writer: inout any ResponseBodyWriter) async throws {
        let end = house.now() + Self.longest
        var person = principal
        var seen: [String: String] = [:]
        var mark = Mark()
        var isFirst = true
        var rounds = 0
        while house.now() < end, !Task.isShuttingDownGracefully, !Task.isCancelled {
            guard let view = try? await CertificateView(house, person, name) else { return }
            let next = try await self.mark(view)
            if isFirst || next != mark {
                mark = next
                let (events, fragments) = try await news(view, seen, isFirst: isFirst)
                seen = fragments
                isFirst = false
                for event in events { try await writer.write(ByteBuffer(string: event)) }
            }
            if rounds % Self.beatEvery == 0 {
                try await writer.write(ByteBuffer(string: "event: beat\ndata: \(house.now().rfc3339)\n\n"))
                guard rounds == 0 || person.means.isToken else {
                    guard let present = try await again(), present.may(.read) else { return }
                    person = present
                    rounds += 1
                    try await rest()
                    continue
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

    /// What tells that something may be new.
    private struct Mark: Equatable {
        var sequence: Int64 = 0
        var running: Set<WorkKey> = []
    }

    private func mark(_ view: CertificateView) async throws -> Mark {
        let last = try await house.ledger.latestEvents(certificate: name, limit: 1).first?.sequence ?? 0
        return Mark(sequence: last, running: view.running)
    }

    /// The attempts that are new or changed, oldest first, and all of them as they are shown.
    private func news(
        _ view: CertificateView, _ seen: [String: String], isFirst: Bool
    ) async throws -> ([String], [String: String]) {
        let attempts = try await CertificateAttempts(view, limit: CertificatePage.attemptsShown)
        let known = attempts.items.firstIndex { $0.id == after } ?? (after.isEmpty ? attempts.items.count : 0)
        var events: [String] = []
        var fragments: [String: String] = [:]
        for (index, item) in attempts.items.enumerated() {
            let html = try TemplateShelf.render(
                "attempts", MarkupSafety.clean(["attempts": [attempts.context(item, isOpen: item.isRunning)]]))
            fragments[item.id] = html
            // The page has the older ones, and the newest as it was: that may have gone on since.
            let isOld = isFirst && index >= known && !(index == known && after == item.id)
            if !isOld, seen[item.id] != html { events.append(Self.event("attempt", id: item.id, html)) }
        }
        return (events.reversed(), fragments)
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
