import Automation
import Foundation
import Storage
import Testing

@testable import Server

@Suite("the pages Runs, Audit and Secrets")
struct RecordPageTests {
    @Test("runs show who sees all the attempts, and others those of their certificates alone")
    func runs() async throws {
        try await PageHouse.served { house, port, workers in
            let all = try await house.client(.viewer, port, workers).get("/runs").body
            #expect(all.contains("www.example.com") && all.contains("shop.example.com"))
            #expect(all.contains("&lt;img src=x") && !all.contains("<img"))
            let some = try await house.client(.viewer, scope: ["team": "shop"], port, workers)
            let page = try await some.get("/runs").body
            let lines = page.split(separator: "\n").filter {
                $0.contains("www.example.com") && !$0.contains("placeholder=")
            }
            #expect(page.contains("shop.example.com") && lines.isEmpty, "\(lines)")
            let hidden = try await some.get("/runs?certificate=www.example.com").body
            let unknown = try await some.get("/runs?certificate=no.example.com").body
            #expect(hidden.replacingOccurrences(of: "www.", with: "no.") == unknown)
            let failed = try await house.client(.viewer, port, workers).get("/runs?result=failed&kind=renewal").body
            #expect(failed.contains("www.example.com") && !failed.contains("href=\"/certificates/shop.example.com\""))
        }
    }

    @Test(
        "what was done reads as what it was: put back and taken away are no publications",
        arguments: [
            (nil, "published"), ("prove", "proved"), ("rollback", "rolled back"), ("clean", "withdrawn"),
        ] as [(String?, String)])
    func deeds(step: String?, words: String) {
        func attempt(_ kind: WorkKey.Kind) -> AttemptRecord {
            AttemptRecord(
                work: WorkKey(kind, 1), certificate: 1, startedAt: .distantPast, endedAt: .distantPast,
                outcome: .succeeded, step: step)
        }
        #expect(attempt(.publication).deed == words && attempt(.renewal).deed == "renewed")
        #expect(RunRow(attempt(.publication), name: "www.example").mark.words == words)
    }

    @Test("the audit trail is for auditors and administrators", arguments: [Role.viewer, .operator])
    func auditRights(role: Role) async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(role, port, workers)
            #expect(try await client.get("/audit").status == 403)
            #expect(try await client.get("/audit.jsonl").status == 403)
            #expect(try await client.post("/audit/verify").status == 403)
        }
    }

    @Test("the audit trail filters, shows before and after, verifies and exports")
    func audit() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.auditor, port, workers)
            let page = try await client.get("/audit?who=mara&what=certificate").body
            #expect(page.contains("<del>automatic</del>") && page.contains("<ins>30 days before expiration</ins>"))
            #expect(page.contains("why &lt;script&gt;") && !page.contains("<script>alert"))
            let day = try await client.get("/audit?from=2026-11-24").body
            #expect(!day.contains("<del>automatic</del>"))
            let on = try await client.get("/audit?on=shop.example.com").body
            #expect(on.contains("/certificates/shop.example.com") && !on.contains("/certificates/www.example.com"))
            #expect(try await client.get("/audit?from=nonsense").body.contains("is no day"))
            #expect(try await client.post("/audit/verify").body.contains("The chain is whole"))
            let export = try await client.get("/audit.jsonl?who=mara")
            let lines = export.body.split(separator: "\n")
            #expect(lines.count == 2 && export.headers["content-disposition"]?.contains("audit.jsonl") == true)
            for line in lines {
                #expect(try JSONDecoder().decode(AuditReport.Entry.self, from: Data(line.utf8)).actor == "mara")
            }
        }
    }

    @Test("an auditor of a part sees the events of those certificates alone, exported too")
    func auditScope() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.auditor, scope: ["team": "shop"], port, workers)
            for path in ["/audit", "/audit.jsonl"] {
                let body = try await client.get(path).body
                let lines = body.split(separator: "\n").filter {
                    $0.contains("www.example.com") && !$0.contains("placeholder=")
                }
                #expect(body.contains("shop.example.com") && lines.isEmpty, "\(lines)")
                #expect(!body.contains("account.added"))
            }
        }
    }

    @Test("secrets go in and never come out; what profiles name is not removed", arguments: [Role.administrator])
    func secrets(role: Role) async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(role, port, workers)
            #expect(try await client.get("/secrets").body.contains("missing"))
            for name in ["deploy-key", "spare"] {
                let set = try await client.post("/secrets", [("name", name), ("value", "pa55word-\(name)\r\n")])
                #expect(set.location == "/secrets?done=set")
            }
            let page = try await client.get("/secrets").body
            #expect(page.contains("publishing/fleet") && !page.contains("pa55word"))
            let stored = try #require(try await house.ledger.secret(named: "spare"))
            #expect(String(decoding: stored.sealed, as: UTF8.self).hasSuffix("pa55word-spare"))
            let used = try await client.post("/secrets/deploy-key/remove")
            #expect(used.status == 422 && used.body.contains("is used by"))
            #expect(
                try await client.post("/secrets/spare/remove", [("reason", "old")]).location == "/secrets?done=removed")
            #expect(try await client.get("/secrets/spare/remove").status == 404)
            let bad = try await client.post("/secrets", [("name", "<b>"), ("value", "x")])
            #expect(bad.status == 422 && bad.body.contains("name-error") && !bad.body.contains("\"<b>\""))
            #expect(try await client.post("/secrets", [("name", "x"), ("value", "x"), ("setBy", "eve")]).status == 422)
            let audit = try await client.get("/audit?what=secret").body
            #expect(audit.contains(AuditRow.mask) && !audit.contains("pa55word"))
        }
    }

    @Test("only an administrator touches secrets", arguments: [Role.viewer, .operator, .auditor])
    func secretRights(role: Role) async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(role, port, workers)
            #expect(try await client.get("/secrets").status == 403)
            #expect(try await client.post("/secrets", [("name", "x"), ("value", "y")]).status == 403)
            #expect(try await house.ledger.secrets().isEmpty)
        }
    }
}
