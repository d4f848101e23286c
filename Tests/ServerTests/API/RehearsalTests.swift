import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Testing

@testable import Server

@Suite("rehearsals over the API")
struct RehearsalTests {
    private static let path = "/api/v1/certificates/www.example/rehearsal/"

    @Test("a publication tells what is there and what it would do, target by target, and changes nothing")
    func publication() async throws {
        try await ServedHouse.withServing(hasRunner: true) { served in
            try await served.add("www.example", isPublished: true)
            let person = try await served.client(.operator)
            try await Acts(served, person).finish("www.example", "publish")
            let before = try await served.ledger.latestEvents(certificate: "www.example", limit: 100).count
            let answer = try await person.send("POST", Self.path + "publication", json: .object([:]))
            let target = try #require(try answer.json(PublicationRehearsalForm.self).targets.first, "\(answer.text)")
            #expect(target.effect == "unchanged" && target.found?.certificate?.version == 1, "\(answer.text)")
            #expect(target.files.map(\.change) == ["unchanged", "unchanged"])
            #expect(target.schedule?.state == "nothing-to-do" && target.refusals.isEmpty)
            #expect(try await served.ledger.latestEvents(certificate: "www.example", limit: 100).count == before)
            let unknown = try await person.send(
                "POST", Self.path + "publication", json: .object(["targets": .list([.text("nowhere")])]))
            #expect([404, 422].contains(unknown.status), "\(unknown.text)")
            let viewer = try await served.client(.viewer)
            #expect(try await viewer.send("POST", Self.path + "publication", json: .object([:])).status == 403)
        }
    }

    @Test("a renewal goes to the staging, tells its steps, and stores nothing but its event")
    func renewal() async throws {
        try await ServedHouse.withServing { served in
            let desk = served.house.desk(
                Principal(
                    account: "test", role: .administrator, scope: [:], exportsKeys: false, usesKeys: false,
                    means: .session("s", provedAt: served.time.now), csrf: ""), reason: "")
            for name in ["www.example", "refused.example"] {
                let spec = CertificateSpec(
                    name: name, subjects: [try #require(Subject(name))], issuer: "teller", labels: ["team": "web"])
                _ = try await desk.apply([spec], isRehearsal: false)
            }
            try await served.add("own.example")
            let person = try await served.client(.operator)
            func rehearse(_ name: String) async throws -> TestClient.Answer {
                try await person.send(
                    "POST", "/api/v1/certificates/\(name)/rehearsal/renewal", json: .object(["reason": .text("before")])
                )
            }
            let answer = try await rehearse("www.example")
            let form = try answer.json(RenewalRehearsalForm.self)
            #expect(form.failure == nil && form.version?.subjects == ["www.example"], "\(answer.text)")
            #expect(!form.steps.isEmpty && form.issuer == "teller")
            #expect(try await served.ledger.certificate(named: "www.example")?.renewalsAsked == 0)
            let event = try await served.ledger.latestEvents(certificate: "www.example", limit: 1).first?.draft
            #expect(event?.kind == "renewal.rehearsed" && event?.reason == "before")
            let failed = try await rehearse("refused.example").json(RenewalRehearsalForm.self)
            #expect(failed.version == nil && failed.failure?.code == "teller.refused")
            #expect(try await rehearse("own.example").code == "issuer.no-rehearsal")
            let other = try await served.client(.operator, scope: ["team": "mail"])
            #expect(try await other.send("POST", Self.path + "renewal", json: .object([:])).status == 404)
        }
    }
}
