import Automation
import Foundation
import Runner
import Storage

/// The page *Automated flow* of one certificate.
enum FlowRoutes {
    /// What the form sends, whatever tab it is on.
    static let fields: [APIField] = [
        APIField("revision"), APIField("base"), APIField("renewal"), APIField("renewIn"), APIField("days"),
        APIField("publication"), APIField("profile", .texts), APIField("publishOn"), APIField("lastResort"),
        APIField("same"), APIField("earlier"), APIField("windowBy"), APIField("day", .texts),
        APIField("period", .texts), APIField("cell", .texts), APIField("timeZone"), APIField("publicationWindowBy"),
        APIField("publicationDay", .texts), APIField("publicationPeriod", .texts),
        APIField("publicationCell", .texts), APIField("publicationTimeZone"), APIField("confirm", .texts),
        APIField("reason"), APIField("action"),
    ]

    static let routes: [Route] = [
        .page(.get, "/certificates/{name}/flow", .right(.read)) { exchange in
            let overview = try await exchange.visibleOverview(exchange.parameter("name"))
            let draft = FlowDraft(overview.certificate.flow, revision: overview.certificate.revision)
            return try await show(exchange, draft, overview, tab: .renovation)
        },
        .page(.post, "/certificates/{name}/flow", .right(.read), takes: fields) { exchange in
            try await post(exchange)
        },
        .page(.post, "/certificates/{name}/flow/preview", .right(.read), takes: fields) { exchange in
            let overview = try await exchange.visibleOverview(exchange.parameter("name"))
            let page = try await make(exchange, draft(exchange, overview), overview, tab: .renovation)
            return try Page(exchange).fragment("flow-forecast", page.fragment)
        },
    ]

    private static func draft(_ exchange: Exchange, _ overview: CertificateOverview) -> FlowDraft {
        let saved = FlowDraft(overview.certificate.flow, revision: overview.certificate.revision)
        return FlowDraft(form: exchange.fields.values, base: saved)
    }

    private static func post(_ exchange: Exchange) async throws -> Reply {
        let overview = try await exchange.visibleOverview(exchange.parameter("name"))
        let draft = draft(exchange, overview)
        switch exchange.fields["action"] ?? "" {
        case "tab-publishing": return try await show(exchange, draft, overview, tab: .publishing, takesFocus: true)
        case "tab-review": return try await show(exchange, draft, overview, tab: .review, takesFocus: true)
        case "discard": return .seeOther(CertificatePath(overview.certificate.name).path)
        case "add-profile":
            var more = draft
            more.profiles.append("")
            return try await show(exchange, more, overview, tab: .publishing)
        case "rebase":
            let page = try await make(exchange, draft, overview, tab: .review)
            return try await show(exchange, page.conflict?.rebased ?? draft, overview, tab: .review)
        case "save": return try await save(exchange, draft, overview)
        default: return try await show(exchange, draft, overview, tab: .renovation, takesFocus: true)
        }
    }

    private static func save(
        _ exchange: Exchange, _ draft: FlowDraft, _ overview: CertificateOverview
    ) async throws -> Reply {
        let principal = try exchange.principal
        guard principal.may(.operate) else { throw Problem.notAllowed }
        var page = try await make(exchange, draft, overview, tab: .review)
        page.isSaving = true
        guard page.isReady, let revision = page.reading.revision else {
            return try await reply(exchange, page, status: page.conflict == nil ? 422 : 409)
        }
        do {
            _ = try await exchange.house.desk(principal, reason: page.draft.reason).setFlow(
                overview.certificate.name, to: page.reading.flow, revision: revision)
        } catch let refusal as DeskRefusal where refusal.code == DeskRefusal.flowConflict {
            // Somebody was faster between the look and the save: told as any other conflict.
            let fresh = try await exchange.visibleOverview(overview.certificate.name)
            return try await show(exchange, draft, fresh, tab: .review, status: 409)
        }
        exchange.house.wake()
        return .seeOther(CertificatePath(overview.certificate.name).path)
    }

    // MARK: Showing

    private static func make(
        _ exchange: Exchange, _ draft: FlowDraft, _ overview: CertificateOverview, tab: FlowTab
    ) async throws -> FlowPage {
        let (house, principal) = (exchange.house, try exchange.principal)
        return try await FlowPage.make(
            draft, of: overview, tab: tab, maySave: principal.may(.operate), foresight: house.foresight,
            desk: house.desk(principal, reason: ""), profiles: house.profiles,
            events: try await house.ledger.latestEvents(certificate: overview.certificate.name, limit: 200),
            now: house.now())
    }

    private static func show(
        _ exchange: Exchange, _ draft: FlowDraft, _ overview: CertificateOverview, tab: FlowTab,
        takesFocus: Bool = false, status: Int = 200
    ) async throws -> Reply {
        var page = try await make(exchange, draft, overview, tab: tab)
        page.takesFocus = takesFocus
        return try await reply(exchange, page, status: status)
    }

    private static func reply(_ exchange: Exchange, _ page: FlowPage, status: Int) async throws -> Reply {
        var context: [String: Any] = page.context
        let name = page.certificate.name
        context["pageTitle"] = "Automated flow: \(name)"
        context["crumbs"] = Crumbs.to(
            ("Reports", ""), ("Certificate", ""), ("Automated certificates", "/automated"), (name, ""))
        return try await Page(exchange).reply(
            "flow", context, current: "/automated", status: .init(code: status))
    }
}

extension Exchange {
    /// A certificate that the person may see; else the same refusal as for one that there is not.
    func visibleOverview(_ name: String) async throws -> CertificateOverview {
        let principal = try principal
        guard let record = try await house.ledger.certificate(named: name), principal.sees(record.labels),
            let overview = try await house.ledger.overview(record.id)
        else {
            throw Problem(
                404, "certificate.unknown", "There is no certificate \"\(name)\".",
                remedy: "See Automated certificates for those that there are.")
        }
        return overview
    }
}
