import Automation
import Foundation
import Testing

@testable import Server

@Suite("requests to the API")
struct RequestTests {
    @Test("a walk with cursors shows each thing once, whatever the size of a page", arguments: [1, 3, 7, 500])
    func walks(_ size: Int) async throws {
        try await ServedHouse.withServing { served in
            for number in 10..<20 { try await served.add("host-\(number).example", isPublished: number < 15) }
            let person = try await served.client(.administrator)
            for (path, key, count) in [
                ("/api/v1/certificates", "name", 10), ("/api/v1/status", "name", 10),
                ("/api/v1/targets", "certificate", 5),
                ("/api/v1/events", "sequence", nil), ("/api/v1/profiles", "name", 3),
            ] as [(String, String, Int?)] {
                var (seen, after, pages) = ([String](), String?.none, 0)
                repeat {
                    let cursor = after.map { "&after=\($0)" } ?? ""
                    let page = try await person.get("\(path)?limit=\(size)\(cursor)").value
                    #expect(page["items"].list.count <= size)
                    seen += page["items"].list.map { "\($0[key])" }
                    after = page["next"].string
                    pages += 1
                } while after != nil && pages < 100
                #expect(Set(seen).count == seen.count, "\(path)")
                if let count { #expect(seen.count == count, "\(path)") }
            }
        }
    }

    @Test("filters of the list are those of the page; what is unknown is refused")
    func filters() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("a.example", labels: ["team": "web"])
            try await served.add("b.example")
            let person = try await served.client(.viewer)
            let found = try await person.get("/api/v1/certificates?label=team:web").value["items"].list
            #expect(found.map { $0["name"].string } == ["a.example"])
            for query in [
                "nonsense=1", "limit=0", "limit=501", "limit=x", "after=-1", "after=x", "after=e30", "after=2",
                "limit=1&limit=2",
                "sort=nothing", "renewed=nothing",
            ] {
                let answer = try await person.get("/api/v1/certificates?\(query)")
                #expect(answer.status == 422, "\(query): \(answer.text)")
            }
        }
    }

    @Test("fields that nobody declared are refused, and set nothing")
    func massAssignment() async throws {
        try await ServedHouse.withServing { served in
            let person = try await served.session(.administrator, name: "anna")
            let account = JSONValue.object([
                "name": .text("bert"), "role": .text("viewer"), "password": .object([:]), "isDisabled": .flag(false),
            ])
            #expect(try await person.send("POST", "/api/v1/accounts", json: account).status == 422)
            #expect(try await person.get("/api/v1/accounts/bert").status == 404)
            let token = JSONValue.object(["name": .text("x"), "account": .text("bert"), "id": .text("1")])
            #expect(try await person.send("POST", "/api/v1/me/tokens", json: token).status == 422)
            for route in RouteTable.routes(Metrics()) where route.kind == .api && route.changes && route.takes != nil {
                var path = route.path
                for name in route.parameterNames { path = path.replacingOccurrences(of: "{\(name)}", with: "x") }
                let answer = try await person.send(
                    route.method.rawValue, path, json: .object(["isRetired": .flag(true)]))
                #expect(answer.status == 422 && answer.code == "field.wrong", "\(route.path): \(answer.text)")
            }
        }
    }

    @Test("bodies over a mebibyte, deep JSON and what is no JSON are refused")
    func bodies() async throws {
        try await ServedHouse.withServing { served in
            let person = try await served.client(.operator)
            let json = ["Content-Type": "application/json"]
            func send(_ body: String, _ headers: [String: String]) async throws -> TestClient.Answer {
                try await person.send("POST", "/api/v1/apply", body: Data(body.utf8), headers: headers)
            }
            let large = "{\"reason\":\"" + String(repeating: "x", count: 1 << 20) + "\"}"
            #expect(try await send(large, json).status == 413)
            let fits = "{\"reason\":\"" + String(repeating: "x", count: (1 << 20) - 100) + "\",\"certificates\":[]}"
            #expect(try await send(fits, json).status == 422)
            let deep =
                "{\"certificates\":" + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
                + "}"
            #expect(try await send(deep, json).code == "request.deep")
            #expect(try await send("{\"certificates\":", json).code == "request.json")
            #expect(try await send("[]", json).code == "request.json")
            #expect(try await send("x", ["Content-Type": "text/plain"]).status == 415)
        }
    }

    @Test("a session that changes something shows what only its pages know")
    func forged() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("www.example")
            let person = try await served.session(.operator, name: "anna")
            guard case .session(let id, let csrf) = person.identity else { return }
            let path = "/api/v1/certificates/www.example/renew"
            let forged = served.client.as(.session(id, csrf: "wrong"))
            #expect(try await forged.send("POST", path, json: .object([:])).code == "request.forged")
            #expect(try await person.get("/api/v1/me").json(MeForm.self).csrf == csrf)
            #expect(try await person.send("POST", path, json: .object([:])).status == 202)
        }
    }
}
