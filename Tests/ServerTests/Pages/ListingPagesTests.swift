import Automation
import Foundation
import Runner
import Storage
import Testing

@testable import Server

@Suite("the lists of certificates and targets, as pages")
struct ListingPagesTests {
    static let hostile = "<script>alert(\"x\")</script>"

    static func filled() async throws -> PagesHouse {
        let pages = try PagesHouse()
        var plan = ListingHouse.Plan("shop.example.com")
        plan.extra = ["pay.example.net", "www.example.net"]
        plan.labels = ["team": "shop", "owner": "mara"]
        try await pages.listing.add(plan)
        plan = ListingHouse.Plan("office.example.com")
        plan.labels = ["team": hostile]
        plan.trouble = ListingHouse.trouble("The CA said: \(hostile)", needsPerson: true)
        plan.pause = Pause(by: "anna", reason: hostile, since: ListingHouse.now, until: nil)
        try await pages.listing.add(plan)
        plan = ListingHouse.Plan("api.example.com")
        plan.version = 2
        plan.held = ["beta": 1]
        plan.proofs = ["beta": .different]
        plan.troubles = ["beta": ListingHouse.trouble("no route to \(hostile)", needsPerson: true)]
        try await pages.listing.add(plan)
        try await pages.house.prepare()
        return pages
    }

    private func list(
        _ pages: PagesHouse, _ address: String = "", kind: ListingPage.Kind = .automated, mayAct: Bool = true
    ) -> ListingPage {
        let (query, problems) = ListingPage.read(Query(address).items, kind)
        return ListingPage(
            kind: kind, query: query, problems: problems,
            result: pages.house.register.list(query, at: ListingHouse.now), zone: pages.house.settings.zone,
            mayAct: mayAct, issuers: ["ca"])
    }

    // MARK: Contract

    @Test("fill every field that the templates' contract names")
    func contract() async throws {
        let (pages, empty) = (try await Self.filled(), try PagesHouse())
        try await empty.house.prepare()
        #expect(try PageContract.missing("automated", in: list(pages, "label=team:shop").context) == [])
        #expect(
            try PageContract.missing("automated.empty", in: list(pages, "expires=sonn&q=zz&issuer=ca").context) == [])
        let names = list(pages, "label=team:shop", kind: .certificates).context
        #expect(try PageContract.missing("certificates", in: names) == [])
        #expect(try PageContract.missing("certificates.empty", in: list(empty, kind: .certificates).context) == [])
        let targets = TargetsPage(
            query: TargetQuery(), problems: [],
            result: pages.house.register.targets(TargetQuery(), at: ListingHouse.now),
            zone: .utc, now: ListingHouse.now, profiles: ["web"])
        #expect(try PageContract.missing("targets", in: targets.context) == [])
        var plan = ListingHouse.Plan("soon.example.com")
        plan.trouble = ListingHouse.trouble("busy")
        try await pages.listing.add(plan)
        try await pages.house.prepare()
        for (fixture, house) in [("home", pages), ("home.empty", empty)] {
            let home = HomePage(
                digest: house.house.register.home(zone: .utc, at: ListingHouse.now), running: 1,
                lastPass: ListingHouse.now, zone: .utc, mayAct: true,
                pauses: house.house.register.pauses(at: ListingHouse.now))
            // No run lies within a day here.
            let missing = try PageContract.missing(fixture, in: home.context).filter { !$0.hasPrefix("runDays.") }
            #expect(missing == [], "\(fixture): \(missing)")
        }
    }

    // MARK: Text and scope

    @Test(
        "what people and CAs wrote is escaped on every page",
        arguments: [
            "/", "/automated", "/certificates", "/targets", "/automated?q=%3Cscript%3Ealert",
            "/targets?q=%3Cscript%3Ealert",
        ])
    func escaped(address: String) async throws {
        let page = try await Self.filled().get(address)
        #expect(page.status == 200)
        #expect(!page.text.contains("<script>alert"))
        #expect(page.text.contains("&lt;script&gt;alert"))
    }

    @Test(
        "nobody sees, counts or finds what lies outside of their scope",
        arguments: ["/", "/automated", "/certificates", "/targets"])
    func scope(path: String) async throws {
        let pages = try await Self.filled()
        let person = PagesHouse.person(.viewer, scope: ["team": "shop"])
        let page = try await pages.get(path, as: person)
        #expect(!page.text.contains("office.example.com") && !page.text.contains("api.example.com"))
        #expect(!page.text.contains("need attention"))
        #expect(
            pages.house.register.tally(scope: CertificateScope(labels: person.scope), at: ListingHouse.now).attention
                == 0)
        #expect(pages.house.register.tally(at: ListingHouse.now).attention == 2)
    }

    @Test("who may not act is shown nothing to act with")
    func reading() async throws {
        let page = try await Self.filled().get("/automated", as: PagesHouse.person(.auditor))
        #expect(
            !page.text.contains("/renew") && !page.text.contains("name=\"action\"") && !page.text.contains("data-row"))
        #expect(page.text.contains("Actions"))
    }

    // MARK: Addresses

    @Test("an address that means nothing in parts says so and shows the rest")
    func problems() async throws {
        let page = try await Self.filled().get("/automated?expires=sonn&colour=red&q=shop")
        #expect(page.text.contains("expires can") && page.text.contains("There is no filter"))
        #expect(page.text.contains("shop.example.com") && !page.text.contains("office.example.com"))
    }

    @Test("all of a list's state stands in its addresses: sorting, paging and removing a filter keep the others")
    func addresses() async throws {
        let pages = try await Self.filled()
        let context = list(pages, "label=team:shop&issuer=ca&sort=name&size=1").context
        let columns = try #require(context["columns"] as? [[String: Any]])
        #expect(columns.first?["href"] as? String == "/automated?issuer=ca&label=team%3Ashop&sort=name&dir=desc&size=1")
        #expect(columns.count { $0["isSorted"] as? Bool == true } == 1)
        let filters = try #require(context["filters"] as? [String: Any])
        let active = try #require(filters["active"] as? [[String: Any]])
        #expect(
            active.map { $0["removeHref"] as? String ?? "" } == [
                "/automated?label=team%3Ashop&sort=name&size=1", "/automated?issuer=ca&sort=name&size=1",
            ])
        #expect(context["csvHref"] as? String == "/automated.csv?issuer=ca&label=team%3Ashop&sort=name")
        let second = list(pages, "size=1&page=2").context["pager"] as? [String: Any]
        #expect(second?["previousHref"] as? String == "/automated?size=1")
        #expect(second?["nextHref"] as? String == "/automated?page=3&size=1")
        #expect(second?["words"] as? String == "2 to 2 of 3")
    }

    @Test("every choice that a filter offers is one that the list understands")
    func choices() async throws {
        let filters = try #require(list(try await Self.filled()).context["filters"] as? [String: Any])
        for filter in try #require(filters["suggested"] as? [[String: Any]]) {
            let name = try #require(filter["name"] as? String)
            for option in try #require(filter["options"] as? [[String: Any]]) {
                let value = try #require(option["value"] as? String)
                #expect(ListQuery.read([(key: name, value: value)]).problems == [])
            }
        }
    }

    @Test(
        "the search of the top bar finds by name, subject, target, profile, label and error",
        arguments: [
            ("shop.ex", ["shop.example.com"]), ("pay.example.net", ["shop.example.com"]),
            ("web/beta", ["api.example.com", "office.example.com", "shop.example.com"]),
            ("team:shop", ["shop.example.com"]),
            ("mara", ["shop.example.com"]), ("no route", ["api.example.com"]),
        ])
    func search(text: String, names: [String]) async throws {
        let pages = try await Self.filled()
        let (query, _) = ListingPage.read([("q", text), ("sort", "name")], .automated)
        #expect(pages.house.register.list(query, at: ListingHouse.now).rows.map(\.name) == names)
        #expect(try await pages.get("/targets?q=\(AddressText.encoded(text))").text.contains(names[0]))
    }

    @Test("targets read their own address, and name what they do not understand")
    func targets() async throws {
        let (query, problems) = TargetQuery.read([
            ("q", "x"), ("state", "drifted"), ("profile", "web"), ("page", "3"), ("state", "held"), ("size", "x"),
            ("a", "b"),
        ])
        #expect(query.text == "x" && query.state == .drifted && query.profile == "web" && query.page == 3)
        #expect(problems.map(\.key) == ["state", "size", "a"])
        #expect(TargetQuery.read(query.items.map { (name: $0.key, value: $0.value) }).query == query)
        let page = try await Self.filled().get("/targets?state=needs-person")
        #expect(page.text.contains("api.example.com") && !page.text.contains("shop.example.com"))
    }

    // MARK: CSV

    @Test("CSV has the heading and all rows of the query, and refuses an address that it does not understand")
    func csv() async throws {
        let pages = try await Self.filled()
        let reply = try await pages.get("/automated.csv?label=team:shop")
        #expect(reply.headers[.contentType] == "text/csv; charset=utf-8")
        #expect(reply.headers[.contentDisposition] == "attachment; filename=\"certificates-2027-01-15.csv\"")
        await #expect(throws: Problem.self) { try await pages.get("/automated.csv?expires=sonn") }
        var query = TargetQuery()
        query.text = "api"
        let lines = TargetCSV(
            content: pages.house.register.snapshot, query: query, scope: .all, now: ListingHouse.now
        ).joined().split(separator: "\r\n")
        #expect(lines.count == 3 && lines[0].hasPrefix("target,profile,certificate"))
    }

    // MARK: Frame

    @Test("the navigation counts what needs a person, the pulse what is overdue")
    func frame() async throws {
        let pages = try await Self.filled()
        let page = try await pages.get("/automated")
        #expect(page.text.contains("<span class=\"count bad\">2<span class=\"vh\"> need attention</span></span>"))
        #expect(page.text.contains("last pass 12 seconds ago, 0 overdue"))
    }

    @Test("numbers are grouped by thousands")
    func numbers() {
        #expect(
            [0, 7, 999, 1000, 1_284_000, -1000].map { Quantity.words($0) } == [
                "0", "7", "999", "1,000", "1,284,000", "-1,000",
            ])
    }
}
