import Automation
import Foundation
import Storage

/// One event as the page *Audit* shows it.
struct AuditRow {
    struct Change: Equatable {
        var setting: String
        var before = ""
        var after = ""
    }

    static let mask = "\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}"

    let event: Event
    /// The page of its certificate; nil where there is none, or none that may be seen.
    let href: String?
    let clock: Clock

    /// "flow changed"
    static func words(_ kind: String) -> String {
        String(kind.map { $0 == "." || $0 == "-" ? " " : $0 })
    }

    var context: [String: Any] {
        let draft = event.draft
        let (who, means) = Self.parts(of: draft.actor)
        let address = draft.detail["address"]
        let from = [address, means ?? (draft.actor == "runner" ? "the schedule" : nil)].compactMap { $0 }
        return [
            "number": String(event.sequence),
            "time": clock.context(draft.at, "\(clock.day(draft.at)) \(LocalTime(draft.at, in: clock.zone).clock)"),
            "who": who, "from": from.joined(separator: ", "), "what": Self.words(draft.kind), "hasHref": href != nil,
            "href": href ?? "",
            "on": [draft.certificate, draft.subject].filter { !$0.isEmpty }.joined(separator: ", "),
            "changes": Self.changes(draft).map { change -> [String: Any] in
                [
                    "setting": change.setting, "hasBefore": !change.before.isEmpty, "before": change.before,
                    "hasAfter": !change.after.isEmpty, "after": change.after,
                ]
            },
            "hasReason": !draft.reason.isEmpty, "reason": draft.reason,
        ]
    }

    /// "mara (token ci)" is mara, by a token.
    private static func parts(of actor: String) -> (who: String, means: String?) {
        guard actor.hasSuffix(")"), let bracket = actor.range(of: " (") else { return (actor, nil) }
        return (String(actor[..<bracket.lowerBound]), String(actor[bracket.upperBound...].dropLast()))
    }

    /// What it says of before and after. A value that was a secret never stands in an event, and is shown as one.
    static func changes(_ draft: EventDraft) -> [Change] {
        if draft.kind == "secret.set" {
            return [Change(setting: "value", before: draft.detail["what"] == "changed" ? mask : "", after: mask)]
        }
        if draft.kind == "profile.deleted", let text = draft.detail["text"] {
            return [Change(setting: "file", before: CertificateTargets.cut(text, 2000))]
        }
        var detail = draft.detail
        detail["address"] = nil
        var changes: [Change] = []
        if let before = detail["before"], let after = detail["after"], draft.kind.hasPrefix("profile.") {
            changes.append(Change(setting: "file", before: String(before.prefix(12)), after: String(after.prefix(12))))
            detail["before"] = nil
            detail["after"] = nil
        }
        for (key, value) in detail.sorted(by: { $0.key < $1.key }) where !value.isEmpty {
            changes += key == "what" ? value.components(separatedBy: "; ").map(what) : [arrow(key, value)]
        }
        return changes
    }

    /// "days: 15 -> 30"
    private static func what(_ text: String) -> Change {
        guard let colon = text.range(of: ": ") else { return arrow("what", text) }
        return arrow(String(text[..<colon.lowerBound]), String(text[colon.upperBound...]))
    }

    private static func arrow(_ setting: String, _ value: String) -> Change {
        guard let arrow = value.range(of: " -> ") else { return Change(setting: setting, after: value) }
        return Change(
            setting: setting, before: String(value[..<arrow.lowerBound]), after: String(value[arrow.upperBound...]))
    }
}

extension LocalTime {
    /// "10:40:12"
    fileprivate var clock: String {
        [hour, minute, second].map { $0 < 10 ? "0\($0)" : String($0) }.joined(separator: ":")
    }
}
