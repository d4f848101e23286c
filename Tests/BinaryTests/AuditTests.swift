import Foundation
import TestPeers
import Testing

@Suite("the audit trail, from the command line")
struct AuditTests {
    private struct Event: Decodable {
        var sequence: Int
        var kind: String
        var certificate: String?
        var mac: String
    }

    private struct Verdict: Decodable {
        struct Finding: Decodable { var sequence: Int }
        var events: Int
        var intact: Bool
        var findings: [Finding]
    }

    @Test("the trail is listed as an array or line by line, of all or of one certificate")
    func lists() async throws {
        try await TellingHome.withRunHome { home in
            let all = try await home.json([Event].self, "audit", "list", "--limit", "1000")
            #expect(all.map(\.sequence) == Array(1...all.count))
            let one = try await home.json([Event].self, "audit", "list", "--certificate", "www.example.com")
            #expect(!one.isEmpty && one.allSatisfy { $0.certificate == "www.example.com" })
            let lines = try await home.certflow.succeed("audit", "list", "--limit", "3", "--output", "jsonl")
            let read = try lines.split(separator: "\n").map {
                try JSONDecoder().decode(Event.self, from: Data($0.utf8))
            }
            #expect(read.map(\.sequence) == all.suffix(3).map(\.sequence))
            #expect(try await home.certflow.succeed("audit", "list").contains("version 1 stored"))
            let since = try await home.json([Event].self, "audit", "list", "--since", "1h", "--limit", "2")
            #expect(since.map(\.sequence) == all.suffix(2).map(\.sequence))
            #expect(try await home.json([Event].self, "audit", "list", "--since", "2999-01-01").isEmpty)
        }
    }

    @Test("an untouched trail verifies; a changed event is named and ends with 1")
    func verifies() async throws {
        try await TellingHome.withRunHome { home in
            let whole = try await home.json(Verdict.self, "audit", "verify")
            #expect(whole.intact && whole.events > 10)
            try await home.changeDatabase("UPDATE event SET actor = 'mallory' WHERE sequence = 7")
            let outcome = try await home.certflow.run(["audit", "verify"])
            #expect(outcome.status == 1 && outcome.output.contains("Event 7"))
            let broken = try await home.json(Verdict.self, "audit", "verify")
            #expect(!broken.intact && broken.findings.first?.sequence == 7)
        }
    }
}
