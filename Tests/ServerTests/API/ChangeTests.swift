import Automation
import Foundation
import Testing

@testable import Server

@Suite("changes over the API")
struct ChangeTests {
    private static let flow = "/api/v1/certificates/www.example/flow"

    @Test("a flow is changed on the revision that was read, and on no other")
    func flow() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("www.example")
            let person = try await served.client(.operator)
            let read = try await person.get(Self.flow)
            var flow = read.value["flow"].members
            flow["renewal"] = .object(["enabled": .flag(true), "renew": .text("before-expiration"), "days": .number(7)])
            let body = JSONValue.object(["flow": .object(flow), "reason": .text("sooner")])
            func put(_ tag: String?) async throws -> TestClient.Answer {
                try await person.send("PUT", Self.flow, json: body, headers: tag.map { ["If-Match": $0] } ?? [:])
            }
            #expect(try await put(nil).status == 428)
            #expect(try await put("\"99\"").code == "version.differs")
            let changed = try await put(read.etag)
            #expect(changed.status == 200 && changed.etag != read.etag, "\(changed.text)")
            #expect(changed.value["flow"]["renewal"]["days"] == .number(7))
            #expect(try await put(read.etag).status == 412)
            #expect(try await person.get(Self.flow).etag == changed.etag)
        }
    }

    @Test("a flow that warns is saved once each warning is confirmed by the id that the preview gives it")
    func confirmed() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("www.example")
            let person = try await served.client(.operator)
            let read = try await person.get(Self.flow)
            let flow = JSONValue.object(["renewal": .object(["enabled": .flag(false)])])
            func put(_ confirm: [JSONValue]) async throws -> TestClient.Answer {
                try await person.send(
                    "PUT", Self.flow, json: .object(["flow": flow, "confirm": .list(confirm)]),
                    headers: ["If-Match": read.etag])
            }
            let unconfirmed = try await put([])
            #expect(unconfirmed.status == 422 && unconfirmed.code == "flow.unconfirmed", "\(unconfirmed.text)")
            let ids = unconfirmed.value["places"].list.map { $0["place"] }
            let preview = try await person.send("POST", Self.flow + "/preview", json: .object(["flow": flow]))
                .json(PreviewForm.self)
            #expect(!ids.isEmpty && preview.warnings.filter { $0.confirmation != nil }.map { .text($0.id) } == ids)
            #expect(try await put([.text("renewal-off")]).status == 422)
            #expect(try await put(ids).status == 200)
            let document = try await person.get("/api/v1/openapi.json").text
            #expect(document.contains("The ids of the warnings that are accepted"))
        }
    }

    @Test("who changes the flows of many confirms their warnings by certificate; a new one has none")
    func many() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("www.example", "api.example")
            let person = try await served.client(.operator)
            func spec(_ name: String) -> JSONValue {
                .object([
                    "name": .text(name), "subjects": .list([.text(name)]), "issuer": .text("local-authority"),
                    "flow": .object(["renewal": .object(["enabled": .flag(false)])]),
                ])
            }
            func apply(confirm: [JSONValue] = [], dryRun: Bool = false) async throws -> TestClient.Answer {
                try await person.send(
                    "POST", "/api/v1/apply",
                    json: .object([
                        "certificates": .list(["www.example", "api.example", "new.example"].map(spec)),
                        "confirm": .list(confirm), "dryRun": .flag(dryRun),
                    ]))
            }
            #expect(try await apply(dryRun: true).status == 200)
            let unconfirmed = try await apply()
            let ids = unconfirmed.value["places"].list.map { $0["place"] }
            let words = ids.compactMap(\.string)
            #expect(unconfirmed.code == "flow.unconfirmed", "\(unconfirmed.text)")
            #expect(words.contains { $0.hasPrefix("www.example/renewal-off") })
            #expect(
                words.contains { $0.hasPrefix("api.example/renewal-off") } && !words.contains { $0.hasPrefix("new") })
            #expect(try await served.ledger.certificate(named: "new.example") == nil)
            #expect(try await apply(confirm: ids).status == 200)
            #expect(try await served.ledger.certificate(named: "api.example")?.flow.rules.renewalEnabled == false)
            #expect(try await apply().status == 200)
            let path = "/api/v1/certificates/api.example/spec"
            let read = try await person.get(path)
            var members = read.value.members
            members["flow"] = .object([
                "renewal": .object(["enabled": .flag(false)]),
                "window": .object(["timeZone": .text("Europe/Berlin")]),
            ])
            func put(_ confirm: [JSONValue]) async throws -> TestClient.Answer {
                try await person.send(
                    "PUT", path, json: .object(["certificate": .object(members), "confirm": .list(confirm)]),
                    headers: ["If-Match": read.etag])
            }
            let alone = try await put([]).value["places"].list.map { $0["place"] }
            #expect(!alone.isEmpty && alone.allSatisfy { $0.string?.contains("/") == false })
            #expect(try await put(alone).status == 200)
        }
    }

    @Test("files are applied as they stand, with problems at their lines; what is no list of such files is refused")
    func files() async throws {
        try await ServedHouse.withServing { served in
            let person = try await served.client(.operator)
            func file(_ name: String, _ content: String) -> JSONValue {
                .object(["name": .text(name), "content": .text(content)])
            }
            func apply(_ fields: [String: JSONValue]) async throws -> TestClient.Answer {
                try await person.send("POST", "/api/v1/apply", json: .object(fields))
            }
            func text(_ name: String, issuer: String = "local-authority") -> String {
                "certificates:\n  - name: \(name)\n    subjects: [\(name)]\n    issuer: \(issuer)\n"
            }
            let both = [file("a.yaml", text("a.example")), file("b.yaml", text("b.example"))]
            #expect(try await apply(["files": .list(both), "dryRun": .flag(true)]).status == 200)
            #expect(try await served.ledger.certificate(named: "a.example") == nil)
            let applied = try await apply(["files": .list(both)])
            #expect(try applied.json(ApplyReport.self).certificates.map(\.effect) == ["created", "created"])
            let wrong = try await apply([
                "files": .list([both[0], file("c.yaml", text("c.example", issuer: "nobody"))])
            ])
            #expect(wrong.status == 422 && wrong.value["places"].list.first?["place"].string == "c.yaml:4:13")
            let twice = try await apply(["files": .list([both[0], file("again.yaml", text("a.example"))])])
            #expect(twice.status == 422 && twice.text.contains("a.yaml"), "\(twice.text)")
            for fields in [
                [:], ["files": .list([])], ["files": .text("x")], ["files": .list(both), "certificates": .list([])],
                ["files": .list([.object(["name": .text("a.yaml")])])], ["files": .list([file("", text("d.example"))])],
                ["files": .list([file(String(repeating: "x", count: 5000), text("d.example"))])],
                ["files": .list(Array(repeating: both[0], count: 101))],
            ] as [[String: JSONValue]] {
                let answer = try await apply(fields)
                #expect(answer.status == 422, "\(fields.keys): \(answer.text)")
            }
        }
    }

    @Test("what is taken into service again is judged as it will be: its warnings are told, and to be confirmed")
    func backInService() async throws {
        try await ServedHouse.withServing { served in
            try await served.add("www.example")
            let person = try await served.client(.operator)
            let retired = try await person.send(
                "POST", "/api/v1/certificates/www.example/remove", json: .object(["retire": .flag(true)]))
            #expect(retired.status == 200, "\(retired.text)")
            func apply(_ confirm: [JSONValue], dryRun: Bool = false) async throws -> TestClient.Answer {
                let spec = JSONValue.object([
                    "name": .text("www.example"), "subjects": .list([.text("www.example")]),
                    "issuer": .text("local-authority"),
                    "flow": .object(["renewal": .object(["renew": .text("after-expiration"), "days": .number(1)])]),
                ])
                return try await person.send(
                    "POST", "/api/v1/apply",
                    json: .object([
                        "certificates": .list([spec]), "confirm": .list(confirm), "dryRun": .flag(dryRun),
                    ]))
            }
            let told = try await apply([], dryRun: true).json(ApplyReport.self).certificates.first?.warnings ?? []
            #expect(told.map(\.kind).contains("outage-by-rule") && !told.map(\.kind).contains("retired"), "\(told)")
            let refused = try await apply([])
            #expect(refused.code == "flow.unconfirmed", "\(refused.text)")
            #expect(try await apply(refused.value["places"].list.map { $0["place"] }).status == 200)
            #expect(try await served.ledger.certificate(named: "www.example")?.isRetired == false)
        }
    }

    @Test("a preview tells the next runs, warnings and what would change, and saves nothing")
    func preview() async throws {
        try await ServedHouse.withServing(hasRunner: true) { served in
            try await served.add("www.example", isPublished: true)
            let person = try await served.client(.operator)
            try await Acts(served, person).finish("www.example", "publish")
            let read = try await person.get(Self.flow)
            var flow = read.value["flow"].members
            flow["renewal"] = .object(["enabled": .flag(true), "renew": .text("after-expiration"), "days": .number(1)])
            let answer = try await person.send("POST", Self.flow + "/preview", json: .object(["flow": .object(flow)]))
            let preview = try answer.json(PreviewForm.self)
            #expect(
                !preview.runs.isEmpty && preview.warnings.contains { $0.kind == "outage-by-rule" },
                "\(answer.text.prefix(2000))")
            #expect(!preview.gaps.isEmpty && preview.changes.contains { $0.setting == "Renew in" })
            #expect(try await person.get(Self.flow).etag == read.etag)
        }
    }

    @Test("a certificate is created, changed as a whole and taken out of service")
    func certificates() async throws {
        try await ServedHouse.withServing { served in
            let person = try await served.client(.operator)
            let spec = JSONValue.object([
                "name": .text("new.example"), "subjects": .list([.text("new.example")]),
                "issuer": .text("local-authority"),
                "note": .text("<script>alert(1)</script>"),
            ])
            let created = try await person.send("POST", "/api/v1/certificates", json: .object(["certificate": spec]))
            #expect(created.status == 201, "\(created.text)")
            #expect(
                try await person.send("POST", "/api/v1/certificates", json: .object(["certificate": spec])).status
                    == 409)
            let path = "/api/v1/certificates/new.example/spec"
            let read = try await person.get(path)
            var changed = read.value.members
            changed["owner"] = .text("anna")
            let body = JSONValue.object(["certificate": .object(changed)])
            #expect(try await person.send("PUT", path, json: body).status == 428)
            let answer = try await person.send("PUT", path, json: body, headers: ["If-Match": read.etag])
            #expect(try answer.json(ApplyReport.self).certificates.first?.effect == "changed", "\(answer.text)")
            #expect(try await person.get(path).value["owner"].string == "anna")
            let removed = try await person.send("POST", "/api/v1/certificates/new.example/remove", json: .object([:]))
            #expect(removed.status == 200, "\(removed.text)")
            #expect(try await person.get(path).status == 404)
        }
    }

    @Test("what is wrong with a certificate is told for each place")
    func problems() async throws {
        try await ServedHouse.withServing { served in
            let person = try await served.client(.operator)
            let spec = JSONValue.object([
                "name": .text("new.example"), "subject": .text("x"), "issuer": .text("nobody"),
            ])
            let answer = try await person.send("POST", "/api/v1/certificates", json: .object(["certificate": spec]))
            #expect(answer.status == 422)
            #expect(answer.value["places"].list.count > 1, "\(answer.text)")
        }
    }

    @Test("a profile's text is checked whole, changed on its version, and its change stands in the audit trail")
    func profiles() async throws {
        try await ServedHouse.withServing { served in
            let person = try await served.client(.administrator)
            let path = "/api/v1/profiles/publishing/other/text"
            let text =
                "profile: other\npublisher: filesystem\nwith:\n  directory: /tmp/x\n  files:\n    - {name: a.pem, content: fullchain}\n"
            func put(_ text: String, _ tag: String? = nil) async throws -> TestClient.Answer {
                try await person.send(
                    "PUT", path, json: .object(["text": .text(text)]), headers: tag.map { ["If-Match": $0] } ?? [:])
            }
            let wrong = try await put(text + "nothing: 1\n")
            #expect(
                wrong.status == 422 && wrong.value["places"].list.first?["place"].string?.contains(":7:") == true,
                "\(wrong.text)")
            let made = try await put(text)
            #expect(made.status == 200, "\(made.text)")
            #expect(try await put(text + "description: more\n").status == 428)
            #expect(try await put(text + "description: more\n", made.etag).status == 200)
            #expect(try await put(text, made.etag).status == 412)
            let events = try await person.get("/api/v1/events?limit=500").json(PageForm<AuditReport.Entry>.self)
            #expect(
                events.items.map(\.kind).filter { $0.hasPrefix("profile.") } == ["profile.created", "profile.changed"])
            for name in ["..", "..%2F..%2Fetc", ".hidden"] {
                #expect(try await person.get("/api/v1/profiles/publishing/\(name)/text").status == 404, "\(name)")
            }
        }
    }

    @Test("secrets are named, set and removed, and their values are never answered")
    func secrets() async throws {
        try await ServedHouse.withServing { served in
            let person = try await served.client(.administrator)
            let path = "/api/v1/secrets/deploy-key"
            #expect(try await person.send("PUT", path, json: .object(["value": .text("canary-value")])).status == 204)
            let listed = try await person.get("/api/v1/secrets")
            #expect(listed.text.contains("deploy-key") && !listed.text.contains("canary-value"))
            #expect(try await person.send("DELETE", path).status == 204)
            #expect(try await person.send("DELETE", path).code == "secret.unknown")
            #expect(try await served.client(.operator).get("/api/v1/secrets").status == 403)
        }
    }

    @Test("an account is changed on its version; a token is shown once and can't be issued by a token")
    func people() async throws {
        try await ServedHouse.withServing { served in
            let person = try await served.session(.administrator, name: "anna")
            let made = try await person.send(
                "POST", "/api/v1/accounts",
                json: .object([
                    "name": .text("bert"), "role": .text("viewer"), "scope": .object(["team": .text("web")]),
                ]))
            #expect(
                made.status == 201
                    && made.value["url"].string?.hasPrefix("https://certflow.example/setup?code=") == true)
            let read = try await person.get("/api/v1/accounts/bert")
            let body = JSONValue.object(["role": .text("operator")])
            #expect(try await person.send("PATCH", "/api/v1/accounts/bert", json: body).status == 428)
            let changed = try await person.send(
                "PATCH", "/api/v1/accounts/bert", json: body, headers: ["If-Match": read.etag])
            #expect(try changed.json(AccountForm.self).role == .operator)
            #expect(try changed.json(AccountForm.self).scope == ["team": "web"])
            let issued = try await person.send(
                "POST", "/api/v1/me/tokens", json: .object(["name": .text("ci"), "role": .text("viewer")]))
            let token = try issued.json(IssuedTokenForm.self)
            let program = served.client.as(.token(token.secret))
            #expect(try await program.get("/api/v1/me").json(MeForm.self).rights == ["read"])
            #expect(
                try await program.send("POST", "/api/v1/me/tokens", json: .object(["name": .text("more")])).code
                    == "right.missing")
            #expect(!(try await person.get("/api/v1/me/tokens")).text.contains(token.secret))
            #expect(try await person.send("DELETE", "/api/v1/me/tokens/\(token.token.id)").status == 204)
            #expect(try await program.get("/api/v1/me").status == 401)
        }
    }
}
