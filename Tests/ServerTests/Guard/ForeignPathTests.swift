import Automation
import Foundation
import Storage
import Testing

@testable import Server

/// People who may see a part of the certificates alone.
@Suite("Scopes")
struct ForeignPathTests {
    private static let routes = RouteTable.routes(Metrics())

    /// Without what differs by nature: the name that was asked for, and the request's reference.
    private static func plain(_ answer: GuardAnswer, _ name: String) -> String {
        let escaped = GuardClient.encoded(name)
        return answer.text.replacingOccurrences(of: name, with: "NAME").replacingOccurrences(of: escaped, with: "NAME")
            .replacing(/[0-9a-f]{12}/, with: "REFERENCE")
    }

    @Test("a certificate out of scope is answered as one that there is not, by every route that names one")
    func foreignCertificates() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .administrator, scope: ["team": "web"])
            let named = Self.routes.filter { $0.path.contains("/certificates/{") }
            #expect(!named.isEmpty)
            for route in named {
                var answers: [GuardAnswer] = []
                let names = [GuardHouse.foreign, "unknown.example.com"]
                let before = try #require(try await house.ledger.certificate(named: GuardHouse.foreign))
                for name in names {
                    let session = try await house.session(of: "anna")
                    let address = try #require(RouteSamples.address(route, real: true))
                        .replacingOccurrences(of: GuardHouse.certificate, with: name)
                    let body = RouteSamples.body(route, nil)
                    answers.append(
                        try await client.send(
                            route.method.rawValue, address,
                            [
                                ("Cookie", session.cookie), ("X-Certflow-CSRF", session.csrf),
                                ("Content-Type", body?.type ?? "text/plain"),
                            ], body: body?.text))
                }
                let what = Comment(rawValue: "\(route.method.rawValue) \(route.path): \(answers.map(\.status))")
                #expect(answers.map(\.status).allSatisfy { (400..<500).contains($0) }, what)
                #expect(answers[0].status == answers[1].status, what)
                #expect(Self.plain(answers[0], names[0]) == Self.plain(answers[1], names[1]), what)
                #expect(try await house.ledger.certificate(named: GuardHouse.foreign) == before, what)
            }
        }
    }

    @Test("nothing that is shown to somebody names a certificate out of their scope")
    func nothingShown() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .viewer, scope: ["team": "web"])
            let session = try await house.session(of: "anna")
            let secret = try await house.token(of: "anna", role: .viewer)
            for credentials in [("Cookie", session.cookie), ("Authorization", "Bearer \(secret)")] {
                var mine = 0
                for route in Self.routes where route.method == .get {
                    let address = try #require(RouteSamples.address(route, real: true))
                    for query in ["", "?q=foreign", "?name=\(GuardHouse.foreign)"] {
                        let answer = try await client.send("GET", address + query, [credentials])
                        // What was searched for stands in its own field.
                        let shown = answer.text.replacingOccurrences(of: "value=\"\(GuardHouse.foreign)\"", with: "")
                        if query.isEmpty {
                            #expect(!shown.contains(GuardHouse.foreign), "GET \(address)")
                            if shown.contains(GuardHouse.certificate) { mine += 1 }
                        }
                        #expect(!shown.contains("/certificates/\(GuardHouse.foreign)"), "GET \(address)\(query)")
                    }
                }
                #expect(mine > 0, "nothing is shown at all: the test tests nothing")
            }
        }
    }

    @Test("a scope narrows by all of its labels, and an empty one does not")
    func labels() {
        var principal = Principal(
            account: "anna", role: .viewer, scope: ["team": "web", "site": "north"], exportsKeys: false,
            usesKeys: false,
            means: .token("t"), csrf: nil)
        #expect(principal.sees(["team": "web", "site": "north", "other": "x"]))
        for labels in [[:], ["team": "web"], ["team": "web", "site": "south"], ["team": "", "site": ""]] {
            #expect(!principal.sees(labels))
        }
        principal.scope = [:]
        #expect(principal.sees([:]))
    }
}
