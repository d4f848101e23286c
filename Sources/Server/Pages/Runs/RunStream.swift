import Automation
import Foundation
import Hummingbird

/// What runs now, as it begins and ends: the upper part of the page *Runs*.
struct RunStream: Sendable {
    let stream: LiveStream

    static func reply(_ exchange: Exchange, seats: StreamSeats = LiveStream.seats) throws -> Reply {
        try LiveStream.reply(exchange, seats: seats) { stream, writer in
            try await RunStream(stream: stream).write(to: &writer)
        }
    }

    func write(to writer: inout any ResponseBodyWriter) async throws {
        var shown: String?
        try await stream.write(to: &writer) { person in
            let part = RunsNow(try await RunsNow.rows(stream.house, person), stream.house)
            let html = try TemplateShelf.render("runs-now", part.context)
            guard html != shown else { return [] }
            shown = html
            return [LiveStream.event("now", id: "now", html)]
        }
    }
}

/// The part of the page *Runs* that tells what runs now: the template `runs-now`.
struct RunsNow {
    private let rows: [RunRow]
    private let house: House

    init(_ rows: [RunRow], _ house: House) {
        self.rows = rows
        self.house = house
    }

    static func rows(_ house: House, _ person: Principal) async throws -> [RunRow] {
        var reader = RunReader(house.ledger, person)
        return try await reader.running(now: house.now())
    }

    var context: [String: Any] {
        let clock = Clock(zone: house.settings.zone, now: house.now())
        return [
            "nowWords": "\(rows.count) running, \(house.outside.settings.concurrent) at most at once",
            "hasNow": !rows.isEmpty, "now": [["attempts": rows.map { $0.context(clock) }]],
            "idle": ListingParts.empty("Nothing runs", "What is due next stands on the page Home.", isWell: true),
        ]
    }
}
