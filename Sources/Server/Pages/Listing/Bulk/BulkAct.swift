import Automation
import Runner

/// What is done to many certificates at once, all of them or none.
enum BulkAct: String, CaseIterable, Sendable {
    case renew, pause, resume

    func title(_ count: Int) -> String {
        let noun = self == .renew ? "certificate" : "flow"
        return "\(verb) \(Quantity.words(count, noun))?"
    }

    var verb: String {
        switch self {
        case .renew: "Renew"
        case .pause: "Pause"
        case .resume: "Resume"
        }
    }

    var keepWords: String {
        switch self {
        case .renew: "Keep the planned runs"
        case .pause: "Let them run"
        case .resume: "Leave them paused"
        }
    }

    func says(_ selection: BulkSelection, zone: Zone, now: Instant) -> [String] {
        switch self {
        case .renew:
            let issuers = Dictionary(grouping: selection.rows, by: \.issuer).map { ($0.key, $0.value.count) }
                .sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map { "\(Quantity.words($0.1)) of \($0.0)" }
            return [
                "Asks for a new version of each at once, outside any window: \(issuers.joined(separator: ", ")).",
                "What is published, and when, stays with their flows.",
            ]
        case .pause:
            let ends = selection.rows.filter { ($0.end ?? .distantPast) > now }
            let first = ends.min { ($0.end ?? .distantFuture) < ($1.end ?? .distantFuture) }
            let clock = Clock(zone: zone, now: now)
            let expires = first.flatMap { row in
                row.end.map { "The first that expires is \(row.name), \(clock.words($0)), \(clock.relative($0))." }
            }
            return ["Nothing of them is renewed or published until they are resumed. What runs is finished."]
                + [expires].compactMap { $0 }
        case .resume:
            return ["They go on by their flows at once. Targets that were held by hand are released."]
        }
    }

    /// What is asked besides the reason.
    var inputs: [[String: Any]] {
        guard self == .pause else { return [] }
        return [
            [
                "id": "until", "name": "until", "type": "datetime-local", "label": "Until", "hasHint": true,
                "hint": "empty: until resumed", "value": "", "autocomplete": "off", "isRequired": false,
                "hasError": false, "error": "",
            ]
        ]
    }

    var questions: [[String: Any]] {
        guard self == .renew else { return [] }
        return [
            [
                "label": "Versions that wait", "isRadio": false, "isCheck": true,
                "options": [
                    [
                        "id": "force-yes", "name": "force", "value": "yes",
                        "label": "Renew also where a newer version waits to be published",
                        "line": "else nothing is renewed where there is one", "tone": "", "isOn": false,
                    ] as [String: Any]
                ],
            ]
        ]
    }

    /// - Parameter until: nil: until resumed.
    func perform(_ names: [String], by desk: Desk, until: Instant?, force: Bool) async throws {
        switch self {
        case .renew: _ = try await desk.renew(.names(names), force: force)
        case .pause: _ = try await desk.pause(.names(names), until: until)
        case .resume: _ = try await desk.resume(.names(names))
        }
    }
}

/// A time as a form's `datetime-local` sends it: "2026-12-01T08:00", on the clock of a zone.
enum FormTime {
    /// - Throws: `Problem` for anything else; nil where nothing was given.
    static func read(_ text: String, _ field: String, zone: Zone) throws(Problem) -> Instant? {
        guard !text.isEmpty else { return nil }
        let whole = text.utf8.count == 16 ? text + ":00Z" : text + "Z"
        guard text.utf8.count <= 19, let local = Instant(rfc3339: whole) else {
            throw Fields.wrong(field, "is no time", "Write it as 2026-12-01T08:00.")
        }
        let near = Instant(seconds: local.seconds - zone.offset(at: local))
        return Instant(seconds: local.seconds - zone.offset(at: near))
    }
}
