import Automation
import Foundation
import Runner
import Storage
import Testing

@testable import Server

@Suite("cursors of lists")
struct ListCursorTests {
    /// Names of which some begin alike, so that orders are decided late.
    private static func plans(_ range: Range<Int>) -> [ListingHouse.Plan] {
        range.map { number in
            var plan = ListingHouse.Plan("host-with-a-long-name-\(number % 7)-\(number).example")
            plan.issuer = "ca-\(number % 3)"
            plan.age = Int64(number % 5 * 10)
            plan.extra = number % 2 == 0 ? ["common.example", "other-\(number).example"] : []
            if number % 11 == 0 { plan.proofs = ["alpha": .different] }
            if number % 13 == 0 { plan.held = ["beta": nil] }
            return plan
        }
    }

    @Test(
        "in every order a walk shows each row once, in that order, whatever comes and goes meanwhile",
        arguments: ListQuery.Sort.allCases, [false, true])
    func walk(_ sort: ListQuery.Sort, isDescending: Bool) async throws {
        let house = try ListingHouse()
        for plan in Self.plans(0..<60) { _ = try await house.add(plan) }
        let address = [(key: "sort", value: sort.rawValue), (key: "dir", value: isDescending ? "desc" : "asc")]
        let all = try await house.names(address + [(key: "size", value: "500")])
        #expect(all.count == 60)
        var (query, _) = ListQuery.read(address + [(key: "size", value: "7")])
        var seen: [String] = []
        var added = 60
        repeat {
            try await house.register.freshen(at: ListingHouse.now)
            let result = house.register.list(query, at: ListingHouse.now)
            seen += result.rows.map(\.name)
            query.after = try result.next.map { try #require(ListCursor($0.text)) }
            // One that was shown goes, others come.
            if let first = seen.first { try await house.change(first) { $0.note = "seen" } }
            for plan in Self.plans(added..<added + 3) { _ = try await house.add(plan) }
            added += 3
        } while query.after != nil && seen.count < 500
        #expect(Set(seen).count == seen.count, "each once")
        let old = Set(all)
        #expect(seen.filter(old.contains) == all, "none of those that were there is missing, in their order")
    }

    @Test("a walk over targets shows each once while others come")
    func targets() async throws {
        let house = try ListingHouse()
        for plan in Self.plans(0..<40) { _ = try await house.add(plan) }
        try await house.register.freshen(at: ListingHouse.now)
        var query = TargetQuery()
        query.size = 500
        func name(_ row: TargetRow) -> String { "\(row.certificate) -> \(row.profile)/\(row.target)" }
        let all = house.register.targets(query, at: ListingHouse.now).rows.map(name)
        query.size = 9
        var (seen, added) = ([String](), 40)
        repeat {
            try await house.register.freshen(at: ListingHouse.now)
            let result = house.register.targets(query, at: ListingHouse.now)
            seen += result.rows.map(name)
            query.after = try result.next.map { try #require(ListCursor($0.text)) }
            for plan in Self.plans(added..<added + 2) { _ = try await house.add(plan) }
            added += 2
        } while query.after != nil && seen.count < 500
        #expect(Set(seen).count == seen.count)
        let old = Set(all)
        #expect(seen.filter(old.contains) == all)
    }

    @Test("what is no cursor, or one of another order, is none", arguments: ["", "x", "e30", "{}", "AAAA", "🦦"])
    func nonsense(_ text: String) { #expect(ListCursor(text) == nil) }

    @Test("a list that grows at its head goes on behind what was told last")
    func growing() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("a.example")
            let person = try await served.client(.operator)
            let path = "/api/v1/certificates/a.example/history"
            func pause(_ count: Int) async throws {
                for number in 0..<count {
                    let act = number % 2 == 0 ? "pause" : "resume"
                    #expect(try await person.send("POST", "/api/v1/certificates/a.example/\(act)").status == 200)
                }
            }
            try await pause(12)
            let all = try await person.get("\(path)?limit=500").value["items"].list
            var (seen, after) = ([JSONValue](), String?.none)
            repeat {
                let cursor = after.map { "&after=\($0)" } ?? ""
                let page = try await person.get("\(path)?limit=5\(cursor)").value
                seen += page["items"].list
                after = page["next"].string
                try await pause(4)
            } while after != nil && seen.count < 100
            #expect(seen == all, "\(seen.count) of \(all.count)")
        }
    }
}
