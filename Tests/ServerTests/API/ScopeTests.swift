import Automation
import Foundation
import Runner
import Storage
import Testing

@testable import Server

@Suite("what people see of the API")
struct ScopeTests {
    private static let routes = RouteTable.routes(Metrics()).filter { $0.kind == .api }
    private static let ofCertificates = routes.filter { $0.parameterNames.contains("name") }

    /// A body with all that a route must be sent.
    private static func body(_ route: Route, naming name: String) -> JSONValue {
        var body: [String: JSONValue] = [:]
        for field in route.takes ?? [] where field.isRequired {
            switch field.kind {
            case .choice(let words): body[field.name] = .text(words.first ?? "")
            case .object("CertificateSpec"):
                body[field.name] = .object([
                    "name": .text(name), "subjects": .list([.text(name)]), "issuer": .text("local-authority"),
                ])
            case .object: body[field.name] = .object([:])
            default: body[field.name] = .text("files/default")
            }
        }
        return .object(body)
    }

    @Test(
        "of a certificate outside of a person's scope, every route says what it says of one that there is not",
        arguments: ofCertificates.map { "\($0.method.rawValue) \($0.path)" })
    func foreignNames(_ name: String) async throws {
        let route = try #require(Self.ofCertificates.first { "\($0.method.rawValue) \($0.path)" == name })
        try await ServedHouse.withServing { served in
            try await served.add("hidden.example", labels: ["team": "mail"])
            let person = try await served.client(.administrator, scope: ["team": "web"])
            func ask(_ certificate: String) async throws -> TestClient.Answer {
                let path =
                    route.path.replacingOccurrences(of: "{name}", with: certificate)
                    .replacingOccurrences(of: "{request}", with: "renewal.1.1")
                    + (route.path.hasSuffix("/export") ? "?format=der" : "")
                return try await person.send(
                    route.method.rawValue, path, json: route.changes ? Self.body(route, naming: certificate) : nil,
                    headers: ["If-Match": "*"])
            }
            let (hidden, none) = (try await ask("hidden.example"), try await ask("absent.example"))
            #expect(hidden.status == 404 && none.status == 404, "\(hidden.text) \(none.text)")
            #expect(hidden.code == none.code)
            #expect(
                hidden.value["remedy"] == none.value["remedy"], "the two are told apart")
        }
    }

    @Test("lists hold no more than a person sees")
    func lists() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("seen.example", labels: ["team": "web"], isPublished: true)
            try await served.add("hidden.example", labels: ["team": "mail"], isPublished: true)
            let person = try await served.client(.administrator, scope: ["team": "web"])
            for route in Self.routes
            where route.method == .get && route.api?.isPage == true && route.parameterNames.isEmpty {
                let answer = try await person.get(route.path)
                #expect(answer.status == 200, "\(route.path): \(answer.text)")
                #expect(!answer.text.contains("hidden"), "\(route.path)")
            }
            #expect(try await person.get("/api/v1/certificates").value["items"].list.count == 1)
            #expect(try await person.get("/api/v1/targets").value["items"].list.count == 1)
            let export = try await person.get("/api/v1/events/export")
            #expect(export.text.contains("seen.example") && !export.text.contains("hidden"))
            #expect(
                try await person.get("/api/v1/profiles/publishing/files").json(ProfileDetail.self).usedBy == [
                    "seen.example"
                ])
        }
    }

    @Test("requests of another certificate are not followed under one's own name")
    func foreignRequests() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("seen.example", labels: ["team": "web"])
            try await served.add("hidden.example", labels: ["team": "mail"], isPublished: true)
            let person = try await served.client(.operator, scope: ["team": "web"])
            let hidden = try #require(try await served.ledger.certificate(named: "hidden.example"))
            let placement = try #require(try await served.ledger.placements(of: hidden.id).first)
            for request in [
                "renewal.\(hidden.id).1", "publication.\(placement.id).1.publish", "nonsense", "renewal.x.1",
            ] {
                let answer = try await person.get("/api/v1/certificates/seen.example/requests/\(request)")
                #expect(answer.status == 404 && answer.code == "request.unknown", "\(request)")
            }
        }
    }

    @Test("nobody makes or changes a certificate, or an account, beyond its own sight")
    func beyond() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("hidden.example", labels: ["team": "mail"])
            let person = try await served.client(.administrator, scope: ["team": "web"])
            func apply(_ name: String, _ labels: [String: JSONValue]) async throws -> TestClient.Answer {
                try await person.send(
                    "POST", "/api/v1/apply",
                    json: .object([
                        "certificates": .list([
                            .object([
                                "name": .text(name), "subjects": .list([.text(name)]),
                                "issuer": .text("local-authority"),
                                "labels": .object(labels),
                            ])
                        ])
                    ]))
            }
            #expect(try await apply("hidden.example", ["team": .text("web")]).status == 404)
            #expect(try await apply("new.example", ["team": .text("mail")]).code == "scope.left")
            #expect(try await apply("new.example", ["team": .text("web")]).status == 200)
            let account = JSONValue.object(["name": .text("mighty"), "role": .text("administrator")])
            #expect(try await person.send("POST", "/api/v1/accounts", json: account).code == "scope.left")
            _ = try await served.client(.viewer, name: "elsewhere")
            #expect(try await person.get("/api/v1/accounts/elsewhere").status == 404)
            #expect(try await person.send("DELETE", "/api/v1/accounts/elsewhere").status == 404)
        }
    }

    @Test("whose place it is that a certificate was not published to, nobody learns who may not see that one")
    func owners() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("seen.example", labels: ["team": "web"], isPublished: true)
            try await served.add("hidden.example", labels: ["team": "mail"])
            let message = "/etc/tls can't be written by seen.example: it belongs to hidden.example on files/default."
            let record = try #require(try await served.ledger.certificate(named: "seen.example"))
            var placement = try #require(try await served.ledger.placements(of: record.id).first)
            let (now, code) = (served.time.now, "publication.place-owned")
            placement.trouble = Trouble(
                failures: 1, since: now, lastAt: now, retryAt: nil, kind: .conflict, code: code, message: message,
                remedy: "Choose.", needsAttention: true)
            let attempt = AttemptRecord(
                work: WorkKey(.publication, placement.id), certificate: record.id, target: placement.name,
                startedAt: now, endedAt: now, outcome: .failed, kind: .conflict, code: code, message: message)
            let event = EventDraft(
                at: now, actor: "runner", kind: "publication.failed", certificate: record.name,
                subject: placement.name, reason: message, detail: ["code": code])
            _ = try await served.ledger.commit(
                Change([.putPlacement(placement), .addAttempt(attempt)], events: [event]))
            let all = try await served.session(.administrator, name: "all")
            let some = try await served.session(.administrator, scope: ["team": "web"], name: "some")
            var told = 0
            for route in RouteTable.routes(Metrics())
            where route.method == .get && route.parameterNames.allSatisfy({ $0 == "name" })
                && !(route.kind == .page && route.path.hasSuffix("/events"))
            {
                let path = route.path.replacingOccurrences(of: "{name}", with: record.name)
                if try await all.get(path).text.contains("by seen.example") { told += 1 }
                let answer = try await some.get(path)
                #expect(!answer.text.contains("hidden.example"), "\(path)")
            }
            #expect(told > 8, "who sees all is told, at \(told) places")
        }
    }
}
