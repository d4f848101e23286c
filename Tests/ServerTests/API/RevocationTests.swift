import Automation
import Foundation
import Testing

@testable import Server

@Suite("revocations, on pages and over the API")
struct RevocationTests {
    private static let path = "/api/v1/certificates/www.example/"

    private static func served(_ body: @escaping @Sendable (ServedHouse, Acts) async throws -> Void) async throws {
        try await ServedHouse.withServing(hasRunner: true) { served in
            let person = try await served.client(.operator)
            try await served.add("www.example", labels: ["team": "web"], isPublished: true)
            let acts = Acts(served, person)
            try await acts.finish("www.example", "publish")
            try await body(served, acts)
        }
    }

    private static func versions(_ served: ServedHouse) async throws -> [Bool] {
        let id = try #require(try await served.ledger.certificate(named: "www.example")).id
        return try await served.ledger.versions(of: id, limit: 10).map { $0.revokedAt != nil }
    }

    @Test("the CA is asked, and the current version is replaced by one that is followed to its end")
    func asked() async throws {
        try await Self.served { served, acts in
            let body: [String: JSONValue] = [
                "because": .text("keyCompromise"), "issuer": .text("teller"), "reason": .text("a lost laptop"),
            ]
            let told = try await acts.client.send(
                "POST", Self.path + "revoke", json: .object(body.merging(["dryRun": .flag(true)]) { $1 }))
            let plan = try told.json(RevocationForm.self)
            #expect(plan.dryRun && plan.heldBy == ["files/default"] && plan.replacement == .issued && plan.asked == nil)
            #expect(try await Self.versions(served) == [false])
            let done = try await acts.client.send("POST", Self.path + "revoke", json: .object(body))
            let form = try done.json(RevocationForm.self)
            #expect(form.issuer == "teller" && !form.wasRevoked && form.version == 1)
            let asked = try #require(form.asked)
            #expect(try await acts.end(of: asked, "www.example").attempt?.version == 2)
            #expect(try await Self.versions(served) == [false, true])
            let events = try await served.ledger.latestEvents(certificate: "www.example", limit: 50).map(\.draft)
            let event = try #require(events.first { $0.kind == "version.revoked" })
            #expect(event.reason == "a lost laptop" && event.detail["reason"] == "keyCompromise")
            #expect(events.contains { $0.kind == "revocation.asked" })
        }
    }

    @Test("a refusal of the CA changes nothing; what was revoked elsewhere is replaced without asking it")
    func elsewhere() async throws {
        try await Self.served { served, acts in
            let refused = try await acts.client.send(
                "POST", Self.path + "revoke",
                json: .object(["because": .text("superseded"), "issuer": .text("teller")]))
            #expect(refused.status == 502 && refused.code == "teller.refused")
            #expect(try await Self.versions(served) == [false])
            let own = try await acts.client.send(
                "POST", Self.path + "revoke", json: .object(["because": .text("superseded")]))
            #expect(own.status == 422 && own.code == "issuer.no-revocation")
            for (name, value) in [("version", JSONValue.number(9)), ("because", .text("boredom"))] {
                let body = ["because": JSONValue.text("superseded")].merging([name: value]) { $1 }
                let answer = try await acts.client.send("POST", Self.path + "revoke", json: .object(body))
                #expect([404, 422].contains(answer.status), "\(name): \(answer.text)")
            }
            let noted = try await acts.client.send("POST", Self.path + "revoked", json: .object([:]))
            let asked = try #require(try noted.json(RevocationForm.self).asked)
            #expect(try await acts.end(of: asked, "www.example").attempt?.outcome == "succeeded")
            let older = try await acts.client.send(
                "POST", Self.path + "revoked", json: .object(["version": .number(1)]))
            #expect(try older.json(RevocationForm.self).replacement == .notCurrent)
        }
    }

    @Test("on the pages: what will happen is said before, a refusal is told there, and the form is done once")
    func pages() async throws {
        try await Self.served { served, _ in
            let mara = try await served.session(.operator, name: "mara")
            let page = try await mara.get("/certificates/www.example")
            #expect(page.text.contains("/certificates/www.example/revoke?version=1"))
            let confirm = try await mara.get("/certificates/www.example/revoke?version=1")
            for words in [
                "nobody can take that back", "Version 2 with a new key is issued at once", "publishes no revocations",
                "value=\"keyCompromise\"", "/certificates/www.example/revoked?version=1",
            ] {
                #expect(confirm.text.contains(words), "\(words)")
            }
            func post(_ verb: String, _ fields: [String: String]) async throws -> TestClient.Answer {
                try await mara.form("/certificates/www.example/\(verb)", fields.merging(["version": "1"]) { $1 })
            }
            let key = String(repeating: "k", count: 32)
            let none = try await post("revoke", ["key": key, "issuer": "teller"])
            #expect(none.status == 422 && none.text.contains("names no reason"))
            let refused = try await post("revoke", ["key": key, "issuer": "teller", "because": "superseded"])
            #expect(refused.status == 422 && refused.text.contains("The teller refuses."))
            for _ in 0..<2 {
                let done = try await post(
                    "revoke", ["key": key, "issuer": "teller", "because": "keyCompromise", "reason": "lost"])
                #expect(done.status == 303)
            }
            let events = try await served.ledger.latestEvents(certificate: "www.example", limit: 50).map(\.draft)
            #expect(events.count { $0.kind == "version.revoked" } == 1)
            let again = try await mara.get("/certificates/www.example/revoked?version=1")
            #expect(again.text.contains("It counts as revoked since"))
        }
    }

    @Test("only who operates may, and nobody what it does not see")
    func rights() async throws {
        try await Self.served { served, _ in
            let body = JSONValue.object(["because": .text("superseded"), "issuer": .text("teller")])
            for verb in ["revoke", "revoked"] {
                let viewer = try await served.client(.viewer)
                let json = verb == "revoke" ? body : .object([:])
                #expect(try await viewer.send("POST", Self.path + verb, json: json).status == 403)
                let other = try await served.client(.operator, scope: ["team": "mail"])
                #expect(try await other.send("POST", Self.path + verb, json: json).status == 404)
                #expect(
                    try await served.session(.viewer, name: "vera").get("/certificates/www.example/\(verb)").status
                        == 403)
            }
            #expect(try await Self.versions(served) == [false])
            let page = try await served.session(.viewer, name: "vera").get("/certificates/www.example")
            #expect(!page.text.contains("/revoke"))
        }
    }
}
