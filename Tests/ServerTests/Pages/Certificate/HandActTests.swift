import Automation
import Foundation
import HTTPTypes
import PluginKit
import Runner
import Storage
import Testing

@testable import Server

@Suite("acts by hand, on the pages of a certificate")
struct HandActTests {
    private static let key = ["key": ["0123456789abcdef"], "reason": ["because <i>"]]
    private static let both = ["target": ["edge/alpha", "edge/beta"]]

    private static func fields(_ more: [String: [String]] = [:]) -> [String: [String]] { key.merging(more) { $1 } }

    @Test("every confirmation fills every field of its template")
    func contract() async throws {
        let house = try await CertificateHouse()
        let person = house.person(exportsKeys: true)
        let wanted = try CertificatePageTests.fixture("confirm.export").union(
            CertificatePageTests.fixture("confirm.roll-back"))
        for act in CertificatePageRoutes.acts {
            let view = try await CertificateView(house.house, person, CertificateHouse.name)
            let page = try await act.confirm(view, .init(Query()))
            let problem = Problem.refused("x", "Not done.", remedy: "Do it.")
            let context = page.context(crumbs: view.crumbs(act.label), key: "k", reason: "", problem: problem)
            let optional = ["facts.", "warnings.", "questions.", "inputs.", "hidden."]
            let missing = wanted.subtracting(CertificatePageTests.names(context))
                .filter { name in !optional.contains { name.hasPrefix($0) } }
            #expect(missing == [], "\(act.verb)")
            #expect(!page.says.isEmpty && page.title.hasSuffix("?"), "\(act.verb)")
        }
        let view = try await CertificateView(house.house, person, CertificateHouse.name)
        let rollBack = try await HandAct.rollBack.confirm(view, .init(Query()))
            .context(crumbs: view.crumbs(), key: "k", reason: "", problem: nil)
        let export = try await HandAct.exportKey.confirm(view, .init(Query()))
            .context(crumbs: view.crumbs(), key: "k", reason: "", problem: nil)
        let answer = try await HandAct.publish.confirm(view, .init(Query("answer=publish")))
            .context(crumbs: view.crumbs(), key: "k", reason: "", problem: nil)
        let names = [rollBack, export, answer, try await renewing()].reduce(into: Set<String>()) {
            $0.formUnion(CertificatePageTests.names($1))
        }
        let all = wanted.filter { name in
            ["facts.", "warnings.", "questions.", "inputs.", "hidden."].contains { name.hasPrefix($0) }
        }
        #expect(all.subtracting(names) == [])
    }

    /// With a warning: the last renewal failed.
    private func renewing() async throws -> [String: Any] {
        let house = try await CertificateHouse()
        var state = try #require(try await house.ledger.overview(1)).state
        state.trouble = Trouble(
            failures: 1, since: CertificateHouse.start, lastAt: CertificateHouse.start, retryAt: nil,
            kind: .rateLimited,
            code: "acme.rate-limited", message: "too many", remedy: "Wait.")
        try await house.commit([.putRenewal(state)])
        let view = try await CertificateView(house.house, house.person(), CertificateHouse.name)
        return try await HandAct.renew.confirm(view, .init(Query())).context(
            crumbs: view.crumbs(), key: "k", reason: "", problem: nil)
    }

    struct Deed: Sendable, CustomTestStringConvertible {
        var verb: String
        var fields: [String: [String]] = [:]
        var event: String
        /// How many events one act leaves.
        var count = 1
        var testDescription: String { "\(verb) \(fields)" }
    }

    @Test(
        "does once what a form is sent for twice, with who and why in the audit trail",
        arguments: [
            Deed(verb: "renew", event: "renewal.asked"),
            Deed(verb: "publish", fields: both, event: "publication.asked-by-hand", count: 2),
            Deed(
                verb: "publish", fields: ["target": ["edge/beta"], "answer": ["publish"]], event: "publication.answered"
            ),
            Deed(verb: "wait", fields: ["target": ["edge/beta"]], event: "publication.answered"),
            Deed(verb: "prove", fields: both, event: "proof.asked", count: 2),
            Deed(
                verb: "roll-back", fields: ["target": ["edge/alpha"], "version": ["1"], "until": ["released"]],
                event: "rollback.asked"), Deed(verb: "pause", event: "flow.paused"),
            Deed(verb: "revoked", fields: ["version": ["2"]], event: "version.revoked"),
            Deed(verb: "delete", fields: ["how": ["retire"]], event: "certificate.retired"),
        ])
    func once(deed: Deed) async throws {
        let house = try await CertificateHouse()
        let fields = Self.fields(deed.fields)
        for _ in 0..<2 {
            let reply = try await house.ask(.post, deed.verb, fields: fields)
            #expect(
                reply.status == .seeOther && reply.location.hasPrefix("/certificates"), "\(reply.text.prefix(2000))")
        }
        let events = try await house.events(deed.event)
        #expect(events.count == deed.count)
        #expect(events.allSatisfy { $0.actor == "anna" && $0.reason == "because <i>" })
    }

    @Test("resumes what is paused")
    func resume() async throws {
        let house = try await CertificateHouse()
        _ = try await house.ask(.post, "pause", fields: Self.fields(["until": ["2027-01-20T10:00"]]))
        #expect(
            try await house.ledger.certificate(named: CertificateHouse.name)?.pause?.until
                == Instant(rfc3339: "2027-01-20T10:00:00Z"))
        let page = try await house.ask(.get, "").text
        #expect(page.contains("Paused by anna until Wed 20 Jan 10:00:") && page.contains("because &lt;i&gt;"))
        #expect(page.contains("/resume\"") && !page.contains("/pause\""))
        _ = try await house.ask(.post, "resume", fields: Self.fields())
        #expect(try await house.events("flow.resumed").count == 1)
        #expect(try await house.ledger.certificate(named: CertificateHouse.name)?.pause == nil)
    }

    @Test("nothing is done for a form without its key, and none of it for one that is refused")
    func refused() async throws {
        let house = try await CertificateHouse()
        let keyless = try await house.ask(.post, "renew", fields: ["reason": ["x"]])
        #expect(keyless.status.code == 422 && keyless.text.contains("The form bears no key."))
        // Without a target the desk would take all of them.
        let noTarget = try await house.ask(.post, "publish", fields: Self.fields())
        #expect(noTarget.status.code == 422 && noTarget.text.contains("names none"))
        #expect(try await house.events("renewal.asked").isEmpty)
        #expect(try await house.events("publication.asked-by-hand").isEmpty)
        // A refusal keeps what was written, and the same form may be mended and sent again.
        #expect(noTarget.text.contains("because &lt;i&gt;"))
        let mended = try await house.ask(.post, "publish", fields: Self.fields(["target": ["edge/beta"]]))
        #expect(mended.status == .seeOther)
        let strange = try await house.ask(
            .post, "roll-back",
            fields: ["key": ["fedcba9876543210"], "target": ["edge/alpha"], "version": ["99"], "until": ["next"]])
        #expect(strange.status.code == 422 && strange.text.contains("not an older one"))
    }

    @Test("a renewal is refused while a newer version waits, unless the person insists")
    func newerWaits() async throws {
        let house = try await CertificateHouse()
        var state = try #require(try await house.ledger.overview(1)).state
        state.current = 3
        try await house.commit([.putRenewal(state)])
        #expect(try await house.ask(.get, "renew").text.contains("Renew all the same"))
        let reply = try await house.ask(.post, "renew", fields: Self.fields())
        #expect(reply.status.code == 422 && reply.text.contains("newer than what any target holds"))
        _ = try await house.ask(.post, "renew", fields: Self.fields(["force": ["yes"]]))
        #expect(try await house.events("renewal.asked").count == 1)
    }

    @Test("a confirmation says what will happen, and what stays")
    func words() async throws {
        let house = try await CertificateHouse()
        let renew = try await house.ask(.get, "renew").text
        #expect(
            renew.contains("Asks own for version 3 at once, outside the window, ")
                && renew.contains("ahead of the planned run"))
        #expect(renew.contains("It is then published to 2 targets, after renew: the window is open."))
        let publish = try await house.ask(.get, "publish", query: "target=edge/beta").text
        #expect(publish.contains("Puts version 2 on the chosen targets at once"))
        #expect(publish.contains("edge: 1 target first, then 50 % at a time; a failure stops the rest"))
        #expect(publish.contains("value=\"edge/beta\" checked") && publish.contains("value=\"edge/alpha\">"))
        let rollBack = try await house.ask(.get, "roll-back").text
        #expect(
            rollBack.contains("Version 1") && rollBack.contains("Keep version 2") && !rollBack.contains("value=\"2\""))
        let delete = try await house.ask(.get, "delete").text
        #expect(delete.contains("refused while a target holds an unexpired version: alpha and beta"))
        let remove = try await house.ask(.post, "delete", fields: Self.fields(["how": ["remove"]]))
        #expect(remove.status.code == 422)
        #expect(try await house.ledger.certificate(named: CertificateHouse.name) != nil)
    }

    @Test("where all targets are held, a renewal's confirmation says that nothing is published for that")
    func held() async throws {
        let house = try await CertificateHouse()
        for placement in [2, 3] as [Int64] { try await house.hold(placement, atVersion: 1) }
        let page = try await house.ask(.get, "renew").text
        #expect(page.contains("Nothing is published by itself. alpha and beta stay held."))
        #expect(!page.contains("no period of the window"))
        let revoked = try await house.ask(.get, "revoked", query: "version=1").text
        #expect(revoked.contains("Targets that hold it keep it until version 2 is published there"))
    }

    @Test("outside an open period a renewal's confirmation names when it is published")
    func closedWindow() async throws {
        // Tue 12 Jan 2027 09:42: the only open period begins on Saturday.
        let window = Window(Cells(days: [.saturday], periods: [Period.all[0]]), zone: .utc)
        let house = try await CertificateHouse(rules: FlowRules(publicationEnabled: true, window: window))
        #expect(
            try await house.ask(.get, "renew").text.contains(
                "Nothing is published now: the window opens Sat 16 Jan 00:00"))
    }

    // MARK: Keys

    @Test("a private key goes to nobody without that right, and the try is recorded")
    func noRight() async throws {
        let house = try await CertificateHouse()
        var token = house.person(exportsKeys: true)
        token.means = .token("ci")
        for person in [house.person(.administrator), token] {
            for method in [HTTPRequest.Method.get, .post] {
                let problem = await #expect(throws: Problem.self) {
                    try await house.ask(method, "export", person, fields: method == .post ? Self.fields() : [:])
                }
                #expect(problem?.status == 403)
            }
        }
        #expect(try await house.events("key.export-refused").count == 4)
        #expect(try await house.events("key.exported").isEmpty)
    }

    @Test("a private key needs that the person proved anew who it is")
    func noProof() async throws {
        let house = try await CertificateHouse()
        let person = house.person(exportsKeys: true, provedAgo: .minutes(5) + .seconds(1))
        for method in [HTTPRequest.Method.get, .post] {
            let reply = try await house.ask(
                method, "export", person, fields: method == .post ? Self.fields(["format": ["bundle"]]) : [:])
            #expect(reply.location == "/reauthenticate?next=%2Fcertificates%2Fshop.example.com%2Fexport")
        }
        #expect(try await house.events("key.exported").isEmpty)
    }

    @Test("a private key leaves once, as a file, with its event before")
    func exports() async throws {
        let house = try await CertificateHouse()
        let person = house.person(.viewer, exportsKeys: true)
        let fields = Self.fields(["format": ["bundle"], "version": ["1"]])
        let reply = try await house.ask(.post, "export", person, fields: fields)
        #expect(reply.headers[.contentDisposition] == "attachment; filename=\"shop.example.com-1-bundle.pem\"")
        let again = try await house.ask(.post, "export", person, fields: fields)
        #expect(again.status == .seeOther)
        let events = try await house.events("key.exported")
        #expect(events.count == 1 && events.first?.subject == "version 1" && events.first?.reason == "because <i>")
        #expect(events.first?.detail["to"] == "the browser at 192.0.2.1")
        let weak = try await house.ask(
            .post, "export", person,
            fields: ["key": ["aaaaaaaaaaaa"], "format": ["pkcs12"], "passphrase": ["one"], "passphraseAgain": ["two"]])
        #expect(weak.status.code == 422 && weak.text.contains("differs from the first"))
        let open = try await house.ask(
            .post, "export", person, fields: ["key": ["bbbbbbbbbbbb"], "format": ["fullchain"]])
        #expect(open.status.code == 422)
        #expect(try await house.events("key.exported").count == 1)
    }

    // MARK: Rehearsal

    @Test("a rehearsal shows what each target would do, and changes nothing")
    func rehearse() async throws {
        let house = try await CertificateHouse()
        let before = try await house.ledger.counts()
        let reply = try await house.ask(
            .post, "rehearse", fields: Self.fields(["what": ["publication"]].merging(Self.both) { $1 }))
        #expect(reply.status == .ok && reply.text.contains("2 of 2 targets would fail."))
        #expect(reply.text.contains("by itself"))
        #expect(try await house.ledger.counts().events == before.events)
        let renewal = try await house.ask(.post, "rehearse", fields: ["key": ["cccccccccccc"], "what": ["renewal"]])
        #expect(renewal.text.contains("own"))
    }

    @Test("the page of a rehearsal fills every field that its template names")
    func rehearsalContract() async throws {
        let house = try await CertificateHouse()
        let view = try await CertificateView(house.house, house.person(), CertificateHouse.name)
        var order = Desk.PublishOrder()
        order.targets = ["edge/beta"]
        let outlooks = try await PublicationRehearsal(house.house.outside).report(view.name, order)
        let names = CertificatePageTests.names(RehearsalPage(view).context(outlooks))
        #expect(try CertificatePageTests.fixture("rehearsal").subtracting(names) == [])
    }
}
