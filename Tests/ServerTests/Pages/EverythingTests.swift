import Automation
import Foundation
import Storage
import Testing

@testable import Server

@Suite("everything paused and resumed")
struct EverythingTests {
    private static func paused(_ served: ServedHouse) async throws -> [String] {
        try await served.ledger.certificates(after: nil, limit: 100).filter { $0.pause != nil }.map(\.name)
    }

    /// The key that a confirmation hides in its form.
    private static func key(_ page: TestClient.Answer) throws -> String {
        try #require(PagesHouse.hidden("key", in: page.text).first)
    }

    @Test("from Home, with how many it concerns said before; done once, an event for each flow, and told on Home")
    func pages() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("a.example", "b.example", labels: ["team": "web"])
            try await served.add("c.example", labels: ["team": "mail"])
            let mara = try await served.session(.operator, name: "mara")
            let home = try await mara.get("/")
            #expect(home.text.contains("href=\"/pause\"") && !home.text.contains("href=\"/resume\""))
            let ask = try await mara.get("/pause")
            #expect(ask.text.contains("Nothing of 3 certificates is renewed or published by itself"))
            let late = try await mara.form("/pause", ["key": try Self.key(ask), "until": "2020-01-01T10:00"])
            #expect(late.status == 422 && late.text.contains("is past"))
            #expect(try await Self.paused(served).isEmpty)
            let form = ["key": try Self.key(ask), "until": "2099-01-01T10:00", "reason": "a freeze <b>"]
            for _ in 0..<2 {
                let done = try await mara.form("/pause", form)
                #expect(done.status == 303 && done.headers["location"] == ["/"])
            }
            #expect(try await Self.paused(served) == ["a.example", "b.example", "c.example"])
            let events = try await served.ledger.latestEvents(certificate: nil, limit: 100).map(\.draft)
                .filter { $0.kind == "flow.paused" }
            #expect(events.count == 3 && events.allSatisfy { $0.actor == "mara" && $0.reason == "a freeze <b>" })
            let told = try await mara.get("/")
            #expect(!told.text.contains("verything else runs") && told.text.contains("Nothing runs by itself until"))
            #expect(told.text.contains("Everything is paused:") && told.text.contains("href=\"/resume\""))
            #expect(!told.text.contains("href=\"/pause\""))
            let resume = try await mara.get("/resume")
            #expect(resume.text.contains("The pauses of 3 certificates end"))
            #expect(try await mara.form("/resume", ["key": try Self.key(resume)]).status == 303)
            #expect(try await Self.paused(served).isEmpty)
            #expect(!(try await mara.get("/")).text.contains("paused:"))
        }
    }

    @Test("only what a person sees, and no longer pause is shortened")
    func scope() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("a.example", "b.example", labels: ["team": "web"])
            try await served.add("c.example", labels: ["team": "mail"])
            let person = try await served.client(.operator, scope: ["team": "web"])
            let longer = try await person.send(
                "POST", "/api/v1/certificates/a.example/pause", json: .object(["reason": .text("my own")]))
            #expect(longer.status == 200)
            let until = JSONValue.text("2099-01-01T00:00:00Z")
            let all = try await person.send(
                "POST", "/api/v1/pause", json: .object(["all": .flag(true), "until": until]))
            let form = try all.json(PausedForm.self)
            #expect(form.count == 1 && form.names == ["b.example"], "\(all.text)")
            #expect(try await served.ledger.certificate(named: "a.example")?.pause?.reason == "my own")
            let home = try await served.session(.viewer, name: "vera").get("/")
            #expect(home.text.contains("2 of 3 flows are paused:") && !home.text.contains("href=\"/resume\""))
            let scoped = try await served.session(.operator, scope: ["team": "mail"], name: "otto").get("/")
            #expect(!scoped.text.contains("paused:"))
            let mixed = try await person.send(
                "POST", "/api/v1/resume", json: .object(["all": .flag(true), "label": .text("team:web")]))
            #expect(mixed.status == 422)
            let resumed = try await person.send("POST", "/api/v1/resume", json: .object(["all": .flag(true)]))
            #expect(try resumed.json(PausedForm.self).count == 2)
            #expect(try await Self.paused(served).isEmpty)
            let viewer = try await served.client(.viewer)
            #expect(try await viewer.send("POST", "/api/v1/pause", json: .object(["all": .flag(true)])).status == 403)
            for path in ["/pause", "/resume"] {
                #expect(try await served.session(.viewer, name: "vera").get(path).status == 403)
            }
        }
    }
}
