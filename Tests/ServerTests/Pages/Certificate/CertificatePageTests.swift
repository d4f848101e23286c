import Automation
import Foundation
import PluginKit
import Runner
import Storage
import Testing

@testable import Server

@Suite("the page of a certificate")
struct CertificatePageTests {
    /// The names of a context, those of its parts with a point; of lists those of all items.
    static func names(_ value: Any, _ prefix: String = "") -> Set<String> {
        if let group = value as? [String: Any] {
            return group.reduce(into: []) { names, entry in
                names.insert(prefix + entry.key)
                names.formUnion(Self.names(entry.value, "\(prefix)\(entry.key)."))
            }
        }
        return ((value as? [Any]) ?? []).reduce(into: []) { $0.formUnion(Self.names($1, prefix)) }
    }

    static func fixture(_ name: String) throws -> Set<String> {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appending(path: "Fixtures/pages/\(name).json"))
        let names = Self.names(try JSONSerialization.jsonObject(with: data))
        return names.filter { name in
            !["frame", "template", "csrf"].contains { name == $0 || name.hasPrefix("\($0).") }
        }
    }

    static func exchange(
        _ house: CertificateHouse, _ person: Principal? = nil, query: String = "", name: String = CertificateHouse.name
    ) throws -> Exchange {
        let route = try #require(CertificatePageRoutes.routes.first { $0.path == "/certificates/{name}" })
        return Exchange(
            house: house.house, route: route, visitor: person ?? house.person(), parameters: ["name": name],
            query: Query(query), headers: [:], body: Data(), fields: Fields(), address: "192.0.2.1", reference: "r")
    }

    @Test("fills every field that the template's contract names")
    func contract() async throws {
        let house = try await CertificateHouse()
        let context = try await CertificatePage(Self.exchange(house)).context
        // Without a pause and a question their fields are not there, and nothing reads them.
        let wanted = try Self.fixture("certificate").filter { !$0.hasPrefix("question.") }
        #expect(wanted.subtracting(Self.names(context)) == [])
        try await house.commit(
            [.changeCertificate(paused(try #require(try await house.ledger.certificate(named: CertificateHouse.name))))]
        )
        let paused = try await CertificatePage(Self.exchange(house)).context
        let new = try Self.fixture("certificate.new").filter { $0.hasPrefix("pause") }
        #expect(new.subtracting(Self.names(paused)) == [])
    }

    private func paused(_ record: CertificateRecord) -> CertificateRecord {
        var record = record
        record.pause = Pause(by: "mara", reason: "freeze", since: CertificateHouse.start, until: nil)
        return record
    }

    @Test("each of the three facts shows its worst child")
    func worstChild() async throws {
        let house = try await CertificateHouse()
        let page = try await house.ask(.get, "").text
        #expect(page.contains("Published to 1 of 2") && page.contains("beta failed: permission denied"))
        #expect(page.contains("Serving on 1 of 2") && page.contains("Version 1 is on beta and"))
        #expect(page.contains("Renewed") && page.contains("Version 2,"))
        #expect(page.contains("What to do before") && page.contains("Give user deploy write access."))
        let chain = page.split(separator: "\n").filter { $0.contains("c-chain") }
        #expect(page.contains("alpha:443") && page.contains("Root \\&lt;script\\&gt;"), "\(chain)")
    }

    @Test("who may only read is shown no act")
    func viewer() async throws {
        let house = try await CertificateHouse()
        let page = try await house.ask(.get, "", house.person(.viewer)).text
        for act in ["renew", "publish", "prove", "roll-back", "pause", "delete", "export"] {
            #expect(!page.contains("\(CertificateHouse.name)/\(act)\""), "\(act)")
        }
        await #expect(throws: Problem.notAllowed) { try await house.ask(.get, "renew", house.person(.viewer)) }
    }

    @Test("what comes from outside is escaped on every page")
    func hostile() async throws {
        let house = try await CertificateHouse(name: CertificateHouse.hostile)
        let person = house.person(exportsKeys: true)
        for verb in [""] + CertificatePageRoutes.acts.map(\.verb) + ["explain"] {
            let page = try await house.ask(.get, verb, name: CertificateHouse.hostile, person).text
            #expect(page.contains("alert("), "\(verb)")
            #expect(!page.contains("<script>alert") && !page.contains("\"'><"), "\(verb)")
        }
    }

    @Test("a name that one may not see is answered like one that there is not, on every route")
    func scope() async throws {
        let house = try await CertificateHouse()
        let stranger = house.person(.administrator, scope: ["team": "mail"], exportsKeys: true)
        for route in CertificatePageRoutes.routes {
            let verb = route.path.replacingOccurrences(of: "/certificates/{name}", with: "").replacing("/", with: "")
            let fields = route.method == .post ? ["key": ["0123456789"]] : [:]
            let hidden = await #expect(throws: Problem.self) {
                try await house.ask(route.method, verb, stranger, fields: fields)
            }
            let missing = await #expect(throws: Problem.self) {
                try await house.ask(route.method, verb, name: "missing.example.com", stranger, fields: fields)
            }
            #expect(
                hidden?.status == 404 && hidden?.code == missing?.code && hidden?.remedy == missing?.remedy, "\(verb)")
            #expect(hidden?.message == missing?.message.replacing("missing.example.com", with: CertificateHouse.name))
        }
        #expect(try await house.ask(.get, "", house.person(scope: CertificateHouse.labels)).status == .ok)
    }

    @Test("a message that names another certificate is not shown to who may not see that one")
    func placeOfOthers() async throws {
        let house = try await CertificateHouse()
        var placement = try #require(try await house.ledger.placement(3))
        placement.trouble?.code = "publication.place-owned"
        placement.trouble?.message = "/etc/tls belongs to secret.example.com on edge/beta."
        try await house.commit([.putPlacement(placement)])
        #expect(try await house.ask(.get, "").text.contains("secret.example.com"))
        let page = try await house.ask(.get, "", house.person(scope: CertificateHouse.labels)).text
        #expect(!page.contains("secret.example.com"))
    }

    @Test("failures alone can be shown, and all versions")
    func narrowed() async throws {
        let house = try await CertificateHouse()
        let all = try await house.ask(.get, "").text
        let failed = try await house.ask(.get, "", query: "attempts=failed&versions=all").text
        #expect(all.contains("data-attempt=\"r1-1\"") && all.contains("data-attempt=\"p3-1\""))
        #expect(!failed.contains("data-attempt=\"r1-1\"") && failed.contains("data-attempt=\"p3-1\""))
    }

    @Test("explains why its next runs are when they are")
    func explain() async throws {
        let house = try await CertificateHouse()
        let route = try Self.exchange(house)
        let context = try await CertificateExplain(route).context
        #expect(try Self.fixture("explain").subtracting(Self.names(context)).filter { !$0.hasPrefix("notes.") } == [])
        let page = try await house.ask(.get, "explain").text
        #expect(page.contains("Publication to edge/beta") && page.contains("version 2 is valid to"))
    }

    @Test("whoever reads may take what everybody sees: the certificate with its chain")
    func publicFile() async throws {
        let house = try await CertificateHouse()
        let reply = try await house.ask(.get, "certificate.pem", house.person(.viewer))
        #expect(reply.headers[.contentDisposition] == "attachment; filename=\"shop.example.com-2-fullchain.pem\"")
        for format in ["bundle", "privateKey", "pkcs12", "challenge", "none"] {
            await #expect(throws: Problem.self) {
                try await house.ask(.get, "certificate.pem", house.person(.viewer), query: "format=\(format)")
            }
        }
    }
}
