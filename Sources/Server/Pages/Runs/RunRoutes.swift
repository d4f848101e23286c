import Automation

/// What runs now, and what ran.
enum RunRoutes {
    static let routes: [Route] = [
        .page(.get, "/runs", .right(.read), page),
        .page(.get, "/runs/events", .right(.read)) { exchange in try RunStream.reply(exchange) },
    ]

    private static let perPage = 50
    private static let fields: [FilterBar.Field] = [
        .init(label: "Certificate", name: "certificate", example: "www.example.com"),
        .init(label: "Kind", name: "kind", choices: [("renewal", "Renewals"), ("publication", "Publications")]),
        .init(label: "Result", name: "result", choices: [("failed", "Failed")]),
    ]

    private static func page(_ exchange: Exchange) async throws -> Reply {
        let (house, clock) = (exchange.house, exchange.clock)
        var reader = RunReader(house.ledger, try exchange.principal)
        let now = RunsNow(try await reader.running(now: clock.now), house)
        var filter = RunReader.Filter(exchange.query)
        let isFailures = filter.failuresOnly
        filter.failuresOnly = false
        let all = try await reader.attempts(filter)
        let failures = all.filter { $0.mark.tone != "ok" }
        let shown = isFailures ? failures : all
        let bar = FilterBar(
            action: "/runs", searchLabel: "Search names, targets, errors", fields: fields, query: exchange.query)
        let number = max(1, exchange.query["page"].flatMap { Int($0) } ?? 1)
        let pages = max(1, (shown.count + perPage - 1) / perPage)
        let page = min(number, pages)
        let rows = shown.dropFirst((page - 1) * perPage).prefix(perPage)
        let context: [String: Any] = [
            "pageTitle": "Runs", "crumbs": Crumbs.to(("Runs", "/runs")),
            "lede": "Every attempt of a renewal, a publication or a proof. Times are \(clock.zone.identifier).",
            "views": [
                view("All", bar.href(without: "result"), all.count, isCurrent: !isFailures),
                view(
                    "Failures", bar.href(without: "result", [("result", "failed")]), failures.count,
                    isBad: !failures.isEmpty,
                    isCurrent: isFailures),
            ],
            "asOf": clock.time(clock.now), "filters": bar.context, "isFirstPage": false, "eventsHref": "",
            "hasHistory": !rows.isEmpty, "history": [["attempts": rows.map { $0.context(clock) }]],
            "nothing": ListingParts.empty(
                bar.isFiltered ? "No such runs" : "No runs yet",
                bar.isFiltered ? "Nothing matches these filters." : "What is tried stands here, with its log."),
            "pager": PagerContext.context(
                words(shown.count, page), previous: page > 1 ? bar.href([("page", String(page - 1))]) : nil,
                next: page < pages ? bar.href([("page", String(page + 1))]) : nil),
        ]
        return try await Page(exchange).reply("runs", context.merging(now.context) { $1 }, current: "/runs")
    }

    private static func words(_ count: Int, _ page: Int) -> String {
        guard count > 0 else { return "none" }
        let first = (page - 1) * perPage + 1
        return "\(first) to \(min(count, first + perPage - 1)) of \(count) among the newest \(RunReader.most)"
    }

    private static func view(
        _ label: String, _ href: String, _ count: Int, isBad: Bool = false, isCurrent: Bool
    ) -> [String: Any] {
        ["label": label, "href": href, "count": String(count), "isBad": isBad, "isCurrent": isCurrent]
    }
}
