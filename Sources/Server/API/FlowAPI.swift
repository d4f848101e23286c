import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Storage

/// Flows, and what they would do.
enum FlowAPI {
    private static let flow = APIField("flow", .object("Flow"), required: true, "As flows.yaml has it.")

    static let routes: [Route] = [
        .api(
            .get, "/certificates/{name}/flow", .right(.read),
            APIShape("flows", "The flow of a certificate.", answers: "FlowWithRevision", isVersioned: true)
        ) { exchange in
            let record = try await exchange.certificate
            return try exchange.versioned(
                FlowForm(flow: FlowJSON(record.flow), revision: record.revision), String(record.revision))
        },
        .api(
            .put, "/certificates/{name}/flow", .right(.operate), takes: [flow, FlowConfirmation.field, .why],
            APIShape(
                "flows", "Gives a certificate another flow, once its warnings are confirmed.",
                answers: "FlowWithRevision", isVersioned: true),
            change),
        .api(
            .post, "/certificates/{name}/flow/preview", .right(.read), takes: [flow],
            APIShape("flows", "What a flow would do for a year, and what it would change.", answers: "Preview")
        ) { exchange in
            let overview = try await exchange.overview
            let (flow, now) = (try read(exchange), exchange.house.now())
            let outlook = try await exchange.house.foresight.outlook(
                of: overview, under: flow, until: now + FlowPreview.horizon, limit: FlowPreview.limit)
            let preview = FlowPreview(outlook, now: now)
            let review = FlowReview(
                preview, draft: flow, saved: overview.certificate.flow, savedPreview: nil,
                profiles: exchange.house.profiles)
            return try .json(PreviewForm(outlook, preview, review))
        },
    ]

    private static func read(_ exchange: Exchange) throws -> Flow {
        let (flow, problems) = FlowJSON.read(
            try exchange.data(try exchange.value("flow") ?? .null), profiles: exchange.house.profiles,
            defaults: exchange.house.defaults)
        try Exchange.refuse(problems)
        guard let flow else { throw Fields.wrong("flow", "is no flow", "Send it as flows.yaml has it.") }
        return flow
    }

    private static func change(_ exchange: Exchange) async throws -> Reply {
        let record = try await exchange.certificate
        try exchange.requireVersion(String(record.revision))
        let flow = try read(exchange)
        try await FlowConfirmation(exchange).require(of: flow, for: record)
        do {
            let changed = try await exchange.desk().setFlow(record.name, to: flow, revision: record.revision)
            exchange.house.wake()
            return try exchange.versioned(
                FlowForm(flow: FlowJSON(changed.flow), revision: changed.revision), String(changed.revision))
        } catch let refusal as DeskRefusal where refusal.code == DeskRefusal.flowConflict {
            throw Problem(412, refusal.code, refusal.message, remedy: refusal.remedy)
        }
    }
}
