import Automation
import Testing

@testable import Server

@Suite("the address of a list")
struct ListQueryTests {
    @Test("a query comes back from its own address as it was, whatever characters it holds")
    func roundTrip() throws {
        let items: [(key: String, value: String)] = [
            ("view", "expires-14d"), ("q", "a&b=c +ü%"), ("name", "www"), ("names", "*.example"), ("issuer", "ca"),
            ("expires", "2027-03-01"), ("renewed", "needs-person"), ("published", "rolled-back"),
            ("serving", "not-proved"), ("next", "7d"), ("profile", "web"), ("last", "none"), ("label", "team:web"),
            ("label", "tier:a:b"), ("sort", "expires"), ("dir", "desc"), ("page", "3"), ("size", "500"),
        ]
        let (query, problems) = ListQuery.read(items)
        #expect(problems.isEmpty)
        #expect(query.items.map(\.key) == items.map(\.key))
        #expect(query.items.map(\.value) == items.map(\.value))
        #expect(query.filters == ListQuery.Filter.allCases)
        let decoded = try query.address.split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
            return (key: parts[0], value: try #require(parts[1].removingPercentEncoding))
        }
        #expect(ListQuery.read(decoded).query == query)
    }

    @Test("the usual list has an empty address, and an empty value is no filter")
    func usual() {
        #expect(ListQuery().address.isEmpty)
        let (query, problems) = ListQuery.read([("q", "  "), ("issuer", ""), ("page", ""), ("label", "")])
        #expect(query == ListQuery())
        #expect(problems.isEmpty)
    }

    @Test(
        "what means nothing is named as a problem and left out, never ignored",
        arguments: [
            ("colour", "red"), ("view", "all"), ("sort", "size"), ("dir", "up"), ("page", "0"), ("page", "-1"),
            ("page", "99999999999999999999"), ("page", "1e3"), ("size", "501"), ("size", "0"), ("size", "\u{0661}"),
            ("expires", "soon"), ("expires", "0d"), ("expires", "2027-02-30"), ("expires", "9999999d"),
            ("expires", "d"), ("next", "yes"), ("last", "-3d"), ("label", "team"), ("label", ":web"),
            ("renewed", "green"), ("q", String(repeating: "a", count: 201)),
        ])
    func problems(key: String, value: String) {
        let (query, problems) = ListQuery.read([(key, value)])
        #expect(query == ListQuery())
        #expect(problems.count == 1)
        #expect(problems.first?.message.isEmpty == false && problems.first?.remedy.isEmpty == false)
    }

    @Test("the same key twice is a problem, but for labels")
    func twice() {
        #expect(ListQuery.read([("q", "a"), ("q", "b")]).problems.count == 1)
        #expect(ListQuery.read([("label", "a:1"), ("label", "b:2")]).query.labels.count == 2)
        #expect(ListQuery.read((0..<20).map { ("label", "k\($0):v") }).problems.count == 4)
    }

    @Test("another order, page or filter begins at the first page and keeps the rest")
    func links() {
        var query = ListQuery.read([("q", "a"), ("issuer", "ca"), ("page", "4")]).query
        #expect(query.without(.issuer).address == "q=a")
        #expect(query.sorted(by: .expires).address == "q=a&issuer=ca&sort=expires")
        query = query.sorted(by: .expires)
        #expect(query.sorted(by: .expires).isDescending)
        #expect(!query.sorted(by: .expires).sorted(by: .expires).isDescending)
        #expect(query.at(page: 2).address == "q=a&issuer=ca&sort=expires&page=2")
        #expect(query.showing(.off).address == "view=off&q=a&issuer=ca&sort=expires")
    }
}
