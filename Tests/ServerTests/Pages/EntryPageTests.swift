import Foundation
import Storage
import TestPeers
import Testing

@testable import Server

@Suite("the pages Add a certificate and Import")
struct EntryPageTests {
    private let fields = [
        ("name", "new.example.com"), ("subjects", "new.example.com\r\n192.0.2.7"), ("issuer", "own"),
        ("keyType", "rsa-3072"),
        ("labels", "team:web"), ("owner", "ana"), ("note", "<b>note</b>"),
    ]

    @Test("a certificate is added whole, and its flow opens next")
    func adding() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.operator, port, workers)
            #expect(try await client.get("/certificates/add").status == 200)
            let added = try await client.post("/certificates/add", fields)
            let told = added.body.split(separator: "\n").filter { $0.contains("error") || $0.contains("note bad") }
            #expect(added.location == "/certificates/new.example.com/flow", "\(added.status): \(told)")
            let record = try #require(try await house.ledger.certificate(named: "new.example.com"))
            #expect(record.subjects.count == 2 && record.labels == ["team": "web"] && record.note == "<b>note</b>")
            let event = try #require(try await house.events("certificate.created").first)
            #expect(event.draft.actor == "operator-all")
            #expect(try await client.post("/certificates/add", fields).status == 422)
            #expect(try await client.post("/certificates/add", fields + [("seed", "1")]).status == 422)
        }
    }

    @Test("mistakes stand at their fields, escaped, and nothing is made")
    func mistakes() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.operator, port, workers)
            let page = try await client.post(
                "/certificates/add",
                [
                    ("name", "../x"), ("subjects", "exa mple.com"), ("issuer", "<script>alert(1)</script>"),
                    ("keyType", "dsa"), ("labels", "none"),
                ])
            #expect(page.status == 422 && !page.body.contains("<script>alert"))
            for id in ["name-error", "subjects-error", "issuer-error", "labels-error"] {
                #expect(page.body.contains(id))
            }
            let viewer = try await house.client(.viewer, port, workers)
            #expect(try await viewer.post("/certificates/add", fields).status == 403)
            #expect(try await viewer.get("/certificates/import").status == 403)
            #expect(try await house.ledger.counts().certificates == 2)
        }
    }

    @Test("whoever sees a part adds what it sees, and never changes another's under its name")
    func scope() async throws {
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.operator, scope: ["team": "shop"], port, workers)
            #expect(try await client.post("/certificates/add", fields).body.contains("labels-error"))
            let taken = fields.map {
                $0.0 == "name" ? ("name", "www.example.com") : $0.0 == "labels" ? ("labels", "team:shop") : $0
            }
            let refused = try await client.post("/certificates/add", taken)
            #expect(refused.status == 422 && refused.body.contains("is taken"))
            #expect(try await house.ledger.certificate(named: "www.example.com")?.labels == ["team": "web"])
        }
    }

    @Test("PEM is pasted or sent as a file; what can't be taken is told with its reason")
    func importing() async throws {
        let pem = try await withTemporaryDirectory { directory in
            let made = try await LoopbackCertificate.make(in: directory)
            return try [made.chain, made.key, made.authority].map { try String(contentsOf: $0, encoding: .utf8) }
                .joined(separator: "\n")
        }
        try await PageHouse.served { house, port, workers in
            let client = try await house.client(.operator, port, workers)
            let nothing = try await client.post("/certificates/import", [("pem", " "), ("name", "")])
            #expect(nothing.status == 422 && nothing.body.contains("Nothing was given"))
            let torn = try await client.post(
                "/certificates/import", fields: [("pem", "")],
                file: ("<script>alert(1)</script>.pem", Data("no PEM".utf8)))
            #expect(torn.status == 422 && torn.body.contains("not taken") && !torn.body.contains("<script>alert"))
            let large = try await client.post(
                "/certificates/import", fields: [], file: ("large.p12", Data(repeating: 0x30, count: 300_000)))
            #expect(large.status == 422 && large.body.contains("not taken"))
            let unknown = try await client.post(
                "/certificates/import", fields: [("evil", "x")], file: ("a.pem", Data("x".utf8)))
            #expect(unknown.status == 422)
            let done = try await client.post(
                "/certificates/import", [("pem", pem), ("name", "loop"), ("passphrase", "")])
            #expect(done.status == 200, "\(done.body)")
            #expect(try await house.ledger.certificate(named: "loop") != nil)
            let again = try await client.post(
                "/certificates/import", fields: [("name", "loop")], file: ("all.pem", Data(pem.utf8)))
            #expect(again.status == 200 && again.body.contains("here already"))
            let stranger = try await house.client(.operator, scope: ["team": "shop"], port, workers)
            let hidden = try await stranger.post("/certificates/import", [("pem", pem), ("name", "mine")])
            #expect(hidden.status == 422 && !hidden.body.contains("/certificates/loop"))
        }
    }
}

@Suite("forms with files")
struct MultipartFormTests {
    @Test(
        "what is no such form is refused",
        arguments: [
            "", "--x", "--x\r\n", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv", "--x\r\n\r\nv\r\n--x--",
            "--xyz\r\n",
        ])
    func broken(body: String) {
        #expect(throws: Problem.self) {
            _ = try MultipartForm(Data(body.utf8), type: "multipart/form-data; boundary=x")
        }
    }

    @Test("parts keep their bytes, fields are text")
    func parts() throws {
        let head =
            "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n--x\r\nContent-Disposition: form-data; "
        let body =
            Data((head + "name=\"file\"; filename=\"f\"\r\n\r\n").utf8) + Data([0, 255, 13, 10])
            + Data("\r\n--x--\r\n".utf8)
        let form = try MultipartForm(body, type: "multipart/form-data; boundary=\"x\"")
        #expect(try form.fields == Fields(["a": ["v"], "file": ["f"]]))
        #expect(form.files("file").map(\.content) == [Data([0, 255, 13, 10])])
    }
}
