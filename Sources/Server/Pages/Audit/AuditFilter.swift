import Automation
import Foundation
import Storage

/// Which events are shown; stands in the address.
struct AuditFilter: Sendable, Equatable {
    var who = ""
    var what = ""
    var on = ""
    var search = ""
    var from: Instant?
    /// Exclusive.
    var to: Instant?

    static let fields: [FilterBar.Field] = [
        .init(label: "Who", name: "who", example: "mara"), .init(label: "What", name: "what", example: "flow"),
        .init(label: "On", name: "on", example: "www.example.com"),
        .init(label: "From", name: "from", example: "2026-11-01"),
        .init(label: "To", name: "to", example: "2026-11-30"),
    ]

    init() {}

    /// - Throws: `Problem` for a day that is none.
    init(_ query: Query, zone: Zone) throws(Problem) {
        who = query["who"] ?? ""
        what = (query["what"] ?? "").lowercased()
        on = query["on"] ?? ""
        search = (query["q"] ?? "").lowercased()
        from = try Self.moment(query["from"], "from", zone, isEnd: false)
        to = try Self.moment(query["to"], "to", zone, isEnd: true)
    }

    /// A day of the zone, whole where it is an end; or a moment of RFC 3339.
    private static func moment(
        _ text: String?, _ name: String, _ zone: Zone, isEnd: Bool
    ) throws(Problem) -> Instant? {
        guard let text = text?.trimmingCharacters(in: .whitespaces), !text.isEmpty else { return nil }
        if text.contains("T"), let moment = Instant(rfc3339: text) { return moment }
        guard text.count == 10, let day = Instant(rfc3339: "\(text)T00:00:00Z") else {
            throw Fields.wrong(name, "is no day", "Write it as 2026-11-01, or a moment as 2026-11-01T12:00:00Z.")
        }
        let begin = day - .seconds(zone.offset(at: day))
        return isEnd ? begin + .days(1) : begin
    }

    func admits(_ event: EventDraft) -> Bool {
        if let from, event.at < from { return false }
        if let to, event.at >= to { return false }
        if !who.isEmpty, !Self.isBy(who, event.actor) { return false }
        if !on.isEmpty, event.certificate != on, event.subject != on { return false }
        if !what.isEmpty, !event.kind.contains(what), !AuditRow.words(event.kind).contains(what) { return false }
        guard !search.isEmpty else { return true }
        let texts = [event.actor, event.kind, event.certificate, event.subject, event.reason] + event.detail.values
        return texts.contains { $0.lowercased().contains(search) }
    }

    /// Tokens act for their account.
    static func isBy(_ name: String, _ actor: String) -> Bool { actor == name || actor.hasPrefix("\(name) (") }
}
