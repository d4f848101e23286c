import Automation
import Storage
import Testing

@testable import Server

@Suite("targets")
struct TargetListingTests {
    @Test("tell what they hold, the worst first, and whether anything still manages them")
    func states() async throws {
        let house = try ListingHouse()
        var plan = ListingHouse.Plan("a.example.com")
        plan.version = 2
        plan.targets = ["alpha", "beta", "gone"]
        plan.held = ["alpha": 1]
        plan.proofs = ["beta": .different]
        try await house.add(plan)
        try await house.register.freshen(at: ListingHouse.now)
        let result = house.register.targets(TargetQuery(), at: ListingHouse.now)
        #expect(result.rows.map(\.target) == ["beta", "alpha", "gone"])
        #expect(result.rows.map(\.state) == [.drifted, .behind, .unmanaged])
        #expect(result.rows.map(\.version) == [2, 1, 2])
        #expect(result.rows.map(\.isManaged) == [true, true, false])
        #expect(result.rows.allSatisfy { $0.current == 2 && $0.profile == "web" && $0.end != nil })
    }

    @Test("are found by certificate, target and state, without the other targets of the same certificate")
    func search() async throws {
        let house = try ListingHouse()
        try await house.add(.init("a.example.com"))
        try await house.add(.init("b.example.com"))
        try await house.register.freshen(at: ListingHouse.now)
        var query = TargetQuery()
        query.text = "beta"
        #expect(house.register.targets(query, at: ListingHouse.now).rows.map(\.target) == ["beta", "beta"])
        query.text = "a.example beta"
        #expect(house.register.targets(query, at: ListingHouse.now).rows.map(\.certificate) == ["a.example.com"])
        query.text = ""
        query.state = .drifted
        #expect(house.register.targets(query, at: ListingHouse.now).total == 0)
        query.state = nil
        query.profile = "we"
        #expect(house.register.targets(query, at: ListingHouse.now).total == 0)
        query.profile = "web"
        query.size = 3
        query.page = 2
        let page = house.register.targets(query, at: ListingHouse.now)
        #expect(page.total == 4 && page.pages == 2 && page.rows.count == 1)
    }
}

@Suite("certificates as CSV")
struct CertificateCSVTests {
    @Test(
        "cells are quoted as RFC 4180 says, and none is a formula",
        arguments: [
            ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("=a,\"b\"", "\"'=a,\"\"b\"\"\""), ("", ""),
        ])
    func cells(text: String, cell: String) { #expect(CSVText.cell(text) == cell) }

    @Test("every certificate of the query stands in it once, in pieces")
    func pieces() async throws {
        let house = try ListingHouse()
        for number in 0..<450 { try await house.add(.init("n\(number).example.com")) }
        try await house.register.freshen(at: ListingHouse.now)
        let csv = house.register.csv(ListQuery.read([("sort", "name")]).query, at: ListingHouse.now)
        #expect(csv.map { $0 }.count == 4)
        let lines = csv.joined().split(separator: "\r\n")
        #expect(lines.count == 451)
        #expect(lines.first?.hasPrefix("certificate,names,issuer,version,expires,") == true)
        #expect(Set(lines).count == 451)
        let columns = CertificateCSV.columns.count
        #expect(lines.first?.split(separator: ",", omittingEmptySubsequences: false).count == columns)
    }
}
