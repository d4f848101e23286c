import Automation
import Foundation
import Storage
import Testing

@testable import Runner
@testable import Server

/// The page *Automated flow* as a browser without scripts works on it.
@Suite("the page Automated flow")
struct FlowRouteTests {
    private static let name = "www.example.com"
    private static let address = "/certificates/www.example.com/flow"

    private static func record(_ house: PageHouse) async throws -> CertificateRecord {
        try #require(try await house.ledger.certificate(named: name))
    }

    /// What the form of this draft sends.
    private static func fields(_ draft: FlowDraft, _ action: String) -> [(String, String)] {
        draft.form.flatMap { field in field.values.map { (field.name, $0) } } + [("action", action)]
    }

    private static func draft(_ house: PageHouse) async throws -> FlowDraft {
        let record = try await record(house)
        var draft = FlowDraft(record.flow, revision: record.revision)
        draft.renewal = "yes"
        return draft
    }

    /// The ids of the warnings that a page asks to confirm.
    private static func warnings(_ page: String) -> [String] {
        page.matches(of: #/name="confirm" value="([^"]+)"/#).map { String($0.1) }
    }

    @Test("a choice is carried from tab to tab, and saved with who and why")
    func saving() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.operator, port, workers)
            #expect(try await client.get(Self.address).status == 200)
            var draft = try await Self.draft(house)
            draft.renewIn = "before-expiration"
            draft.days = "17"
            draft.reason = "the <b>auditor</b> asked"
            let publishing = try await client.post(Self.address, Self.fields(draft, "tab-publishing"))
            #expect(publishing.status == 200 && publishing.body.contains("value=\"17\""))
            let review = try await client.post(Self.address, Self.fields(draft, "tab-review"))
            #expect(review.body.contains("17 days") && review.body.contains("What changes"))
            #expect(try await Self.record(house).flow.rules.renewIn != .beforeExpiration(days: 17), "not saved yet")
            draft.confirmed = Self.warnings(review.body)
            let saved = try await client.post(Self.address, Self.fields(draft, "save"))
            #expect(
                saved.status == 303 && saved.location == "/certificates/www.example.com", "\(saved.body.prefix(3000))")
            #expect(try await Self.record(house).flow.rules.renewIn == .beforeExpiration(days: 17))
            let event = try #require(try await house.events("flow.changed").first)
            #expect(event.draft.actor == "operator-all" && event.draft.reason == "the <b>auditor</b> asked")
        }
    }

    @Test("an error refuses to be saved, stands at its control, and what was typed stays")
    func errors() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.operator, port, workers)
            var draft = try await Self.draft(house)
            draft.renewIn = "before-expiration"
            draft.days = "4<00"
            draft.window.timeZone = "Europe/Berlim"
            let before = try await Self.record(house)
            let answer = try await client.post(Self.address, Self.fields(draft, "save"))
            #expect(answer.status == 422 && answer.body.contains("The flow is not saved: 2 errors"))
            #expect(answer.body.contains("4&lt;00") && answer.body.contains("Europe/Berlim"))
            #expect(try await Self.record(house) == before)
        }
    }

    @Test("a warning is confirmed before it can be saved")
    func warnings() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.operator, port, workers)
            var draft = try await Self.draft(house)
            draft.renewIn = "after-expiration"
            draft.days = "3"
            let refused = try await client.post(Self.address, Self.fields(draft, "save"))
            let ids = Self.warnings(refused.body)
            #expect(refused.status == 422 && !ids.isEmpty)
            #expect(try await Self.record(house).flow.rules.renewIn != .afterExpiration(days: 3))
            draft.confirmed = Array(ids.dropLast())
            #expect(try await client.post(Self.address, Self.fields(draft, "save")).status == 422)
            draft.confirmed = ids
            #expect(try await client.post(Self.address, Self.fields(draft, "save")).status == 303)
            #expect(try await Self.record(house).flow.rules.renewIn == .afterExpiration(days: 3))
        }
    }

    @Test("the second of two editors is told who saved what, and puts theirs on top without losing it")
    func conflict() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.operator, port, workers)
            var mine = try await Self.draft(house)
            mine.lastResort = "publish"
            let before = try await Self.record(house)
            var theirs = before.flow
            theirs.rules.renewIn = .beforeExpiration(days: 11)
            let desk = Desk(
                ledger: house.ledger, profiles: house.house.profiles, registry: house.house.outside.registry,
                person: Person(name: "mara", reason: ""), now: { PageHouse.now }, entropy: house.house.outside.entropy)
            _ = try await desk.setFlow(Self.name, to: theirs, revision: before.revision)
            let refused = try await client.post(Self.address, Self.fields(mine, "save"))
            #expect(refused.status == 409)
            #expect(refused.body.contains("mara saved revision") && refused.body.contains("11 days"))
            #expect(try await Self.record(house).flow == theirs, "theirs stands")
            let rebased = try await client.post(Self.address, Self.fields(mine, "rebase"))
            let revision = try #require(rebased.body.firstMatch(of: #/name="revision" value="(\d+)"/#)?.1)
            var merged = FlowDraft(theirs, revision: try #require(Int64(revision)))
            merged.renewal = mine.renewal
            merged.lastResort = "publish"
            merged.confirmed = Self.warnings(rebased.body)
            #expect(try await client.post(Self.address, Self.fields(merged, "save")).status == 303)
            let rules = try await Self.record(house).flow.rules
            #expect(rules.renewIn == .beforeExpiration(days: 11) && rules.lastResort == .publish)
        }
    }

    @Test("who may only read sees it and can't save; who may not see the certificate finds nothing")
    func rights() async throws {
        try await PageHouse.served { house, port, workers in
            let viewer = try await house.client(.viewer, port, workers)
            let page = try await viewer.get(Self.address)
            #expect(page.status == 200 && !page.body.contains("data-save"))
            var draft = try await Self.draft(house)
            draft.lastResort = "wait"
            let before = try await Self.record(house)
            #expect(try await viewer.post(Self.address, Self.fields(draft, "save")).status == 403)
            let stranger = try await house.client(.operator, scope: ["team": "shop"], port, workers)
            #expect(try await stranger.get(Self.address).status == 404)
            #expect(try await stranger.post(Self.address, Self.fields(draft, "save")).status == 404)
            #expect(try await stranger.post(Self.address + "/preview", Self.fields(draft, "")).status == 404)
            #expect(try await Self.record(house) == before)
        }
    }

    @Test("the preview is a part of a page, and saves nothing")
    func preview() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.viewer, port, workers)
            var draft = try await Self.draft(house)
            draft.renewIn = "on-expiration"
            let before = try await Self.record(house)
            let part = try await client.post(Self.address + "/preview", Self.fields(draft, ""))
            #expect(part.status == 200 && !part.body.contains("<html") && part.body.contains("Forecast"))
            #expect(try await Self.record(house) == before)
        }
    }
}
