import Automation
import Foundation
import Storage
import Testing

@testable import Server

@Suite("the audit trail over the API")
struct EventTests {
    @Test("events since a time, and the newest, are those and no others; the newest are counted among what one sees")
    func parts() async throws {
        try await ServedHouse.withServing { served in
            let (auditor, limited) = (
                try await served.client(.auditor), try await served.client(.auditor, scope: ["team": "web"])
            )
            func told(_ client: TestClient, _ query: String) async throws -> [AuditReport.Entry] {
                let answer = try await client.get("/api/v1/events?limit=500&\(query)")
                #expect(answer.status == 200, "\(answer.text)")
                return try answer.json(PageForm<AuditReport.Entry>.self).items
            }
            for day in 0..<5 {
                try await served.add("web-\(day).example", labels: ["team": "web"])
                served.time.pass(.minutes(10))
            }
            let middle = served.time.now
            served.time.pass(.minutes(10))
            for number in 0..<9 { try await served.add("mail-\(number).example", labels: ["team": "mail"]) }
            let all = try await told(auditor, "after=0")
            let later = try await told(auditor, "since=\(middle.rfc3339)")
            #expect(later.map(\.sequence) == all.filter { $0.at >= middle.rfc3339 }.map(\.sequence))
            #expect(later.count >= 9 && later.allSatisfy { $0.certificate?.hasPrefix("mail-") == true })
            #expect(try await told(auditor, "since=2040-01-01T00:00:00Z").isEmpty)
            #expect(try await told(auditor, "since=2000-01-01T00:00:00Z").map(\.sequence) == all.map(\.sequence))
            #expect(try await told(auditor, "newest=3").map(\.sequence) == all.suffix(3).map(\.sequence))
            let own = try await told(auditor, "newest=1&certificate=web-2.example")
            #expect(own.count == 1 && own.first?.certificate == "web-2.example")
            let seen = try await told(limited, "newest=2")
            let expected = all.filter { $0.certificate?.hasPrefix("web-") == true }.suffix(2).map(\.sequence)
            #expect(seen.map(\.sequence) == expected)
            for query in ["newest=0", "newest=10001", "newest=x", "since=yesterday"] {
                #expect(try await auditor.get("/api/v1/events?\(query)").status == 422, "\(query)")
            }
        }
    }
}
