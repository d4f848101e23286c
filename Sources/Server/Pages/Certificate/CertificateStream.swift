import Automation
import Foundation
import HTTPTypes
import Hummingbird
import Storage

/// New attempts of one certificate, as they come: server-sent events for the list on its page; and that the rest of the
/// page is older than what there is.
///
/// A look is a few narrow reads of the certificate's events and of what runs; the list itself is read only where one of
/// them has changed.
struct CertificateStream: Sendable {
    private let stream: LiveStream
    private let name: String
    private let after: String
    private let shown: String

    private var house: House { stream.house }

    /// - Parameters:
    ///   - after: the newest attempt that the page shows; empty where it shows none.
    ///   - shown: the mark of the view that the page was made of; empty where it is not known.
    ///   - again: who it is by now; nil where the session is over.
    init(
        _ house: House, _ principal: Principal, name: String, after: String,
        shown: String = "", again: @escaping @Sendable () async throws -> Principal?
    ) {
        self.init(LiveStream(house: house, principal: principal, again: again), name: name, after: after, shown: shown)
    }

    private init(_ stream: LiveStream, name: String, after: String, shown: String) {
        self.stream = stream
        self.name = name
        self.after = after
        self.shown = shown
    }

    private static let lastEvent = HTTPField.Name("last-event-id") ?? .accept

    static func reply(_ exchange: Exchange, seats: StreamSeats = LiveStream.seats) async throws -> Reply {
        let view = try await CertificateView(exchange)
        // A browser that comes back says what it had last; what the address says is older then.
        let after = exchange.headers[lastEvent] ?? exchange.query["after"] ?? ""
        let shown = exchange.query["mark"] ?? ""
        return try LiveStream.reply(exchange, seats: seats) { stream, writer in
            let own = CertificateStream(
                stream, name: view.name, after: String(after.prefix(64)), shown: String(shown.prefix(4096)))
            try await own.write(to: &writer)
        }
    }

    /// Returns at its end, when the server stops, or when the session is over; throws where the reader is gone.
    func write(to writer: inout any ResponseBodyWriter) async throws {
        var seen: [String: String] = [:]
        var mark: String?
        try await stream.write(to: &writer) { person in
            guard let view = try? await CertificateView(house, person, name) else { return nil }
            guard view.mark != mark else { return [] }
            let (events, fragments) = try await news(view, seen, isFirst: mark == nil)
            let isOlder = view.mark != mark ?? shown
            (mark, seen) = (view.mark, fragments)
            return events + (isOlder ? ["event: changed\ndata: \(view.mark)\n\n"] : [])
        }
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
                "attempts", ["attempts": [attempts.context(item, isOpen: item.isRunning)]])
            fragments[item.id] = html
            // The page has the older ones, and the newest as it was: that may have gone on since.
            let isOld = isFirst && index >= known && !(index == known && after == item.id)
            if !isOld, seen[item.id] != html { events.append(LiveStream.event("attempt", id: item.id, html)) }
        }
        return (events.reversed(), fragments)
    }
}
