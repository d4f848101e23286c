import Automation
import Foundation
import Runner
import Storage

/// One flow for many certificates: looked at, confirmed, saved.
enum BulkFlowRoutes {
    private static let fields = FlowRoutes.fields + [APIField("name", .texts), APIField("selection")]

    static let routes: [Route] = [
        .page(.post, "/automated/flow", .right(.operate), takes: fields) { exchange in try await post(exchange) },
        .page(.post, "/automated/flow/preview", .right(.operate), takes: fields) { exchange in
            let selection = try await selection(exchange)
            let page = try await make(exchange, selection, draft(exchange, selection), tab: .renovation)
            return try Page(exchange).fragment("bulk-load", page.fragment)
        },
    ]

    /// From the list, with what was selected there.
    static func open(_ exchange: Exchange) async throws -> Reply {
        let selection = try await Selected(exchange, try await BulkSelection.read(exchange), seen: nil)
        return try await reply(
            exchange, try await make(exchange, selection, selection.begun, tab: .renovation), isDraft: false)
    }

    // MARK: What is selected

    private struct Selected {
        let selection: BulkSelection
        let overviews: [CertificateOverview]
        /// The one whose flow the form begins with.
        let first: CertificateOverview
        /// Others match by now than when the form was opened.
        let hasChanged: Bool

        init(_ exchange: Exchange, _ selection: BulkSelection, seen: String?) async throws {
            var overviews: [CertificateOverview] = []
            for row in selection.rows {
                if let overview = try await exchange.house.ledger.overview(row.id) { overviews.append(overview) }
            }
            guard let first = overviews.first else {
                throw Problem.refused("selection.retired", "All of them are out of service.", remedy: "Select others.")
            }
            self.selection = selection
            self.overviews = overviews
            self.first = first
            hasChanged = selection.isMatching && seen.map { $0 != selection.seal } ?? false
        }

        var begun: FlowDraft { FlowDraft(first.certificate.flow, revision: first.certificate.revision) }
    }

    /// As the form says it again: "names QUERY" or "SEAL QUERY".
    private static func selection(_ exchange: Exchange) async throws -> Selected {
        let text = try exchange.fields.text("selection", atMost: BulkSelection.longestAddress + 100)
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let isMatching = parts.first != "names"
        let selection = try await BulkSelection.read(
            exchange, isMatching: isMatching, address: parts.count > 1 ? parts[1] : "")
        return try await Selected(exchange, selection, seen: isMatching ? parts.first : nil)
    }

    private static func draft(_ exchange: Exchange, _ selected: Selected) -> FlowDraft {
        FlowDraft(form: exchange.fields.values, base: selected.begun)
    }

    // MARK: Showing and saving

    private static func post(_ exchange: Exchange) async throws -> Reply {
        let selected = try await selection(exchange)
        var draft = draft(exchange, selected)
        var tab = FlowTab.renovation
        switch exchange.fields["action"] ?? "" {
        case "tab-publishing": tab = .publishing
        case "tab-review": tab = .review
        case "add-profile":
            draft.profiles.append("")
            tab = .publishing
        case "save": return try await save(exchange, selected, draft)
        default: break
        }
        return try await reply(exchange, try await make(exchange, selected, draft, tab: tab))
    }

    private static func save(_ exchange: Exchange, _ selected: Selected, _ draft: FlowDraft) async throws -> Reply {
        var page = try await make(exchange, selected, draft, tab: .review)
        page.sample.isSaving = true
        guard !selected.hasChanged else {
            page.errors = [
                .init(
                    label: "Selection", message: "Others match by now than when you looked.",
                    remedy: "Look at the names, and save again.")
            ]
            return try await reply(exchange, page, status: 409)
        }
        guard page.isReady else { return try await reply(exchange, page, status: 422) }
        let person = try exchange.principal
        let desk = exchange.house.desk(person, reason: page.sample.draft.reason)
        var failed: [BulkFlowPage.Failure] = []
        for row in page.bulk.changing {
            do {
                _ = try await desk.setFlow(row.certificate, to: page.sample.reading.flow, revision: row.revision)
            } catch let refusal as DeskRefusal {
                let problem = person.told(Problem(refusal))
                failed.append(.init(label: row.certificate, message: problem.message, remedy: problem.remedy))
            }
        }
        exchange.house.wake()
        guard !failed.isEmpty else { return .seeOther(selected.selection.backHref) }
        // The others are saved: what is left is looked at anew.
        page = try await make(exchange, try await selection(exchange), draft, tab: .review)
        page.errors = failed
        return try await reply(exchange, page, status: 409)
    }

    private static func make(
        _ exchange: Exchange, _ selected: Selected, _ draft: FlowDraft, tab: FlowTab
    ) async throws -> BulkFlowPage {
        let (house, principal) = (exchange.house, try exchange.principal)
        let sample = try await FlowPage.make(
            draft, of: selected.first, tab: tab, maySave: true, foresight: house.foresight,
            desk: house.desk(principal, reason: ""), profiles: house.profiles, events: [], now: house.now())
        let bulk = BulkFlow(
            sample.reading.flow, for: selected.overviews, profiles: house.profiles, lives: [:], now: house.now())
        return BulkFlowPage(sample: sample, bulk: bulk, selection: selected.selection)
    }

    /// - Parameter isDraft: whether it was sent by the form itself.
    private static func reply(
        _ exchange: Exchange, _ page: BulkFlowPage, isDraft: Bool = true, status: Int = 200
    ) async throws -> Reply {
        var context = page.context
        context["isDraft"] = isDraft
        return try await Page(exchange).reply(
            "bulk-flow", context, current: "/automated", status: .init(code: status))
    }
}
