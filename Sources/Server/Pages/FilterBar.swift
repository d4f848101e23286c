/// The search field and the filters above a list: the template `filters`. All of it stands in the address.
struct FilterBar {
    struct Field {
        var label: String
        var name: String
        /// Nil: a text.
        var choices: [(value: String, words: String)]?
        var example = ""
    }

    var action: String
    var searchLabel: String
    var fields: [Field]
    var query: Query

    /// The filters in force, `q` besides.
    private var active: [(field: Field, value: String)] {
        fields.compactMap { field in query[field.name].flatMap { $0.isEmpty ? nil : (field, $0) } }
    }

    private var search: String { query["q"] ?? "" }

    /// The address with these filters, and other items behind them.
    func href(without name: String? = nil, _ more: [(String, String)] = [], at path: String? = nil) -> String {
        var items = active.filter { $0.field.name != name }.map { ($0.field.name, $0.value) }
        if !search.isEmpty, name != "q" { items.append(("q", search)) }
        return (path ?? action) + PagePath.query(items + more)
    }

    var isFiltered: Bool { !active.isEmpty || !search.isEmpty }

    var context: [String: Any] {
        let keep = active.map { ["name": $0.field.name, "value": $0.value] }
        let suggested = fields.filter { field in !active.contains { $0.field.name == field.name } }
        return [
            "action": action, "searchLabel": searchLabel, "search": search, "keep": keep,
            "keepAll": keep + (search.isEmpty ? [] : [["name": "q", "value": search]]),
            "active": active.map { field, value -> [String: Any] in
                let words = field.choices?.first { $0.value == value }?.words ?? value
                return ["label": field.label, "words": words, "removeHref": href(without: field.name)]
            },
            "suggested": suggested.map { field -> [String: Any] in
                [
                    "label": field.label, "name": field.name, "id": "f-\(field.name)", "isChoice": field.choices != nil,
                    "options": (field.choices ?? []).map { ["value": $0.value, "words": $0.words] },
                    "example": field.example,
                ]
            },
            "canClear": isFiltered, "clearHref": action,
        ]
    }
}

/// The way to the next and the previous part of a list: the template `pager`.
enum PagerContext {
    static func context(_ words: String, previous: String? = nil, next: String? = nil) -> [String: Any] {
        [
            "words": words, "hasPrevious": previous != nil, "previousHref": previous ?? "", "hasNext": next != nil,
            "nextHref": next ?? "",
        ]
    }
}
