import Automation
import Runner
import Storage
import Testing

@testable import Server

@Suite("the foremost rows")
struct ForemostTests {
    @Test("a page, early or late, holds what stands there in the whole list, in every order")
    func pages() async throws {
        let house = try ListingHouse()
        // More than what is kept for an early page, so that rows are left out while they are looked at.
        for number in 0..<1300 {
            var plan = ListingHouse.Plan("h-\(number * 7919 % 1300).example")
            plan.issuer = "ca-\(number % 4)"
            plan.age = Int64(number % 37)
            if number % 50 == 0 { plan.pause = Pause(by: "anna", reason: "", since: ListingHouse.now, until: nil) }
            _ = try await house.add(plan)
        }
        try await house.register.freshen(at: ListingHouse.now)
        for sort in ListQuery.Sort.allCases {
            var query = ListQuery()
            (query.sort, query.size) = (sort, 500)
            var all: [String] = []
            for page in 1...3 {
                all += house.register.list(query.at(page: page), at: ListingHouse.now).rows.map(\.name)
            }
            #expect(Set(all).count == 1300, "\(sort)")
            query.size = 40
            for page in [1, 2, 6, 7, 20, 33] {
                let result = house.register.list(query.at(page: page), at: ListingHouse.now)
                let start = (page - 1) * 40
                #expect(result.rows.map(\.name) == Array(all[start..<min(start + 40, 1300)]), "\(sort), \(page)")
                #expect(result.total == 1300 && result.pages == 33)
            }
            let beyond = house.register.list(query.at(page: 1_000_000_000), at: ListingHouse.now)
            #expect(beyond.page == 33 && beyond.rows.map(\.name) == Array(all[1280...]))
        }
    }
}
