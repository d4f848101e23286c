import Automation
import Foundation
import Runner
import Storage
import Testing

@testable import Server

@Suite("the list of certificates")
struct RegisterListTests {
    private func filled() async throws -> ListingHouse {
        let house = try ListingHouse()
        var plan = ListingHouse.Plan("shop.example.com")
        plan.extra = ["pay.example.net"]
        plan.labels = ["team": "shop"]
        try await house.add(plan)
        plan = ListingHouse.Plan("Intranet.example.com")
        plan.issuer = "other"
        plan.labels = ["team": "office"]
        plan.trouble = ListingHouse.trouble("The CA said: too many requests", needsPerson: true)
        try await house.add(plan)
        plan = ListingHouse.Plan("api.example.com")
        plan.age = 80
        plan.rules.renewalEnabled = false
        plan.proofs = ["beta": .different]
        try await house.add(plan)
        plan = ListingHouse.Plan("mail.example.com")
        plan.pause = Pause(by: "anna", reason: "freeze", since: ListingHouse.now, until: nil)
        plan.version = 2
        plan.held = ["beta": 1]
        try await house.add(plan)
        return house
    }

    @Test("puts what needs a person first, then what runs next, and counts every view")
    func usual() async throws {
        let result = try await filled().list()
        #expect(result.rows.map(\.name).first == "Intranet.example.com")
        #expect(result.rows.map(\.name).dropFirst().first == "shop.example.com")
        #expect(result.total == 4 && result.all == 4 && result.pages == 1)
        #expect(
            result.counts == [
                .attention: 1, .notServing: 2, .runsSoon: 0, .expiresSoon: 1, .paused: 1, .off: 1,
            ])
    }

    @Test(
        "every filter leaves out what it does not mean",
        arguments: [
            ("q", "PAY.example", ["shop.example.com"]), ("q", "too many", ["Intranet.example.com"]),
            ("q", "web/beta shop", ["shop.example.com"]), ("name", "intra", ["Intranet.example.com"]),
            ("names", "pay", ["shop.example.com"]), ("name", "pay", []), ("issuer", "other", ["Intranet.example.com"]),
            ("expires", "14d", ["api.example.com"]), ("expires", "expired", []),
            ("renewed", "needs-person", ["Intranet.example.com"]), ("renewed", "held", ["mail.example.com"]),
            ("renewed", "off", ["api.example.com"]), ("published", "held", ["mail.example.com"]),
            ("serving", "needs-person", ["api.example.com"]), ("serving", "retrying", ["mail.example.com"]),
            ("next", "renewal", ["shop.example.com"]), ("last", "failed", ["Intranet.example.com"]),
            ("label", "team:office", ["Intranet.example.com"]), ("view", "paused", ["mail.example.com"]),
            ("view", "not-serving", ["api.example.com", "mail.example.com"]), ("profile", "none", []),
        ])
    func filters(key: String, value: String, names: [String]) async throws {
        #expect(try await filled().names([(key, value), ("sort", "name")]) == names)
    }

    @Test("every column sorts both ways, over pages that join without a gap", arguments: ListQuery.Sort.allCases)
    func sorts(sort: ListQuery.Sort) async throws {
        let house = try ListingHouse()
        for number in 0..<60 {
            var plan = ListingHouse.Plan("host-\(number * 37 % 60).example.com")
            plan.issuer = "ca-\(number % 3)"
            plan.age = Int64(number % 7) * 12
            try await house.add(plan)
        }
        for direction in ["asc", "desc"] {
            let order: [(key: String, value: String)] = [("sort", sort.rawValue), ("dir", direction)]
            let all = try await house.names(order + [("size", "500")])
            #expect(Set(all).count == 60)
            var joined: [String] = []
            for page in 1...9 { joined += try await house.names(order + [("size", "7"), ("page", String(page))]) }
            #expect(joined == all)
        }
        let ascending = try await house.list([("sort", sort.rawValue), ("size", "500")]).rows
        switch sort {
        case .name: #expect(ascending.map(\.name) == ascending.map(\.name).sorted())
        case .issuer: #expect(ascending.map(\.issuer) == ascending.map(\.issuer).sorted())
        case .expires: #expect(ascending.compactMap(\.end) == ascending.compactMap(\.end).sorted())
        default: #expect(ascending.count == 60)
        }
    }

    @Test("a page behind the last is the last one")
    func lastPage() async throws {
        let result = try await filled().list([("size", "3"), ("page", "9")])
        #expect(result.page == 2 && result.pages == 2 && result.rows.count == 1)
    }

    @Test("nobody sees, counts or finds a certificate without the labels of their scope")
    func scope() async throws {
        let house = try await filled()
        let scope = CertificateScope(labels: ["team": "shop"])
        let all = try await house.list(scope: scope)
        #expect(all.rows.map(\.name) == ["shop.example.com"])
        #expect(all.all == 1 && all.counts[.attention] == 0)
        let none = try await house.list([("q", "intranet")], scope: scope)
        #expect(none.total == 0 && none.hindrance?.without == 1)
        let id = try #require(try await house.ledger.certificate(named: "Intranet.example.com")?.id)
        #expect(house.register.row(id, scope: scope, at: ListingHouse.now) == nil)
        #expect(house.register.row(id, at: ListingHouse.now)?.name == "Intranet.example.com")
        #expect(house.register.targets(TargetQuery(), scope: scope, at: ListingHouse.now).all == 2)
        #expect(house.register.csv(ListQuery(), scope: scope, at: ListingHouse.now).joined().contains("shop"))
        #expect(!house.register.csv(ListQuery(), scope: scope, at: ListingHouse.now).joined().contains("Intranet"))
        #expect(house.register.home(scope: scope, zone: .utc, at: ListingHouse.now).attentionTotal == 0)
    }

    @Test("an empty list names the filter that excludes most, and how many there would be without it")
    func hindrance() async throws {
        let house = try await filled()
        let result = try await house.list([("issuer", "ca"), ("q", "nowhere")])
        #expect(result.rows.isEmpty)
        #expect(result.hindrance == .init(filter: .text, without: 3))
        #expect(try await house.list([("issuer", "x"), ("q", "nowhere"), ("next", "due")]).hindrance == nil)
    }
}

@Suite("a text to look for")
struct NeedleTests {
    @Test("is found wherever it stands, in capital letters or not, and never across the end of a part")
    func found() {
        let text = Array("www.example.com\napi.example.com\n".utf8)
        func find(_ needle: String, _ range: Range<Int>) -> Int? {
            text.withUnsafeBytes { bytes in
                Needle(needle).flatMap { $0.first(in: bytes, from: range.lowerBound, to: range.upperBound) }
            }
        }
        #expect(find("WWW", 0..<32) == 0)
        #expect(find("com", 0..<15) == 12)
        #expect(find("com", 0..<14) == nil)
        #expect(find("com", 13..<32) == 28)
        #expect(find("m\na", 0..<32) == 14)
        #expect(find("example.com", 5..<32) == 20)
        #expect(find("zzz", 0..<32) == nil)
        #expect(find("a", 0..<0) == nil)
        #expect(find("a", 0..<400) == 6)
        #expect(Needle("") == nil)
    }

    @Test("agrees with the plain way to look for it", arguments: 0..<20)
    func agrees(seed: Int) {
        let letters = Array("ab.-".utf8)
        let text = (0..<200).map { letters[($0 * $0 * 7 + seed * $0 + $0 / 3) % 4] }
        let whole = String(decoding: text, as: UTF8.self)
        for length in 1...5 {
            let needle = String(decoding: text[(seed * 3)..<(seed * 3 + length)], as: UTF8.self)
            let plain = whole.range(of: needle).map { whole.utf8.distance(from: whole.startIndex, to: $0.lowerBound) }
            let found = text.withUnsafeBytes { bytes in
                Needle(needle).flatMap { $0.first(in: bytes, from: 0, to: bytes.count) }
            }
            #expect(found == plain)
        }
    }
}
