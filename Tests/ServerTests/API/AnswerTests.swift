import Automation
import Foundation
import Testing

@testable import Server

@Suite("the answers of the API")
struct AnswerTests {
    private static let reads = RouteTable.routes(Metrics()).filter { $0.kind == .api && $0.method == .get }

    /// What stands in the place of path parameters.
    private static func path(_ route: Route) -> String {
        let values = [
            "name": "www.example", "profile": "files", "kind": "publishing", "request": "renewal.1.1",
            "account": "administrator-0", "session": "none", "token": "none", "secret": "none",
        ]
        var path = route.path
        for name in route.parameterNames {
            path = path.replacingOccurrences(of: "{\(name)}", with: values[name] ?? "x")
        }
        if path.hasSuffix("/export"), !path.contains("/events") { path += "?format=fullchain" }
        return path
    }

    @Test("each read answers as the description declares it, with a certificate that is published")
    func reads() async throws {
        try await ServedHouse.withServing(hasRunner: true) { served in
            let administrator = try await served.client(.administrator)
            try await served.add("www.example", labels: ["team": "web"], isPublished: true)
            try await Acts(served, administrator).finish("www.example", "publish")
            let check = SchemaCheck(document: try OpenAPIDocument(RouteTable.routes(Metrics())).document)
            for route in Self.reads {
                let answer = try await administrator.get(Self.path(route))
                guard let schema = check.declared("get", route.path, answer.status) else {
                    Issue.record(
                        "\(route.path) answers \(answer.status), which is not declared: \(answer.text.prefix(300))")
                    continue
                }
                #expect(answer.status == 200 || answer.status == 404, "\(route.path): \(answer.text.prefix(300))")
                guard answer.headers["content-type"].first?.hasSuffix("json") == true else { continue }
                let problems = check.problems(answer.value, schema)
                #expect(problems == [], "\(route.path): \(answer.text.prefix(600))")
            }
        }
    }

    @Test("a refusal is a problem document with a code and a remedy")
    func refusals() async throws {
        try await ServedHouse.withServing { served in
            let viewer = try await served.client(.viewer)
            let check = SchemaCheck(document: try OpenAPIDocument(RouteTable.routes(Metrics())).document)
            for path in [
                "/api/v1/certificates/none", "/api/v1/secrets", "/api/v1/certificates?limit=0", "/api/v1/nowhere",
            ] {
                let answer = try await viewer.get(path)
                #expect((400...499).contains(answer.status), "\(path)")
                #expect(answer.headers["content-type"] == ["application/problem+json"])
                #expect(check.problems(answer.value, .object(["$ref": .text("#/components/schemas/Problem")])) == [])
                #expect(answer.value["remedy"].string?.isEmpty == false && answer.code?.contains(".") == true)
            }
        }
    }
}

/// Carries acts out over the API, to their ends.
struct Acts {
    let served: ServedHouse
    let client: TestClient

    init(_ served: ServedHouse, _ client: TestClient) {
        self.served = served
        self.client = client
    }

    /// Waits for the first version, then acts, and follows that to its end.
    @discardableResult
    func finish(_ name: String, _ verb: String, _ body: JSONValue = .object([:])) async throws -> [RequestForm] {
        try await until { try await self.client.get("/api/v1/certificates/\(name)").json(ShowForm.self).version > 0 }
        let answer = try await client.send("POST", "/api/v1/certificates/\(name)/\(verb)", json: body)
        try #require(answer.status == 202, "\(answer.text)")
        var ended: [RequestForm] = []
        for asked in try answer.json(ActForm.self).asked { ended.append(try await end(of: asked, name)) }
        return ended
    }

    /// What became of something that was asked for.
    func end(of asked: AskedForm, _ name: String) async throws -> RequestForm {
        let path = "/api/v1/certificates/\(name)/requests/\(asked.request)"
        try await until { try await self.client.get(path).json(RequestForm.self).state != .open }
        return try await client.get(path).json()
    }

    /// Asks again and again: each is a whole request, no waiting in between.
    private func until(_ isDone: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while !(try await isDone()) {
            try #require(ContinuousClock.now < end, "it did not come to its end")
        }
    }
}
