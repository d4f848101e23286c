import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Server

@Suite("contexts of pages and the contract of their templates")
struct PageContractTests {
    private let clock = Clock(zone: .utc, now: PageHouse.now)

    private var account: Account {
        var account = Account(name: "ana", role: .operator, scope: ["team": "web"], createdAt: PageHouse.now)
        account.invitedUntil = PageHouse.now + .hours(1)
        return account
    }

    private var event: Event {
        Event(
            sequence: 1, chain: "c", position: 1,
            draft: EventDraft(
                at: PageHouse.now, actor: "ana", kind: "flow.changed", certificate: "x", detail: ["what": "a: b -> c"]),
            mac: Data())
    }

    private func missing(_ fixture: String, _ context: [String: Any]) throws -> Set<String> {
        let frame: Set<String> = ["csrf", "frame", "template"]
        let wanted = FlowPageTests.names(try FlowPageTests.fixture(fixture)).filter { name in
            !frame.contains { name == $0 || name.hasPrefix("\($0).") }
        }
        return wanted.subtracting(FlowPageTests.names(context))
    }

    @Test("settings, people and one person fill in every field")
    func people() throws {
        let session = Session(
            account: "ana", createdAt: clock.now, seenAt: clock.now, endsAt: clock.now + .hours(1), provedAt: clock.now,
            address: "a", agent: "b")
        let token = AccessToken(
            id: "t", account: "ana", name: "n", role: .viewer, scope: [:], createdAt: clock.now, endsAt: clock.now,
            usedAt: nil)
        let settings = SettingsPage(
            account: account, scope: [:], sessions: [("k", session)], current: nil, tokens: [token], lives: .init(),
            clock: clock, notes: [PageNote(tone: .ok, title: "t", text: "x", link: .init(href: "/", label: "l"))])
        #expect(try missing("settings", settings.context) == [])
        #expect(try missing("people", PeoplePage(accounts: [account], you: "ana", clock: clock).context) == [])
        let person = PersonPage(account: account, draft: PersonDraft(account), events: [event], clock: clock)
        #expect(try missing("person", person.context) == [])
    }

    @Test("confirmations, what is shown once, problems and imports fill in every field")
    func small() throws {
        var confirmation = Confirmation(
            title: "t", crumbs: Crumbs.to(("a", "/")), action: "/", verb: "v", backHref: "/")
        confirmation.hidden = [("a", "b")]
        #expect(try missing("confirm", confirmation.context) == [])
        let shown = ShownOnce(
            title: "t", crumbs: Crumbs.to(("a", "/")), warning: "w", label: "l", secret: "s", facts: [("a", "b")],
            backHref: "/")
        #expect(try missing("token-created", shown.context) == [])
        let problem = ProblemPage.context(.notFound, "r", isSignedIn: true)
        #expect(try missing("problem", problem) == [])
        var page = ImportPage()
        page.results = [.refused("x", "y")]
        #expect(try missing("import", page.context) == [])
        let add = CertificateAddPage(
            draft: CertificateDraft(), issuers: ["own"],
            mistakes: [.init(id: "name", label: "l", message: "m", remedy: "r")])
        #expect(try missing("certificate-add", add.context) == [])
    }

    @Test("profiles fill in every field")
    func profiles() throws {
        let set = ProfileSet(publishing: ["fleet": PublishingProfile(name: "fleet", publisher: "files", targets: [])])
        let list = ProfileListPage(
            shape: .publishing, set: set, uses: ["fleet": 1], problems: ["broken"], checks: ProfileChecks(),
            mayEdit: true,
            clock: clock, notes: [PageNote(tone: .ok, title: "t", text: "x", link: .init(href: "/", label: "l"))])
        #expect(try missing("profiles", list.context) == [])
        var edit = ProfileEditPage(shape: .publishing, name: "fleet", text: "a\nb\n")
        #expect(try missing("profile-edit", edit.context) == [])
        edit.problems = [OptionProblem(SourcePosition(file: "f", line: 1, column: 1), "m", remedy: "r")]
        #expect(try missing("profile-edit.errors", edit.context) == [])
        #expect(
            try missing("audit", ["rows": [AuditRow(event: event, href: nil, clock: clock).context]]).allSatisfy {
                !$0.hasPrefix("rows.")
            })
    }
}
