import Automation
import Runner

/// Addresses of lists: all of their state stands in them, so that Back and a copied link show the same again.
enum ListingAddress {
    static func certificate(_ name: String) -> String { CertificatePath(name).path }

    static func profile(_ name: String) -> String { "/profiles/\(AddressText.encoded(name))" }

    static func to(_ path: String, _ items: [(key: String, value: String)]) -> String {
        guard !items.isEmpty else { return path }
        return path + "?"
            + items.map { "\(AddressText.encoded($0.key))=\(AddressText.encoded($0.value))" }.joined(separator: "&")
    }

    static func to(_ path: String, _ query: ListQuery) -> String { to(path, query.items) }
}

/// Objects that the templates share.
enum ListingParts {
    /// What a section that is not there is filled with: the renderer takes an object for there.
    static var nothing: [[String: Any]] { [] }

    static func mark(_ tone: String, _ icon: String, _ words: String, _ second: String = "") -> [String: Any] {
        ["tone": tone, "icon": icon, "words": words, "second": second]
    }

    static func mark(_ mark: Mark) -> [String: Any] {
        let (tone, icon) = shape(mark.kind)
        return self.mark(tone, icon, mark.words, mark.note)
    }

    /// Tone and icon of a state.
    static func shape(_ kind: Mark.Kind) -> (tone: String, icon: String) {
        switch kind {
        case .needsPerson: ("bad", "bad")
        case .retrying: ("warn", "warn")
        case .rolledBack: ("warn", "back")
        case .running: ("work", "work")
        case .waiting: ("wait", "wait")
        case .held: ("wait", "held")
        case .notProved: ("wait", "ask")
        case .off: ("off", "off")
        case .done: ("ok", "done")
        }
    }

    static func note(
        _ tone: String, _ icon: String, _ title: String, _ text: String, more: [String] = [],
        link: (href: String, label: String)? = nil, isAlert: Bool = false
    ) -> [String: Any] {
        [
            "tone": tone, "icon": icon, "isAlert": isAlert, "title": title, "text": text, "more": more,
            "hasLink": link != nil, "link": link.map { ["href": $0.href, "label": $0.label] } ?? [String: Any](),
        ]
    }

    /// What an address says that means nothing, each with its remedy.
    static func problems(_ problems: [ListQuery.Problem]) -> [[String: Any]] {
        problems.map { note("warn", "warn", $0.message, $0.remedy, more: ["It is left out below."]) }
    }

    static func empty(
        _ title: String, _ text: String, isWell: Bool = false, acts: [(label: String, href: String)] = [],
        command: String = ""
    ) -> [String: Any] {
        [
            "isWell": isWell, "title": title, "text": text, "hasActs": !acts.isEmpty,
            "acts": acts.enumerated().map { ["label": $1.label, "href": $1.href, "isMain": $0 == 0] as [String: Any] },
            "hasCommand": !command.isEmpty, "command": command,
        ]
    }

    /// Before the first certificate.
    static func noCertificates(mayAct: Bool, title: String = "No certificates yet", isWell: Bool = false) -> [String:
        Any]
    {
        let begin = isWell ? "No certificates yet. " : ""
        return empty(
            title,
            begin
                + "Import what you have, or ask an issuer for a new one. Nothing is published until a flow says where.",
            isWell: isWell,
            acts: mayAct
                ? [("Add certificate", "/certificates/add"), ("Import files", "/certificates/import")] : [],
            command: "certflow import *.pem")
    }

    static func pager(page: Int, pages: Int, size: Int, shown: Int, total: Int, href: (Int) -> String) -> [String: Any]
    {
        let first = (page - 1) * size + 1
        let words =
            shown == 0
            ? "0 of \(Quantity.words(total))"
            : "\(Quantity.words(first)) to \(Quantity.words(first + shown - 1)) of \(Quantity.words(total))"
        return [
            "words": words, "hasPrevious": page > 1, "previousHref": page > 1 ? href(page - 1) : "",
            "hasNext": page < pages, "nextHref": page < pages ? href(page + 1) : "",
        ]
    }

    static func view(_ label: String, _ href: String, _ count: Int, isBad: Bool, isCurrent: Bool) -> [String: Any] {
        [
            "label": label, "href": href, "count": Quantity.words(count), "isBad": isBad && count > 0,
            "isCurrent": isCurrent,
        ]
    }

    /// "18 days", "90 days", "7 months": in the one unit that says enough; lives are told in days below a hundred.
    static func rough(_ span: Span) -> String {
        let seconds = abs(span.seconds)
        switch seconds {
        case ..<3600: return Wording.count(Int(seconds / 60), "minute")
        case ..<172_800: return Wording.count(Int(seconds / 3600), "hour")
        case ..<8_640_000: return Wording.count(Int(seconds / 86_400), "day")
        case ..<63_072_000: return Wording.count(Int(seconds / 2_629_800), "month")
        default: return Wording.count(Int(seconds / 31_557_600), "year")
        }
    }

    /// "3 d 6 h"
    static func brief(_ span: Span) -> String {
        Wording.words(span).replacing(" days", with: " d").replacing(" day", with: " d")
            .replacing(" hours", with: " h").replacing(" hour", with: " h").replacing(" minutes", with: " min")
            .replacing(" minute", with: " min").replacing(" seconds", with: " s").replacing(" second", with: " s")
    }
}
