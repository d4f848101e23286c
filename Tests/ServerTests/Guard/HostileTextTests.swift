import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Server

/// Script text wherever text comes from outside: names, labels, notes, errors, what CAs and servers say.
@Suite("Hostile texts")
struct HostileTextTests {
    /// With a combining mark behind quotes and brackets, for which an escape by characters is blind.
    static let texts = [
        "<script>hostile</script>", "\"><script>hostile</script>", "'\u{301} onmouseover=hostile x='",
        "\"\u{301} onmouseover=hostile x=\"", "<\u{301}script>hostile", "{{{frame}}}<script>hostile",
        "</textarea></title><script>hostile", "\u{202E}<script>hostile", "javascript:hostile",
    ]

    private static func expectClean(_ answer: GuardAnswer, _ what: String) {
        let what = Comment(rawValue: what)
        #expect(!answer.has("<script>hostile"), what)
        for mark in ["\"\u{301}", "'\u{301}", "<\u{301}"] { #expect(!answer.has(mark), what) }
        #expect(!answer.has("href=\"javascript:"), what)
    }

    private static func isMarkup(_ answer: GuardAnswer) -> Bool {
        answer["content-type"]?.hasPrefix("text/html") ?? false
    }

    private static func profiles(_ text: String) -> ProfileSet {
        ProfileSet(
            publishing: [
                "web": PublishingProfile(
                    name: "web", publisher: text,
                    targets: [
                        .init(name: text, options: OptionTree([:])), .init(name: "alpha", options: OptionTree([:])),
                    ])
            ],
            brokenPublishing: [
                text: [OptionProblem(SourcePosition(file: text, line: 3, column: 1), text, remedy: text)]
            ])
    }

    /// Puts the text wherever the ledger has room for one.
    private static func fill(_ house: GuardHouse, with text: String) async throws {
        var plan = ListingHouse.Plan(text)
        plan.issuer = text
        plan.labels = [text: text]
        plan.trouble = ListingHouse.trouble(text)
        plan.troubles = ["alpha": ListingHouse.trouble(text)]
        plan.targets = ["alpha", text]
        try await house.listing.add(plan)
        for name in [text, GuardHouse.certificate] {
            try await house.listing.change(name) { record in
                record.owner = text
                record.note = text
                record.labels["other"] = text
                record.pause = Pause(by: text, reason: text, since: ListingHouse.now, until: nil)
            }
            let record = try #require(try await house.ledger.certificate(named: name))
            let event = EventDraft(
                at: ListingHouse.now, actor: text, kind: text, certificate: name, subject: text, reason: text,
                detail: [text: text, "message": text])
            let attempt = AttemptRecord(
                work: WorkKey(.renewal, record.id), certificate: record.id, target: text, version: 1,
                startedAt: ListingHouse.now - .minutes(1), endedAt: ListingHouse.now, outcome: .failed,
                kind: .transient,
                code: text, message: text, remedy: text, step: text, output: text, notes: [text])
            let outcome = try await house.ledger.commit(
                Change(
                    [
                        .addAttempt(attempt),
                        .putSecret(SecretRecord(name: text, sealed: Data(), setAt: ListingHouse.now, setBy: text)),
                    ], events: [event]))
            #expect(outcome == .applied)
        }
        try await house.seat(text, .viewer, scope: [text: text])
        _ = try await house.session(of: text)
        _ = try await house.token(of: text, role: .viewer)
    }

    @Test("every page shows it as text", arguments: texts)
    func pages(text: String) async throws {
        let made = try await GuardHouse(Self.profiles(text))
        try await GuardHouse.served(made) { house, client in
            try await Self.fill(house, with: text)
            try await house.seat("anna", .administrator)
            let name = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            var shown = 0
            // The hostile account sees its own name and scope on each page.
            for session in [try await house.session(of: "anna"), try await house.session(of: text)] {
                for route in RouteTable.routes(Metrics()) where route.method == .get {
                    let address = try #require(RouteSamples.address(route, real: true))
                    let hostile =
                        "/"
                        + route.path.split(separator: "/").map { $0.hasPrefix("{") ? name : String($0) }.joined(
                            separator: "/")
                    for path in Set([address, hostile]) {
                        let answer = try await client.send("GET", path, [("Cookie", session.cookie)])
                        #expect(answer.status < 500, "GET \(path): \(answer.status)")
                        if Self.isMarkup(answer) { Self.expectClean(answer, "GET \(path)") }
                        if answer.has("hostile") { shown += 1 }
                    }
                }
            }
            #expect(shown > 0, "no page shows the text at all: the test tests nothing")
        }
    }

    @Test("every form that is sent back with it shows it as text", arguments: texts)
    func forms(text: String) async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .administrator)
            for route in RouteTable.routes(Metrics()) where route.changes {
                guard let takes = route.takes else { continue }
                let address = try #require(RouteSamples.address(route, real: true))
                let session = try await house.session(of: "anna")
                let kinds: [[APIField]] = takes.map { [$0] } + [takes]
                for fields in kinds where route.kind == .page {
                    let answer = try await client.form(address, fields.map { ($0.name, text) }, session)
                    #expect(answer.status < 500, "\(route.path) \(fields.map(\.name)): \(answer.status)")
                    if Self.isMarkup(answer) { Self.expectClean(answer, "\(route.path) \(fields.map(\.name))") }
                    #expect(answer.location.hasPrefix("/") && !answer.location.hasPrefix("//") || answer.status != 303)
                }
                let unknown = try await client.form(address, [(text, text)], session)
                #expect(unknown.status < 500)
                if Self.isMarkup(unknown) { Self.expectClean(unknown, "\(route.path) with an unknown field") }
            }
        }
    }

    @Test("a log line says it in one line")
    func logs() async throws {
        try await GuardHouse.served { house, client in
            _ = try await client.send("GET", "/a%0ab", [("User-Agent", "x\u{1b}[31m")])
            _ = try await client.form("/sign-in", [("name", "an\nna\u{0}"), ("password", "x")])
            for line in house.log.lines {
                #expect(!line.contains("\n") && !line.contains("\u{1b}"), "\(line.debugDescription)")
            }
        }
    }
}
