import Automation
import Foundation
import Storage
import Testing

@testable import Server

@Suite("editing a certificate on its page")
struct EditPageTests {
    private static let path = "/certificates/www.example/edit"

    private static func served(
        hasRunner: Bool = false, _ body: @escaping @Sendable (ServedHouse, TestClient) async throws -> Void
    ) async throws {
        try await ServedHouse.withServing(hasRunner: hasRunner) { served in
            try await served.add("www.example", labels: ["team": "web"], isPublished: true)
            try await body(served, try await served.session(.operator, name: "mara"))
        }
    }

    /// What a browser would send of a page's form.
    private static func hidden(_ page: TestClient.Answer) -> [String: String] {
        var fields: [String: String] = [:]
        for part in page.text.components(separatedBy: "<input type=\"hidden\" name=\"").dropFirst() {
            let pieces = part.components(separatedBy: "\"")
            guard pieces.count > 2, let name = pieces.first, name != "csrf" else { continue }
            fields[name] = pieces[2].replacingOccurrences(of: "&quot;", with: "\"")
                .replacingOccurrences(of: "&#34;", with: "\"").replacingOccurrences(of: "&amp;", with: "&")
        }
        return fields
    }

    private static let typed = [
        "subjects": "www.example\r\nshop.example", "issuer": "local-authority", "fallback": "teller",
        "fallbackAfter": "12h", "keyType": "rsa-3072", "labels": "team:web", "owner": "web team",
        "note": "two\r\nlines",
    ]

    private static func record(_ served: ServedHouse) async throws -> CertificateRecord {
        try #require(try await served.ledger.certificate(named: "www.example"))
    }

    @Test("what follows is said first; then all of it is changed in one step, done once, with who and why")
    func edit() async throws {
        try await Self.served { served, mara in
            let page = try await mara.get(Self.path)
            #expect(page.status == 200 && page.text.contains("Review changes"))
            let review = try await mara.form(Self.path, Self.hidden(page).merging(Self.typed) { $1 })
            for words in [
                "Change www.example?", "The names change: version 1", "teller takes over where local-authority fails",
                "www.example, shop.example", "Save changes",
            ] {
                #expect(review.text.contains(words), "\(words)")
            }
            let back = review.text.components(separatedBy: "href=\"").map { $0.prefix { $0 != "\"" } }
                .first { $0.hasPrefix(Self.path + "?subjects=") }
            let again = try await mara.get(try #require(back).replacingOccurrences(of: "&amp;", with: "&"))
            #expect(again.text.contains("www.example\nshop.example") && again.text.contains("value=\"12h\""))
            #expect(try await Self.record(served).subjects.count == 1)
            var form = Self.hidden(review)
            form["reason"] = "a new shop"
            for _ in 0..<2 {
                let saved = try await mara.form(Self.path, form)
                #expect(saved.status == 303 && saved.headers["location"] == ["/certificates/www.example"])
            }
            let record = try await Self.record(served)
            #expect(record.subjects.map(\.description) == ["www.example", "shop.example"])
            #expect(record.fallback?.issuer == "teller" && record.fallback?.after == .hours(12))
            #expect(record.key.type == .rsa3072 && record.owner == "web team" && record.note == "two\nlines")
            #expect(record.reissuesAsked == 1 && record.flow.profiles == ["files"])
            let events = try await served.ledger.latestEvents(certificate: "www.example", limit: 20).map(\.draft)
            let changed = events.filter { $0.kind == "certificate.changed" }
            #expect(changed.count == 1 && changed.first?.actor == "mara" && changed.first?.reason == "a new shop")
            #expect(changed.first?.detail["what"]?.contains("shop.example") == true)
        }
    }

    @Test("what is wrong is told at its field, and what was typed stays")
    func mistakes() async throws {
        try await Self.served { served, mara in
            let begun = Self.hidden(try await mara.get(Self.path)).merging(Self.typed) { $1 }
            let wrong = [
                ("subjects", "exa mple", "subjects-error"), ("fallback", "local-authority", "fallback-error"),
                ("fallbackAfter", "soon", "fallbackAfter-error"), ("issuer", "nobody", "issuer-error"),
                ("labels", "nonsense", "labels-error"),
            ]
            for (field, value, error) in wrong {
                let page = try await mara.form(Self.path, begun.merging([field: value]) { $1 })
                #expect(page.status == 422 && page.text.contains("id=\"\(error)\""), "\(field)")
                #expect(page.text.contains("web team") && page.text.contains("value=\"teller\""), "\(field)")
            }
            let scoped = try await served.session(.operator, scope: ["team": "web"], name: "vera")
            let left = try await scoped.form(Self.path, begun.merging(["labels": "team:mail"]) { $1 })
            #expect(left.status == 422 && left.text.contains("labels-error"))
            let same = try await mara.get(Self.path)
            let record = try await Self.record(served)
            let unchanged = CertificateDraft(record).fields.map { ($0.name, $0.value) }
            let none = try await mara.form(Self.path, Self.hidden(same).map { ($0.key, $0.value) } + unchanged)
            #expect(none.text.contains("Nothing is changed:"))
            #expect(try await Self.record(served).revision == record.revision)
        }
    }

    @Test("what somebody else changed meanwhile is taken over, and what was typed is kept")
    func conflict() async throws {
        try await Self.served { served, mara in
            let begun = Self.hidden(try await mara.get(Self.path)).merging(Self.typed) { $1 }
            var theirs = try #require(
                begun.merging(["owner": "mail team", "note": "", "subjects": "www.example"]) { $1 } as [String: String]?
            )
            theirs["labels"] = "team:web\nenv:test"
            theirs.merge(["fallback": "", "fallbackAfter": "", "keyType": "ecdsa-p256"]) { $1 }
            _ = try await mara.form(Self.path, theirs.merging(["confirmed": "yes", "key": "0123456789"]) { $1 })
            #expect(try await Self.record(served).owner == "mail team")
            let late = begun.merging(["confirmed": "yes", "key": "9876543210"]) { $1 }
            let conflict = try await mara.form(Self.path, late)
            #expect(conflict.status == 409 && conflict.text.contains("Somebody changed it while you were editing"))
            #expect(conflict.text.contains("Taken over from there: Labels") && conflict.text.contains("env:test"))
            #expect(conflict.text.contains("Changed there and here: Owner") && conflict.text.contains("web team"))
            #expect(try await Self.record(served).owner == "mail team")
        }
    }

    @Test("only who operates may, and nobody what it does not see")
    func rights() async throws {
        try await Self.served { served, _ in
            let vera = try await served.session(.viewer, name: "vera")
            #expect(try await vera.get(Self.path).status == 403)
            #expect(try await vera.form(Self.path, Self.typed).status == 403)
            #expect(!(try await vera.get("/certificates/www.example")).text.contains("/edit"))
            let other = try await served.session(.operator, scope: ["team": "mail"], name: "otto")
            #expect(try await other.get(Self.path).status == 404)
            #expect(try await other.form(Self.path, Self.typed).status == 404)
        }
    }
}
