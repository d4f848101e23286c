import Automation
import Certificates
import Foundation
import PluginKit
import Testing

@testable import Server

@Suite("keys that leave over the API")
struct ExportTests {
    private static let path = "/api/v1/certificates/www.example/export-key"
    private static let body = JSONValue.object(["format": .text("bundle")])

    @Test("a private key leaves to a session with the right that just proved itself, with an event, and to nobody else")
    func exportsKey() async throws {
        try await ServedHouse.withServing(hasRunner: true) { served in
            try await served.add("www.example", isPublished: true)
            let person = try await served.session(.viewer, exportsKeys: true, name: "anna")
            try await Acts(served, try await served.client(.operator)).finish("www.example", "publish")
            let answer = try await person.send("POST", Self.path, json: Self.body)
            #expect(answer.status == 200 && answer.text.contains("PRIVATE KEY"), "\(answer.text.prefix(300))")
            let event = try #require(
                try await served.ledger.latestEvents(certificate: "www.example", limit: 50).first {
                    $0.draft.kind == "key.exported"
                })
            #expect(event.draft.actor == "anna" && event.draft.detail["form"] == "bundle")
            served.time.pass(.minutes(6))
            #expect(try await person.send("POST", Self.path, json: Self.body).code == "proof.needed")
            let others = [
                try await served.session(.administrator, name: "bert"),
                try await served.client(.administrator, name: "anna"),
            ]
            for other in others {
                let answer = try await other.send("POST", Self.path, json: Self.body)
                #expect(answer.status == 403 && answer.code == "export.not-allowed" && !answer.text.contains("PRIVATE"))
            }
            let open = try await person.get("/api/v1/certificates/www.example/export?format=fullchain")
            #expect(open.status == 200 && open.text.contains("BEGIN CERTIFICATE") && !open.text.contains("PRIVATE"))
            for format in ["privateKey", "bundle", "pkcs12"] {
                #expect(try await person.get("/api/v1/certificates/www.example/export?format=\(format)").status == 422)
            }
        }
    }

    @Test("what was exported is taken in again elsewhere")
    func imports() async throws {
        try await ServedHouse.withServing(hasRunner: true) { served in
            try await served.add("www.example", isPublished: true)
            let person = try await served.session(.operator, exportsKeys: true, name: "anna")
            try await Acts(served, person).finish("www.example", "publish")
            let bundle = try await person.send("POST", Self.path, json: Self.body)
            try await ServedHouse.withServing { other in
                let clerk = try await other.client(.operator)
                let file = JSONValue.object([
                    "name": .text("a.pem"), "content": .text(bundle.body.base64EncodedString()),
                ])
                let taken = try await clerk.send("POST", "/api/v1/import", json: .object(["files": .list([file])]))
                #expect(try taken.json(ImportReport.self).items.map(\.effect) == ["created"], "\(taken.text)")
                #expect(try await clerk.get("/api/v1/certificates/www.example").status == 200)
                let scoped = try await other.client(.operator, scope: ["team": "web"])
                #expect(
                    try await scoped.send("POST", "/api/v1/import", json: .object(["files": .list([file])])).status
                        == 403)
            }
        }
    }
}
