import Automation
import Foundation
import HTTPTypes
import NIOCore
import Runner

/// *Home*, *Automated certificates*, *Certificates* and *Targets*.
enum ListingRoutes {
    static let routes: [Route] = [
        .page(.get, "/", .right(.read)) { exchange in
            let (house, principal, now) = try await fresh(exchange)
            let scope = CertificateScope(labels: principal.scope)
            let page = HomePage(
                digest: house.register.home(scope: scope, zone: house.settings.zone, at: now),
                running: house.register.tally(scope: scope, at: now).running, lastPass: house.lastPass(),
                zone: house.settings.zone, mayAct: principal.may(.operate),
                pauses: house.register.pauses(scope: scope, at: now))
            return try await Page(exchange).reply("home", page.context, current: "/")
        },
        .page(.get, "/automated", .right(.read)) { try await list($0, .automated) },
        .page(.get, "/certificates", .right(.read)) { try await list($0, .certificates) },
        .page(.get, "/automated.csv", .right(.read)) { exchange in
            let (house, principal, now) = try await fresh(exchange)
            let (query, problems) = ListingPage.read(exchange.query.items, .automated)
            try refuse(problems)
            let csv = house.register.csv(query, scope: CertificateScope(labels: principal.scope), at: now)
            return download("certificates", now, csv)
        },
        .page(.get, "/targets", .right(.read)) { exchange in
            let (house, principal, now) = try await fresh(exchange)
            let (query, problems) = TargetQuery.read(exchange.query.items)
            let page = TargetsPage(
                query: query, problems: problems,
                result: house.register.targets(query, scope: CertificateScope(labels: principal.scope), at: now),
                zone: house.settings.zone, now: now, profiles: house.profiles.publishing.keys.sorted())
            return try await Page(exchange).reply("targets", page.context, current: "/targets")
        },
        .page(.get, "/targets.csv", .right(.read)) { exchange in
            let (house, principal, now) = try await fresh(exchange)
            let (query, problems) = TargetQuery.read(exchange.query.items)
            try refuse(problems)
            let csv = TargetCSV(
                content: house.register.snapshot, query: query, scope: CertificateScope(labels: principal.scope),
                now: now)
            return download("targets", now, csv)
        },
    ]

    /// The register with all that was committed before.
    private static func fresh(_ exchange: Exchange) async throws -> (House, Principal, Instant) {
        let house = exchange.house
        let now = house.now()
        try await house.register.freshen(at: now)
        return (house, try exchange.principal, now)
    }

    private static func list(_ exchange: Exchange, _ kind: ListingPage.Kind) async throws -> Reply {
        let (house, principal, now) = try await fresh(exchange)
        let (query, problems) = ListingPage.read(exchange.query.items, kind)
        let page = ListingPage(
            kind: kind, query: query, problems: problems,
            result: house.register.list(query, scope: CertificateScope(labels: principal.scope), at: now),
            zone: house.settings.zone, mayAct: principal.may(.operate), issuers: house.profiles.issuing.keys.sorted())
        let template = kind == .automated ? "automated" : "certificates"
        return try await Page(exchange).reply(template, page.context, current: kind.path)
    }

    /// A file can't say beside itself what was left out.
    private static func refuse(_ problems: [ListQuery.Problem]) throws(Problem) {
        guard let first = problems.first else { return }
        throw Problem(422, "query.wrong", first.message, remedy: first.remedy)
    }

    private static func download(
        _ name: String, _ now: Instant, _ lines: some Sequence<String> & Sendable
    ) -> Reply {
        .download(
            "\(name)-\(now.rfc3339.prefix(10)).csv", "text/csv; charset=utf-8",
            .stream { writer in
                for line in lines { try await writer.write(ByteBuffer(string: line)) }
            })
    }
}
