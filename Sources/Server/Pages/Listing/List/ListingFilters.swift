import Automation
import Runner

/// The search field and the chips above a list of certificates.
struct ListingFilters {
    /// "/automated"
    let path: String
    let query: ListQuery
    /// Names of issuing profiles to choose from.
    let issuers: [String]

    var context: [String: Any] {
        let hasFilters = !query.filters.isEmpty
        return [
            "action": path, "searchLabel": "Search names, targets, labels, errors", "search": query.text,
            "keep": kept(withText: false), "keepAll": kept(withText: true), "active": active, "suggested": suggested,
            "canClear": hasFilters, "clearHref": path,
        ]
    }

    /// Items of the address that a form of a filter takes along.
    private func kept(withText: Bool) -> [[String: Any]] {
        query.items.filter { $0.key != "page" && (withText || $0.key != ListQuery.Filter.text.rawValue) }
            .map { ["name": $0.key, "value": $0.value] }
    }

    // MARK: In force

    /// The view stands above the table, the text in its field.
    private var active: [[String: Any]] {
        ListQuery.Filter.allCases.filter { $0 != .view && $0 != .text }.flatMap { filter -> [[String: Any]] in
            guard filter != .label else { return labels }
            return query.values(of: filter).map { value in
                chip(Self.label(filter), Self.words(filter, value), query.without(filter))
            }
        }
    }

    private var labels: [[String: Any]] {
        query.labels.map { label in
            var rest = query.at(page: 1)
            rest.labels.removeAll { $0 == label }
            return chip(Self.label(.label), "\(label.key): \(label.value)", rest)
        }
    }

    private func chip(_ label: String, _ words: String, _ rest: ListQuery) -> [String: Any] {
        ["label": label, "words": words, "removeHref": ListingAddress.to(path, rest)]
    }

    // MARK: To be added

    private static let offered: [ListQuery.Filter] = [
        .name, .names, .issuer, .expires, .renewed, .published, .serving, .next, .profile, .last, .label,
    ]

    private var suggested: [[String: Any]] {
        // There may be several labels, of anything else one.
        Self.offered.filter { $0 == .label || query.values(of: $0).isEmpty }.map { filter in
            let options = options(filter)
            return [
                "label": Self.label(filter), "name": filter.rawValue, "id": "f-\(filter.rawValue)",
                "isChoice": !options.isEmpty,
                "options": options.map { ["value": $0.value, "words": $0.words] as [String: Any] },
                "example": options.isEmpty ? Self.example(filter) : "",
            ]
        }
    }

    private func options(_ filter: ListQuery.Filter) -> [(value: String, words: String)] {
        switch filter {
        case .issuer: issuers.map { ($0, $0) }
        case .renewed, .published, .serving: Mark.Kind.allCases.map { ($0.rawValue, Self.words($0)) }
        case .last: Self.lasts
        default: []
        }
    }

    private static let lasts = [
        (value: "failed", words: "failed"), (value: "renewed", words: "renewed"),
        (value: "published", words: "published"), (value: "none", words: "nothing yet"),
        (value: "1d", words: "within 1 day"), (value: "7d", words: "within 7 days"),
    ]

    private static func example(_ filter: ListQuery.Filter) -> String {
        switch filter {
        case .name, .names: "shop"
        case .issuer: "lets-encrypt"
        case .expires: "14d, expired or 2026-12-31"
        case .next: "7d, due, none, renewal or publication"
        case .profile: "nginx-fleet"
        case .label: "team:web"
        default: ""
        }
    }

    // MARK: Words

    static func label(_ filter: ListQuery.Filter) -> String {
        switch filter {
        case .view: "View"
        case .text: "Search"
        case .name: "Certificate"
        case .names: "Names"
        case .issuer: "Issuer"
        case .expires: "Expires"
        case .renewed: "Renewed"
        case .published: "Published"
        case .serving: "Serving"
        case .next: "Next run"
        case .profile: "Profile"
        case .last: "Last result"
        case .label: "Label"
        }
    }

    /// A value of a filter as people read it.
    static func words(_ filter: ListQuery.Filter, _ value: String) -> String {
        switch filter {
        case .renewed, .published, .serving: Mark.Kind(rawValue: value).map { words($0) } ?? value
        case .last: lasts.first { $0.value == value }?.words ?? value
        case .view: ListQuery.View(rawValue: value)?.label ?? value
        default: value
        }
    }

    private static func words(_ kind: Mark.Kind) -> String {
        switch kind {
        case .needsPerson: "needs a person"
        case .retrying: "retrying or older"
        case .rolledBack: "rolled back"
        case .held: "paused or held"
        case .notProved: "not proved"
        case .running, .waiting, .off, .done: kind.rawValue
        }
    }
}

extension ListQuery.View {
    var label: String {
        switch self {
        case .attention: "Needs attention"
        case .notServing: "Not serving"
        case .runsSoon: "Runs in 7 days"
        case .expiresSoon: "Expires in 14 days"
        case .paused: "Paused"
        case .off: "Flow off"
        }
    }
}
