import Automation
import Foundation
import Testing

@testable import Server

@Suite("acts over the API")
struct ActTests {
    private static let renew = "/api/v1/certificates/www.example/renew"

    @Test("renewal, publication, proof and rollback are asked for and followed to their ends")
    func acts() async throws {
        try await ServedHouse.withServing(hasRunner: true) { served in
            let person = try await served.client(.operator)
            try await served.add("www.example", isPublished: true)
            let acts = Acts(served, person)
            for verb in ["publish", "prove"] {
                let ended = try await acts.finish("www.example", verb)
                #expect(ended.map(\.state) == [.ended])
                #expect(ended.first?.attempt?.outcome == "succeeded", "\(verb): \(ended)")
            }
            let ended = try await acts.finish("www.example", "renew", .object(["reason": .text("a test")]))
            #expect(ended.first?.attempt?.version == 2)
            let history = try await person.get("/api/v1/certificates/www.example/history?limit=200")
                .json(PageForm<HistoryReport.Entry>.self)
            let asked = history.items.compactMap(\.event).first { $0.kind == "renewal.asked" }
            #expect(asked?.reason == "a test" && asked?.actor == "operator-0 (token test)")
            #expect(try await acts.finish("www.example", "publish").first?.attempt?.outcome == "succeeded")
            let back = try await acts.finish("www.example", "rollback", .object(["to": .number(1)]))
            #expect(back.first?.attempt?.outcome == "succeeded", "\(back)")
            let shown = try await person.get("/api/v1/certificates/www.example").json(ShowForm.self)
            #expect(shown.targets.first?.version == 1 && shown.targets.first?.hold != nil)
        }
    }

    @Test("an act that is sent again under its key is done once and answered alike")
    func sentAgain() async throws {
        try await ServedHouse.withServing { served in
            let person = try await served.client(.operator)
            try await served.add("www.example")
            let key = ["Idempotency-Key": "one"]
            let first = try await person.send("POST", Self.renew, json: .object([:]), headers: key)
            let second = try await person.send("POST", Self.renew, json: .object([:]), headers: key)
            #expect(first.status == 202 && second.status == 202 && first.body == second.body)
            let record = try #require(try await served.ledger.certificate(named: "www.example"))
            #expect(record.renewalsAsked == 1)
            let other = try await person.send("POST", Self.renew, json: .object(["force": .flag(true)]), headers: key)
            #expect(other.status == 422 && other.code == "idempotency.differs")
            // Another person's key is another key; after a day so is one's own.
            let somebody = try await served.client(.operator, name: "somebody")
            #expect(
                try await somebody.send("POST", Self.renew, json: .object(["force": .flag(true)]), headers: key).status
                    == 202)
            served.time.pass(.hours(25))
            let late = try await served.client(.operator)
            #expect(
                try await late.send("POST", Self.renew, json: .object(["force": .flag(true)]), headers: key).status
                    == 202)
        }
    }

    @Test("a key whose first request never got an answer says so")
    func reserved() async throws {
        try await ServedHouse.withServing { served in
            let person = try await served.client(.operator)
            try await served.add("www.example")
            let key = ["Idempotency-Key": "two"]
            #expect(try await person.send("POST", Self.renew, json: .object([:]), headers: key).status == 202)
            let record = try #require(try await served.ledger.documents(.answer, owner: "operator-0").first)
            var torn = record
            torn.body =
                try #require(record.body.range(of: ",\"status\"")).lowerBound > record.body.startIndex
                ? "{\"request\":\(String(decoding: try JSONEncoder().encode(Self.request(record.body)), as: UTF8.self))}"
                : ""
            _ = try await served.ledger.commit(.init([.putDocument(torn)]))
            let again = try await person.send("POST", Self.renew, json: .object([:]), headers: key)
            #expect(again.status == 409 && again.code == "idempotency.underway")
        }
    }

    private static func request(_ body: String) throws -> String {
        try JSONDecoder().decode(JSONValue.self, from: Data(body.utf8))["request"].string ?? ""
    }

    @Test("a refused act leaves its key free")
    func refusedAct() async throws {
        try await ServedHouse.withServing { served in
            let person = try await served.client(.operator)
            try await served.add("www.example")
            let path = "/api/v1/certificates/www.example/prove"
            let answers = [
                try await person.send("POST", path, json: .object([:]), headers: ["Idempotency-Key": "three"]),
                try await person.send("POST", path, json: .object([:]), headers: ["Idempotency-Key": "three"]),
            ]
            #expect(
                answers.allSatisfy { $0.status == 422 && $0.code == "certificate.no-target" }, "\(answers.map(\.text))")
        }
    }

    @Test("many are renewed in one go, and none of them where one is not seen")
    func many() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("a.example", "b.example", labels: ["team": "web"])
            try await served.add("c.example", labels: ["team": "mail"])
            let person = try await served.client(.operator, scope: ["team": "web"])
            func send(_ names: [String]) async throws -> TestClient.Answer {
                try await person.send(
                    "POST", "/api/v1/renew", json: .object(["certificates": .list(names.map { .text($0) })]))
            }
            #expect(try await send(["a.example", "c.example"]).status == 404)
            #expect(try await served.ledger.certificate(named: "a.example")?.renewalsAsked == 0)
            let answer = try await send(["a.example", "b.example"])
            #expect(try answer.json(BulkForm.self).items.map(\.certificate) == ["a.example", "b.example"])
            let all = try await person.send("POST", "/api/v1/pause", json: .object(["label": .text("team:web")]))
            #expect(try all.json(PausedForm.self).names == ["a.example", "b.example"])
            #expect(
                try await person.send("POST", "/api/v1/pause", json: .object(["label": .text("team:mail")])).status
                    == 404)
        }
    }
}
