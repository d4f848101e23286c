import Automation
import Foundation
import Runner
import Storage
import Testing

@testable import Server

@Suite("acts on many certificates of the list")
struct BulkActTests {
    private static let path = "/automated/bulk"

    private func renewals(_ pages: PagesHouse, _ name: String) async throws -> Int? {
        try await pages.listing.ledger.certificate(named: name)?.renewalsAsked
    }

    @Test("a renewal is confirmed with its names, and done once however often the form arrives")
    func once() async throws {
        let pages = try await ListingPagesTests.filled()
        let names = ["shop.example.com", "api.example.com"]
        let asked = try await pages.post(Self.path, ["action": ["renew"], "name": names, "query": ["sort=name"]])
        #expect(asked.status == 200 && asked.text.contains("Renew 2 certificates?"))
        #expect(PagesHouse.hidden("name", in: asked.text) == names)
        #expect(try await renewals(pages, names[0]) == 0)
        let key = try #require(PagesHouse.hidden("key", in: asked.text).first)
        let form = [
            "action": ["renew"], "name": names, "query": ["sort=name"], "key": [key], "force": ["yes"],
            "reason": ["leaked"],
        ]
        for _ in 0..<3 {
            let done = try await pages.post(Self.path, form)
            #expect(done.status == 303 && done.headers[.location] == "/automated?sort=name")
        }
        for name in names { #expect(try await renewals(pages, name) == 1) }
        let event = try await pages.listing.ledger.latestEvents(certificate: names[0], limit: 1).first
        #expect(event?.draft.actor == "anna" && event?.draft.reason == "leaked")
    }

    @Test("a refused act changes nothing, says why beside the names, and can be tried again with the same key")
    func again() async throws {
        let pages = try await ListingPagesTests.filled()
        let name = "shop.example.com"
        var form = ["action": ["pause"], "name": [name], "key": [String(repeating: "a", count: 32)]]
        form["until"] = ["2020-01-01T08:00"]
        let refused = try await pages.post(Self.path, form)
        #expect(refused.status == 422 && refused.text.contains("is past") && refused.text.contains(name))
        #expect(try await pages.listing.ledger.certificate(named: name)?.pause == nil)
        form["until"] = [""]
        #expect(try await pages.post(Self.path, form).status == 303)
        #expect(try await pages.listing.ledger.certificate(named: name)?.pause != nil)
    }

    @Test("all that match are paused until a time on the page's clock, and resumed")
    func matching() async throws {
        let pages = try await ListingPagesTests.filled()
        let all = ["action": ["pause"], "matching": ["yes"], "query": ["label=team%3Ashop"]]
        let asked = try await pages.post(Self.path, all)
        #expect(asked.text.contains("Pause 1 flow?") && asked.text.contains("shop.example.com"))
        #expect(PagesHouse.hidden("name", in: asked.text) == [])
        let seen = PagesHouse.hidden("seen", in: asked.text)
        var form = all
        form["key"] = PagesHouse.hidden("key", in: asked.text)
        form["until"] = ["2027-06-01T08:00"]
        form["seen"] = ["other"]
        let changed = try await pages.post(Self.path, form)
        #expect(changed.status == 422 && changed.text.contains("Others match by now"))
        form["seen"] = seen
        #expect(try await pages.post(Self.path, form).status == 303)
        let pause = try await pages.listing.ledger.certificate(named: "shop.example.com")?.pause
        #expect(pause?.until == Instant(rfc3339: "2027-06-01T06:00:00Z") && pause?.by == "anna")
        #expect(try await pages.listing.ledger.certificate(named: "api.example.com")?.pause == nil)
        let resumed = try await pages.post(
            Self.path, ["action": ["resume"], "name": ["shop.example.com"], "key": [String(repeating: "b", count: 32)]])
        #expect(resumed.status == 303)
        #expect(try await pages.listing.ledger.certificate(named: "shop.example.com")?.pause == nil)
    }

    @Test("a name outside of the scope is refused as one that there is not")
    func scope() async throws {
        let pages = try await ListingPagesTests.filled()
        let person = PagesHouse.person(.operator, scope: ["team": "shop"])
        func refusal(_ name: String) async throws -> Problem {
            do {
                _ = try await pages.post(Self.path, ["action": ["renew"], "name": [name]], as: person)
            } catch let problem as Problem {
                return problem
            }
            throw Problem.notFound
        }
        var hidden = try await refusal("api.example.com")
        var unknown = try await refusal("none.example.com")
        hidden.message = hidden.message.replacing("api", with: "x")
        unknown.message = unknown.message.replacing("none", with: "x")
        #expect(hidden == unknown && hidden.code == "certificate.unknown")
        let all = try await pages.post(
            Self.path, ["action": ["pause"], "matching": ["yes"], "query": [""]], as: person)
        #expect(all.text.contains("Pause 1 flow?") && !all.text.contains("api.example.com"))
    }

    @Test("nothing selected, a filter that means nothing, an unknown act and a made-up key are refused")
    func refused() async throws {
        let pages = try await ListingPagesTests.filled()
        for form in [
            ["action": ["renew"]], ["action": ["burn"], "name": ["shop.example.com"]],
            ["action": ["pause"], "matching": ["yes"], "query": ["colour=red"]],
            ["action": ["pause"], "matching": ["yes"], "query": ["q=nowhere"]],
        ] {
            await #expect(throws: Problem.self) { try await pages.post(Self.path, form) }
        }
        let bad = ["action": ["pause"], "name": ["shop.example.com"], "key": ["x"]]
        #expect(try await pages.post(Self.path, bad).status == 422)
        #expect(try await pages.listing.ledger.certificate(named: "shop.example.com")?.pause == nil)
    }

    @Test("what people wrote is escaped on the page that confirms")
    func escaped() async throws {
        let pages = try await ListingPagesTests.filled()
        let page = try await pages.post(
            Self.path,
            [
                "action": ["pause"], "name": ["shop.example.com"], "key": ["x"], "reason": [ListingPagesTests.hostile],
                "query": ["q=\"><script>alert(1)"],
            ])
        #expect(!page.text.contains("<script>alert"))
        #expect(page.text.contains("&lt;script&gt;alert"))
    }

    @Test("a flow is set for many: only where it differs, with what it causes confirmed")
    func flow() async throws {
        let pages = try await ListingPagesTests.filled()
        let names = ["shop.example.com", "api.example.com"]
        let open = try await pages.post(Self.path, ["action": ["flow"], "name": names])
        #expect(open.status == 200 && open.text.contains("Set the flow of 2 certificates"))
        var form = [
            "selection": PagesHouse.hidden("selection", in: open.text), "name": names, "action": ["tab-review"],
            "renewal": ["no"], "publication": ["yes"], "profile": ["web"],
        ]
        let review = try await pages.post("/automated/flow", form)
        #expect(review.text.contains("2 change, 0 stay, 0 can") && review.text.contains("I renew them by hand"))
        form["action"] = ["save"]
        #expect(try await pages.post("/automated/flow", form).status == 422)
        let ids = review.text.components(separatedBy: "name=\"confirm\" value=\"").dropFirst().compactMap {
            $0.components(separatedBy: "\"").first
        }
        form["confirm"] = Array(ids)
        #expect(try await pages.post("/automated/flow", form).status == 303)
        for name in names {
            #expect(try await pages.listing.ledger.certificate(named: name)?.flow.rules.renewalEnabled == false)
        }
        #expect(
            try await pages.listing.ledger.certificate(named: "office.example.com")?.flow.rules.renewalEnabled == true)
        #expect(try await pages.post("/automated/flow/preview", form).text.contains("Load with this flow"))
    }

    @Test("the confirmation and the flow of many fill every field that the contract names")
    func contract() async throws {
        let pages = try await ListingPagesTests.filled()
        let rows = pages.house.register.list(ListQuery(), at: ListingHouse.now).rows
        let selection = BulkSelection(rows: rows, retired: ["old.example"], isMatching: false, query: ListQuery())
        for act in BulkAct.allCases {
            let context = BulkRoutes.context(pages.house, act, selection, nil, reason: "")
            let missing = try PageContract.missing("confirm.bulk", in: context)
            // Only a pause asks until when.
            #expect(missing.filter { act == .pause || !$0.hasPrefix("inputs.") } == [])
        }
        for (fixture, tab) in [("bulk-flow", FlowTab.renovation), ("bulk-flow.review", .review)] {
            let sample = try await FlowPageTests.page(tab: tab) { $0.renewal = "no" }
            let overviews = (1...3).map { BulkFlowTests.overview($0, FlowSamples.flow, isRetired: $0 == 2) }
            let bulk = BulkFlow(
                sample.reading.flow, for: overviews, profiles: FlowSamples.profiles, lives: [:], now: FlowSamples.now)
            let page = BulkFlowPage(sample: sample, bulk: bulk, selection: selection)
            let missing = try PageContract.missing(fixture, in: page.context)
            // What a choice would cause is another thing for each of them.
            #expect(missing.filter { !$0.hasPrefix("profiles.check.") && $0 != "forecast.lines" } == [])
        }
    }

    @Test("a time is read on the clock of its zone, and anything else is refused")
    func times() throws {
        let berlin = try #require(ZoneTable.shared["Europe/Berlin"])
        #expect(
            try FormTime.read("2026-12-01T08:00", "until", zone: berlin) == Instant(rfc3339: "2026-12-01T07:00:00Z"))
        #expect(
            try FormTime.read("2026-07-01T08:00:30", "until", zone: berlin) == Instant(rfc3339: "2026-07-01T06:00:30Z"))
        #expect(try FormTime.read("", "until", zone: berlin) == nil)
        for text in ["soon", "2026-13-01T08:00", "2026-12-01", "2026-12-01T08:00Z"] {
            #expect(throws: Problem.self) { try FormTime.read(text, "until", zone: berlin) }
        }
    }
}
