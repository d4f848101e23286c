import ACME
import Curl
import Foundation
import HTTPPublisher
import PluginKit
import Profiles
import Testing

@testable import Server

/// Who can make the server ask an address, which addresses it asks, and what is told of the answers (CWE-918).
@Suite("Addresses that the server is made to ask")
struct InnerAddressTests {
    private static let routes = RouteTable.routes(Metrics())

    /// Of one link, of this network, of clouds' metadata services; also as other programs write them.
    private static let refused = [
        "169.254.169.254", "[fe80::1]", "0.0.0.0", "[::]", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]",
        "[64:ff9b::a9fe:a9fe]", "[fd00:ec2::254]", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518",
        "100.100.100.200", "0", "224.0.0.1",
    ]

    /// A house whose profiles "web" and "ca" have their servers where a test says.
    private static func served(
        server: String, more: String = "", directory: String = "https://127.0.0.1:1/directory",
        _ body: @escaping @Sendable (GuardHouse, GuardClient) async throws -> Void
    ) async throws {
        let client = HTTPClient(connectionsPerHost: 2)
        let registry = Registry(
            publishers: [HTTPPublisher.backend(client)], issuers: [ACME.backend(client, version: nil)])
        let web = """
            profile: web
            publisher: http
            with:
              server: \(server)
              place: one
              \(more.isEmpty ? "# as usual" : more)
              contents: [{name: chain, content: fullchain}]
              requests: [{method: PUT, path: /one, json: {chain: "{{content.chain}}"}}]
              inspect: [{method: GET, path: /latest/meta-data, certificate: {pointer: /certificate}}]
            targets: [{name: alpha}, {name: beta}]

            """
        let ca = "profile: ca\nissuer: acme\nwith: {directory: \"\(directory)\", acceptTerms: true}\n"
        let publishing = PublishingProfile.read(SourceFile(web, path: "web.yaml"), registry: registry)
        let issuing = IssuingProfile.read(SourceFile(ca, path: "ca.yaml"), registry: registry)
        let set = ProfileSet(
            publishing: ["web": try #require(publishing.profile, "\(publishing.problems)")],
            issuing: ["ca": try #require(issuing.profile, "\(issuing.problems)")])
        do {
            try await GuardHouse.served(GuardHouse(registry: registry, set), body)
        } catch {
            await registry.close()
            await client.close()
            throw error
        }
        await registry.close()
        await client.close()
    }

    private static func check(
        _ kind: String, _ client: GuardClient, _ session: GuardSession, _ fields: [(String, String)] = []
    ) async throws -> GuardAnswer {
        try await client.form("/\(kind == "publishing" ? "profiles/web" : "issuing/ca")/check", fields, session)
    }

    @Test("only who may write profiles says where requests go; who may check says nothing of it")
    func whoMay() {
        let naming: Set<String> = [
            "text", "yaml", "with.*", "url", "server", "directory", "connect", "host", "address",
        ]
        var found = 0
        for route in Self.routes where route.changes {
            let names = Set((route.takes ?? []).map(\.name) + FieldMeaning.query(of: route))
            if !names.isDisjoint(with: naming) {
                found += 1
                #expect(route.access == .right(.administer), "\(route.method.rawValue) \(route.path)")
            }
            if route.path.hasSuffix("/check") {
                #expect(names.isSubset(of: ["offline"]), "\(route.path) takes \(names)")
                #expect(route.access == .right(.operate), "\(route.path): pages and API alike")
            }
        }
        #expect(found >= 5)
    }

    @Test("a check by a lesser role takes no address from the request, and who only reads has nothing asked")
    func lesserRoles() async throws {
        let service = try InnerService(status: "200 OK")
        defer { service.end() }
        let url = "http://127.0.0.1:\(service.port)"
        try await Self.served(server: "https://127.0.0.1:1") { house, client in
            for role in Role.allCases {
                try await house.seat("anna", role)
                let session = try await house.session(of: "anna")
                for name in ["server", "url", "directory", "with.server", "connect", "text", "yaml", "webhook"] {
                    for kind in ["publishing", "issuing"] {
                        let answer = try await Self.check(kind, client, session, [(name, url)])
                        #expect(answer.status == (role.rights.contains(.operate) ? 422 : 403), "\(role) \(name)")
                    }
                    for path in ["/api/v1/profiles/publishing/web/check", "/api/v1/issuers/ca/check"] {
                        let answer = try await client.send(
                            "POST", path,
                            [
                                ("Cookie", session.cookie), ("X-Certflow-CSRF", session.csrf),
                                ("Content-Type", "application/json"),
                            ], body: "{\"\(name)\":\"\(url)\"}")
                        #expect(answer.status == (role.rights.contains(.operate) ? 422 : 403), "\(role) \(name)")
                    }
                }
                // In the address they mean nothing.
                _ = try await client.form("/profiles/web/check?server=\(url)&url=\(url)", [], session)
            }
            #expect(service.requests.isEmpty)
            #expect(house.log.says("refused", "right.missing", "anna"))
        }
    }

    @Test(
        "addresses of one link and of metadata services are refused, shown with a remedy, and in the trail",
        arguments: refused)
    func refusedServers(host: String) async throws {
        try await Self.served(server: "https://\(host)", directory: "https://\(host)/directory") { house, client in
            try await house.seat("anna", .operator)
            let session = try await house.session(of: "anna")
            for (kind, page) in [("publishing", "/profiles/web"), ("issuing", "/issuing/ca")] {
                let checked = try await Self.check(kind, client, session)
                #expect(checked.status == 303, "\(checked.text)")
                let shown = try await client.send("GET", page, [("Cookie", session.cookie)])
                #expect(shown.has("which this request may not reach"), "\(kind) \(host): \(shown.text)")
                #expect(
                    shown.has(kind == "publishing" ? "name its address in" : "names the right CA"), "\(kind) \(host)")
            }
            let events = try await house.events("profile.checked")
            #expect(events.count == 2 && events.allSatisfy { $0.draft.actor == "anna" })
            for event in events {
                #expect(event.draft.detail["problem"]?.contains("may not reach") == true, "\(event.draft.detail)")
            }
        }
    }

    @Test("the API refuses the same, and its checks stand in the trail as those of the pages do")
    func overAPI() async throws {
        let host = "[::ffff:169.254.169.254]"
        try await Self.served(server: "https://\(host)", directory: "https://\(host)/directory") { house, client in
            try await house.seat("anna", .operator)
            let secret = try await house.token(of: "anna", role: .operator)
            for path in ["/api/v1/profiles/publishing/web/check", "/api/v1/issuers/ca/check"] {
                let answer = try await client.send(
                    "POST", path, [("Authorization", "Bearer \(secret)"), ("Content-Type", "application/json")],
                    body: "{}")
                #expect(answer.status == 200 && answer.has("may not reach"), "\(answer.text)")
            }
            let events = try await house.events("profile.checked")
            #expect(Set(events.map(\.draft.subject) + events.map(\.draft.actor)).isSuperset(of: ["anna (token robot)"]))
            #expect(events.count == 2)
        }
    }

    @Test("a name that leads where the profile does not allow is not connected to")
    func names() async throws {
        let service = try InnerService(status: "200 OK")
        defer { service.end() }
        try await Self.served(
            server: "https://localhost:\(service.port)", more: "addresses: [10.0.0.0/8]"
        ) { house, client in
            try await house.seat("anna", .operator)
            let session = try await house.session(of: "anna")
            _ = try await Self.check("publishing", client, session)
            let shown = try await client.send("GET", "/profiles/web", [("Cookie", session.cookie)])
            #expect(shown.has("which this request may not reach"), "\(shown.text)")
            #expect(service.requests.isEmpty)
        }
    }

    @Test(
        "of what an inner service answers nothing is told but its status",
        arguments: [
            "200 OK", "400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "409 Conflict",
            "422 Unprocessable Content", "500 Internal Server Error", "503 Service Unavailable",
        ])
    func answers(status: String) async throws {
        let service = try InnerService(status: status)
        defer { service.end() }
        try await Self.served(
            server: "http://127.0.0.1:\(service.port)", more: "plaintext: true"
        ) { house, client in
            try await house.seat("anna", .administrator)
            let session = try await house.session(of: "anna")
            let secret = try await house.token(of: "anna", role: .administrator)
            var answers = [try await Self.check("publishing", client, session)]
            for page in ["/profiles/web", "/audit", "/audit.jsonl", "/profiles"] {
                answers.append(try await client.send("GET", page, [("Cookie", session.cookie)]))
            }
            answers.append(
                try await client.send(
                    "POST", "/api/v1/profiles/publishing/web/check",
                    [("Authorization", "Bearer \(secret)"), ("Content-Type", "application/json")], body: "{}"))
            #expect(service.requests.contains { $0.hasPrefix("GET /latest/meta-data") })
            for answer in answers { #expect(!answer.has(InnerService.canary), "\(answer.text)") }
            #expect(!house.log.lines.contains { $0.contains(InnerService.canary) })
            if !status.hasPrefix("2"), !status.hasPrefix("404") {
                #expect(answers[1].has(String(status.prefix(3))), "\(answers[1].text)")
            }
        }
    }

    @Test("where an answer leads is not asked")
    func redirects() async throws {
        let other = try InnerService(status: "200 OK")
        defer { other.end() }
        for location in [
            "http://127.0.0.1:\(other.port)/secret", "http://169.254.169.254/latest", "//127.0.0.1:\(other.port)/",
            "gopher://127.0.0.1:\(other.port)/", "file:///etc/passwd",
        ] {
            let service = try InnerService(status: "302 Found", location: location)
            defer { service.end() }
            try await Self.served(
                server: "http://127.0.0.1:\(service.port)", more: "plaintext: true"
            ) { house, client in
                try await house.seat("anna", .operator)
                let session = try await house.session(of: "anna")
                _ = try await Self.check("publishing", client, session)
                let shown = try await client.send("GET", "/profiles/web", [("Cookie", session.cookie)])
                #expect(shown.has("are not followed"), "\(shown.text)")
                #expect(service.requests.count >= 1 && !shown.has("root:"))
            }
        }
        #expect(other.requests.isEmpty)
    }
}
