import Automation
import Runner

/// A list of certificates as its page and its template see it.
struct ListingPage {
    enum Kind: Sendable {
        case automated
        /// What there is, by name, without what becomes of it.
        case certificates

        var path: String { self == .automated ? "/automated" : "/certificates" }
    }

    let kind: Kind
    let query: ListQuery
    let problems: [ListQuery.Problem]
    let result: ListResult
    let zone: Zone
    let mayAct: Bool
    let issuers: [String]

    private static let columns: [(sort: ListQuery.Sort, label: String, style: String)] = [
        (.name, "Certificate and names", "c-name"), (.issuer, "Issuer", "c-iss"), (.expires, "Expires", "c-exp"),
        (.renewed, "Renewed", "c-mark"), (.published, "Published", "c-mark"), (.serving, "Serving", "c-mark"),
        (.next, "Next run and why", "c-next"), (.profile, "Profile", "c-prof"), (.last, "Last result", "c-last"),
    ]
    private static let plainColumns: Set<ListQuery.Sort> = [.name, .issuer, .expires, .serving]

    /// Reads an address; *Certificates* stands in the order of names where none is asked for.
    static func read(_ items: [(name: String, value: String)], _ kind: Kind) -> (ListQuery, [ListQuery.Problem]) {
        var (query, problems) = ListQuery.read(items.map { (key: $0.name, value: $0.value) })
        let asksOrder = items.contains { $0.name == "sort" && ListQuery.Sort(rawValue: $0.value) != nil }
        if kind == .certificates, !asksOrder { query.sort = .name }
        return (query, problems)
    }

    var context: [String: Any] {
        var context: [String: Any] = [
            "title": title, "pageTitle": title, "lede": lede, "mayAct": mayAct, "hasProblems": !problems.isEmpty,
            "problems": ListingParts.problems(problems), "tableTitle": tableTitle,
            "filters": ListingFilters(path: kind.path, query: query, issuers: issuers).context,
            "hasRows": !result.rows.isEmpty, "columns": columns, "rows": rows,
            "nothing": result.rows.isEmpty ? nothing : [:], "pager": pager,
        ]
        switch kind {
        case .certificates: context["crumbs"] = Crumbs.to((title, "/certificates"))
        case .automated:
            context["crumbs"] = Crumbs.to(("Reports", ""), ("Certificate", ""), (title, "/automated"))
            context["csvHref"] = Self.csvHref(query)
            context["views"] = views
            context["query"] = query.at(page: 1).address
            context["total"] = Quantity.words(result.total)
        }
        return context
    }

    static func csvHref(_ query: ListQuery) -> String {
        ListingAddress.to("/automated.csv", query.items.filter { $0.key != "page" && $0.key != "size" })
    }

    // MARK: Words

    private var title: String { kind == .automated ? "Automated certificates" : "Certificates" }

    private var lede: String {
        guard kind == .automated else {
            return result.all == 0 ? "No certificates yet." : "\(Quantity.words(result.all, "certificate"))."
        }
        return "What is renewed, published and serving, and what runs next. Attention first, then the next run. "
            + "Times are \(zone.identifier) where a row names no other zone."
    }

    private var tableTitle: String {
        let order =
            query.sort == .attention
            ? "attention, then next run"
            : Self.columns.first { $0.sort == query.sort }?.label.lowercased() ?? query.sort.rawValue
        return "Certificates, sorted by \(order)" + (query.isDescending ? ", descending" : "")
    }

    // MARK: Parts

    private var views: [[String: Any]] {
        let all = ListingParts.view("All", kind.path, result.all, isBad: false, isCurrent: query.view == nil)
        return [all]
            + ListQuery.View.allCases.map { view in
                // The counts are of all certificates, so other filters are left.
                ListingParts.view(
                    view.label, ListingAddress.to(kind.path, ListQuery().showing(view)), result.counts[view] ?? 0,
                    isBad: view == .attention || view == .notServing, isCurrent: query.view == view)
            }
    }

    private var columns: [[String: Any]] {
        Self.columns.filter { kind == .automated || Self.plainColumns.contains($0.sort) }.map { sort, label, style in
            let isSorted = query.sort == sort
            return [
                "label": label, "href": ListingAddress.to(kind.path, query.sorted(by: sort)), "class": style,
                "isSorted": isSorted, "sort": isSorted ? (query.isDescending ? "descending" : "ascending") : "",
                "arrow": isSorted && !query.isDescending ? "\u{25B2}" : "\u{25BC}",
            ]
        }
    }

    private var rows: [[String: Any]] {
        result.rows.map { row in
            let shown = ListingRow(row: row, zone: zone, now: result.at)
            var context = kind == .automated ? shown.context : shown.plain
            context["mayAct"] = mayAct
            return context
        }
    }

    private var nothing: [String: Any] {
        guard result.all > 0 else { return ListingParts.noCertificates(mayAct: mayAct) }
        let count = query.filters.count
        let title = "No certificate matches" + (count == 1 ? " this filter" : " \(count) filters")
        var acts: [(label: String, href: String)] = [("Clear all filters", kind.path)]
        guard let hindrance = result.hindrance else {
            return ListingParts.empty(title, "Leaving out one of them would not help.", acts: acts)
        }
        let values = query.values(of: hindrance.filter).map { ListingFilters.words(hindrance.filter, $0) }
        let words = "\(ListingFilters.label(hindrance.filter)): \(values.joined(separator: ", "))"
        if count > 1 {
            let rest = ListingAddress.to(kind.path, query.without(hindrance.filter))
            acts.insert(("Remove that filter", rest), at: 0)
        }
        let there = "there would be \(Quantity.words(hindrance.without))"
        return ListingParts.empty(title, "Without \"\(words)\" \(there).", acts: acts)
    }

    private var pager: [String: Any] {
        ListingParts.pager(
            page: result.page, pages: result.pages, size: query.size, shown: result.rows.count, total: result.total
        ) { ListingAddress.to(kind.path, query.at(page: $0)) }
    }
}
