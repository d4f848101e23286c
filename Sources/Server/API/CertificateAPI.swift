import Automation
import Foundation
import Runner
import Storage

/// What is known of certificates.
enum CertificateAPI {
    private static let filters: [APIField] =
        ListQuery.Filter.allCases.filter { $0 != .label }.map {
            APIField($0.rawValue, .text, "As in the list of the pages.")
        }
        + [
            APIField("label", .texts, "key:value; may stand several times, then all of them have to be borne."),
            APIField("sort", .choice(ListQuery.Sort.allCases.map(\.rawValue)), "By name where it is left out."),
            APIField("dir", .choice(["asc", "desc"]), ""),
        ]

    static let routes: [Route] = [
        .api(
            .get, "/certificates", .right(.read),
            APIShape(
                "certificates", "Certificates, filtered and sorted.", query: filters, answers: "CertificateRow",
                isPage: true),
            list),
        .api(
            .get, "/status", .right(.read),
            APIShape(
                "certificates", "Renewed, published and serving, of all certificates by their names.",
                answers: "Status",
                isPage: true),
            status),
        .api(
            .get, "/forecast", .right(.read),
            APIShape(
                "certificates", "What will happen to all certificates; a page holds the runs of so many certificates.",
                query: [days, from], answers: "Run", beside: ["flows": "ForecastFlow"], isPage: true),
            forecastOfAll),
        .api(
            .get, "/certificates/{name}", .right(.read),
            APIShape(
                "certificates", "Everything about one certificate.",
                query: [APIField("versions", .integer, "How many versions at most; 10 where it is left out.")],
                answers: "Certificate"),
            show),
        .api(
            .get, "/certificates/{name}/status", .right(.read),
            APIShape("certificates", "Renewed, published and serving.", answers: "Status")
        ) { exchange in
            let overview = try await exchange.overview
            return try .json(try await reader(exchange).report(overview, to: exchange.principal))
        },
        .api(
            .get, "/certificates/{name}/versions", .right(.read),
            APIShape("certificates", "Its versions, newest first.", answers: "Version", isPage: true)
        ) { exchange in
            let record = try await exchange.certificate
            let versions = try await exchange.house.ledger.versions(of: record.id, limit: exchange.reach())
            return try .json(exchange.page(of: versions.map(ShowForm.Version.init)))
        },
        .api(
            .get, "/certificates/{name}/attempts", .right(.read),
            APIShape(
                "certificates", "What was tried, newest first, with what it printed.", answers: "Attempt", isPage: true)
        ) { exchange in
            let record = try await exchange.certificate
            let person = try exchange.principal
            let attempts = try await exchange.house.ledger.attempts(of: record.id, work: nil, limit: exchange.reach())
            return try .json(
                exchange.page(
                    of: attempts.map { AttemptForm(certificate: record.name, attempt: .init(person.told($0))) }))
        },
        .api(
            .get, "/certificates/{name}/history", .right(.read),
            APIShape(
                "certificates", "What was done to it, by whom and why, newest first.", answers: "HistoryEntry",
                isPage: true),
            history),
        .api(
            .get, "/certificates/{name}/forecast", .right(.read),
            APIShape(
                "certificates", "What will happen to it.", query: [days, from], answers: "Run",
                beside: ["flows": "ForecastFlow"], isPage: true)
        ) { exchange in
            let overview = try await exchange.overview
            let report = try await forecast(exchange, [overview])
            let page = try exchange.page(of: report.runs)
            return try .json(ForecastPageForm(items: page.items, flows: report.flows, next: page.next))
        },
        .api(
            .get, "/certificates/{name}/explanation", .right(.read),
            APIShape("certificates", "Why its next runs are when they are.", answers: "Explanation")
        ) { exchange in
            let overview = try await exchange.overview
            return try .json(Explanation(try await outlook(exchange, overview), now: exchange.house.now()).form)
        },
    ]

    private static let days = APIField("days", .integer, "How many days ahead, 1 to 3660; 90 where it is left out.")
    private static let from = APIField("from", .text, "Where it starts, else now.")

    private static func reader(_ exchange: Exchange) -> StatusReader {
        StatusReader(exchange.house.ledger, exchange.house.profiles, now: exchange.house.now())
    }

    private static func list(_ exchange: Exchange) async throws -> Reply {
        var items = exchange.query.items.filter { !["limit", "after"].contains($0.name) }.map {
            (key: $0.name, value: $0.value)
        }
        if exchange.query["sort"] == nil { items.append((key: "sort", value: "name")) }
        items.append((key: "size", value: String(try exchange.pageSize())))
        var (query, problems) = ListQuery.read(items)
        if let first = problems.first {
            var problem = Problem.refused("query.wrong", first.message, remedy: first.remedy)
            problem.places = problems.map { .init($0.key, $0.message, remedy: $0.remedy) }
            throw problem
        }
        query.after = try exchange.cursor(query.order)
        let now = exchange.house.now()
        try await exchange.house.register.freshen(at: now)
        let result = exchange.house.register.list(query, scope: exchange.scope, at: now)
        return try .json(PageForm(result.rows.map(CertificateRowForm.init), next: result.next?.text))
    }

    /// The next certificates by name that the person sees.
    private static func next(_ exchange: Exchange, _ size: Int) async throws -> (
        records: [CertificateRecord], next: String?
    ) {
        let person = try exchange.principal
        var (last, found) = (exchange.query["after"], [CertificateRecord]())
        while true {
            let page = try await exchange.house.ledger.certificates(after: last, limit: 500)
            for record in page where person.sees(record.labels) {
                if found.count == size { return (found, found.last?.name) }
                found.append(record)
            }
            guard page.count == 500, let end = page.last else { return (found, nil) }
            last = end.name
        }
    }

    private static func status(_ exchange: Exchange) async throws -> Reply {
        let (records, next) = try await next(exchange, exchange.pageSize())
        let reader = reader(exchange)
        var reports: [StatusReport] = []
        for record in records {
            guard let overview = try await exchange.house.ledger.overview(record.id) else { continue }
            reports.append(try await reader.report(overview, to: exchange.principal))
        }
        return try .json(PageForm(reports, next: next))
    }

    private static func show(_ exchange: Exchange) async throws -> Reply {
        let overview = try await exchange.overview
        let limit =
            try Fields(exchange.query["versions"].map { ["versions": [$0]] } ?? [:])
            .integer("versions", in: 1...500) ?? 10
        let outlook = try await outlook(exchange, overview)
        let versions = try await exchange.house.ledger.versions(of: overview.certificate.id, limit: limit + 1)
        let form = ShowForm(
            outlook, versions: versions, limit: limit, profiles: exchange.house.profiles, now: exchange.house.now())
        return try exchange.versioned(form, String(outlook.certificate.revision))
    }

    /// No rule waits longer than a year past the end.
    private static func outlook(_ exchange: Exchange, _ overview: CertificateOverview) async throws -> Outlook {
        let now = exchange.house.now()
        let until = max(now, overview.state.life?.notAfter ?? now) + .days(400)
        let outlook = try await exchange.house.foresight.outlook(of: overview, until: until)
        return try exchange.principal.told(outlook)
    }

    /// Whoever sees everything also sees what became of certificates that were removed.
    private static func history(_ exchange: Exchange) async throws -> Reply {
        let ledger = exchange.house.ledger
        let name = try exchange.parameter("name")
        let person = try exchange.principal
        let id =
            person.scope.isEmpty ? try await ledger.certificateOfHistory(name).id : try await exchange.certificate.id
        let end = try exchange.reach()
        let report = HistoryReport(
            events: try await ledger.latestEvents(certificate: name, limit: end).map(person.told),
            attempts: try await ledger.attempts(of: id, work: nil, limit: end).map(person.told), limit: end,
            ascending: false)
        return try .json(exchange.page(of: report.entries))
    }

    // MARK: Forecast

    private static func forecast(_ exchange: Exchange, _ overviews: [CertificateOverview]) async throws
        -> ForecastReport
    {
        let days = try Fields(exchange.query["days"].map { ["days": [$0]] } ?? [:]).integer("days", in: 1...3660) ?? 90
        let now = exchange.house.now()
        let start = try exchange.instant("from", exchange.query["from"]) ?? now
        guard abs((start - now).seconds) <= Span.days(3660).seconds else {
            throw Fields.wrong("from", "is more than ten years away", "Name a time that is nearer.")
        }
        let until = start + .days(Int64(days))
        let foresight = exchange.house.foresight
        var outlooks: [Outlook] = []
        for overview in overviews {
            outlooks.append(try await foresight.outlook(of: overview, until: until, showing: start))
        }
        return ForecastReport(outlooks: outlooks, from: start, until: until, now: now)
    }

    private static func forecastOfAll(_ exchange: Exchange) async throws -> Reply {
        let (records, next) = try await next(exchange, exchange.pageSize())
        var overviews: [CertificateOverview] = []
        for record in records where !record.isRetired {
            if let overview = try await exchange.house.ledger.overview(record.id) { overviews.append(overview) }
        }
        let report = try await forecast(exchange, overviews)
        return try .json(ForecastPageForm(items: report.runs, flows: report.flows, next: next))
    }
}
