import Automation
import Foundation
import Storage
import Testing

@testable import Server

/// Requests made to break something. After each of them the server answers as before.
@Suite("Hostile requests")
struct HostileRequestTests {
    private static let routes = RouteTable.routes(Metrics())

    private static func withAnna(
        _ body: @escaping @Sendable (GuardHouse, GuardClient, [(String, String)]) async throws -> Void
    ) async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .administrator)
            let session = try await house.session(of: "anna")
            try await body(house, client, [("Cookie", session.cookie), ("X-Certflow-CSRF", session.csrf)])
            #expect(try await client.send("GET", "/healthz").status == 200)
            #expect(!house.log.says("internal error"))
        }
    }

    private static let form = ("Content-Type", "application/x-www-form-urlencoded")
    private static let json = ("Content-Type", "application/json")

    @Test("a body of more than 1 MiB is refused, announced or not, in one piece or in chunks")
    func largeBodies() async throws {
        try await Self.withAnna { _, client, _ in
            let large = String(repeating: "a", count: 1 << 20) + "b"
            let head =
                "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            let announced = try await client.raw(head + "Content-Length: \(large.utf8.count)\r\n\r\n")
            #expect(announced.status == 413)
            let chunk = "10000\r\n" + String(repeating: "c", count: 0x10000) + "\r\n"
            let chunked = try await client.raw(
                head + "Transfer-Encoding: chunked\r\n\r\n" + String(repeating: chunk, count: 17) + "0\r\n\r\n")
            #expect(chunked.status == 413)
            // Longer than any integer.
            let absurd = try await client.raw(head + "Content-Length: 99999999999999999999999\r\n\r\n")
            #expect(absurd.status == 400)
            let negative = try await client.raw(head + "Content-Length: -1\r\n\r\n")
            #expect(negative.status == 400)
        }
    }

    @Test("a form of just under 1 MiB is read, and refused for what stands in it")
    func bodyOfTheLargestSize() async throws {
        try await Self.withAnna { _, client, _ in
            let name = String(repeating: "a", count: (1 << 20) - 5)
            let answer = try await client.send("POST", "/sign-in", [Self.form], body: "name=\(name)")
            #expect(answer.status == 422)
        }
    }

    @Test("two lengths, a length with chunks and other ways to smuggle a request are refused")
    func smuggling() async throws {
        try await Self.withAnna { house, client, _ in
            let head = "POST /sign-in HTTP/1.1\r\nHost: localhost\r\n"
            let second = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            for lengths in [
                "Content-Length: 0\r\nContent-Length: 5\r\n", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: xchunked\r\n",
                "Content-Length: 1 0\r\n", "Content-Length : 0\r\n", "X: a\r\n folded: b\r\n",
                "Content-Length: +0\r\n", "Content-Length: 0x0\r\n",
            ] {
                let answer = try await client.raw(head + lengths + "\r\n" + "0\r\n\r\n" + second)
                #expect((400..<500).contains(answer.status), "\(lengths.debugDescription): \(answer.status)")
            }
            _ = house
        }
    }

    @Test("JSON nested deeper than 32 levels is refused before it is parsed, broken JSON and other values as well")
    func deepJSON() async throws {
        try await Self.withAnna { house, client, headers in
            let deep = String(repeating: "[", count: 100_000)
            for body in [
                "{\"name\":" + deep, "{\"name\":" + deep + String(repeating: "]", count: 100_000) + "}",
                "{\"name\":" + String(repeating: "{\"a\":", count: 40) + "1" + String(repeating: "}", count: 41),
                "[1]", "1", "\"name\"", "null", "{", "{\"name\":}", "{\"name\":NaN}", "{\"name\":1e999999}",
                "{\"name\":\"\\ud800\"}", "\u{FEFF}{}x", "{\"name\":\"a\"", "{\"name\": tru}", "{'name':'a'}",
            ] {
                for path in ["/sign-in", "/reauthenticate"] {
                    let answer = try await client.send("POST", path, headers + [Self.json], body: body)
                    #expect((400..<500).contains(answer.status), "\(body.prefix(40)): \(answer.status)")
                    #expect(answer.cookie == nil)
                }
            }
            _ = house
        }
    }

    @Test("a form of thousands of fields, or with broken escapes, or with NUL in it, is refused or taken as text")
    func forms() async throws {
        try await Self.withAnna { _, client, _ in
            let many = (0..<2001).map { "a\($0)=" }.joined(separator: "&")
            #expect(try await client.send("POST", "/sign-in", [Self.form], body: many).status == 400)
            for body in [
                "name=%&password=%2", "name=%00&password=%ff", "name=%c0%ae", "&&&=&=a&name", "name=a\u{0}b", "%",
            ] {
                let answer = try await client.send("POST", "/sign-in", [Self.form], body: body)
                #expect([401, 422, 429].contains(answer.status), "\(body.debugDescription): \(answer.status)")
            }
        }
    }

    @Test("`..`, NUL, line ends, broken escapes and long names in any part of a path lead nowhere")
    func paths() async throws {
        try await Self.withAnna { house, client, headers in
            let hostile = [
                "..", "%2e%2e", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%2f..%2fetc%2fpasswd", "..%5c..%5c", "%00",
                "a%00b",
                "%0d%0aX-Injected:%20yes", "%0a", "%", "%2", "%zz", "%ff", "%c0%ae%c0%ae", "%7f", "%20", ".", "-rf",
                "%3Cscript%3Ehostile", "%22%CC%81", "'%20OR%201=1--", "%24%7Bjndi:ldap:x%7D", "%7B%7Bframe%7D%7D",
                String(repeating: "a", count: 600), String(repeating: "%41", count: 600), "%F0%9F%92%A9", "*", "~",
            ]
            for route in Self.routes where !route.parameterNames.isEmpty {
                for name in hostile {
                    let path = route.path.split(separator: "/").map { $0.hasPrefix("{") ? name : String($0) }
                    let body = RouteSamples.body(route, nil)
                    let answer = try await client.send(
                        route.method.rawValue, "/" + path.joined(separator: "/"),
                        headers + [("Content-Type", body?.type ?? "text/plain")], body: body?.text)
                    let what = Comment(
                        rawValue: "\(route.method.rawValue) \(route.path) with \(name.prefix(40)): \(answer.status)")
                    #expect((300..<500).contains(answer.status), what)
                    #expect(answer["x-injected"] == nil, what)
                    #expect(!answer.has("root:"), what)
                    // JSON is no markup, and browsers are told not to guess.
                    #expect(!answer.isMarkup || !answer.has("<script>hostile"), what)
                    #expect(!answer.body.contains(0), what)
                }
            }
            for line in house.log.lines { #expect(!line.contains("\n") && !line.contains("\u{0}")) }
        }
    }

    @Test("targets that are no path, heads that are no HTTP, and headers without end are refused")
    func heads() async throws {
        try await Self.withAnna { _, client, _ in
            let host = "Host: localhost\r\nConnection: close\r\n"
            for head in [
                "GET http://evil.example/ HTTP/1.1\r\n" + host, "GET * HTTP/1.1\r\n" + host,
                "GET /\u{0} HTTP/1.1\r\n" + host, "GET / HTTP/9.9\r\n" + host, "GET\r\n", "\r\n\r\nnonsense\r\n",
                "\u{16}\u{3}\u{1}\u{2}\u{0}",
                "GET /sign-in HTTP/1.1\r\n" + host + "X-Long: " + String(repeating: "a", count: 20_000) + "\r\n",
                "GET /sign-in HTTP/1.1\r\n" + host + (0..<120).map { "X-\($0): a\r\n" }.joined(),
                "GET /sign-in HTTP/1.1\r\n" + host
                    + (0..<40).map { "X-\($0): \(String(repeating: "a", count: 1000))\r\n" }.joined(),
                "GET /" + String(repeating: "a", count: 200_000) + " HTTP/1.1\r\n" + host,
            ] {
                // Some are hung up on without a word: that is an answer as well.
                guard let answer = try? await client.raw(head + "\r\n") else { continue }
                #expect(
                    (300..<506).contains(answer.status) && answer.status != 500,
                    "\(head.prefix(60).debugDescription): \(answer.status)")
                #expect(!answer.has("evil.example"))
            }
        }
    }

    @Test("a query of any shape is answered with a page or a refusal, by every page")
    func queries() async throws {
        try await Self.withAnna { house, client, headers in
            let queries = [
                "?", "?&&&", "?=", "?a", "?q=%", "?q=%00", "?q=%ff%fe", "?page=-1", "?page=99999999999999999999",
                "?limit=0",
                "?limit=-5", "?limit=100000000", "?sort=nothing", "?after=../../x", "?cursor=%22%3E%3Cscript%3Ehostile",
                "?q=%3Cscript%3Ehostile", "?code=%22%CC%81%20onload=hostile", "?name=%3Cscript%3Ehostile",
                "?next=%3Cscript%3Ehostile", "?q=" + String(repeating: "a", count: 7000),
                "?" + (0..<500).map { "a\($0)=1" }.joined(separator: "&"), "?days=9999999999999999999&from=x&until=-1",
            ]
            for route in Self.routes where route.method == .get {
                let address = try #require(RouteSamples.address(route, real: true))
                for query in queries {
                    let answer = try await client.send("GET", address + query, headers)
                    let what = Comment(rawValue: "GET \(route.path)\(query.prefix(50)): \(answer.status)")
                    #expect(answer.status < 500, what)
                    #expect(
                        !answer.isMarkup || !answer.has("<script>hostile") && !answer.has("\"\u{301}"), what)
                    #expect(!answer.location.contains("<") && !answer.location.contains("\""), what)
                }
            }
            _ = house
        }
    }

    @Test("every answer forbids framing, foreign content and guessing of types, and none but an asset is kept")
    func headers() async throws {
        try await Self.withAnna { _, client, headers in
            var requests: [(String, String, [(String, String)])] = [
                ("GET", "/nothing", []), ("GET", "/nothing", headers), ("GET", "/nothing", [("Accept", "text/html")]),
                ("GET", "/", [("Authorization", "Bearer nonsense")]), ("POST", "/sign-in", []),
                ("POST", "/sign-in", [("Content-Type", "text/plain")]), ("GET", "/assets/nothing.js", []),
                ("POST", "/api/v1/nothing", []), ("GET", "/certificates/%00", headers),
            ]
            for route in Self.routes {
                let address = try #require(RouteSamples.address(route, real: true))
                requests.append((route.method.rawValue, address, headers))
                requests.append((route.method.rawValue, address, []))
            }
            for (method, path, sent) in requests {
                let answer = try await client.send(method, path, sent)
                let what = Comment(rawValue: "\(method) \(path): \(answer.status)")
                let policy = answer["content-security-policy"] ?? ""
                #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), what)
                #expect(policy.contains("base-uri 'none'") && policy.contains("form-action 'self'"), what)
                #expect(!policy.contains("unsafe") && !policy.contains("*"), what)
                #expect(answer["x-content-type-options"] == "nosniff", what)
                #expect(answer["x-frame-options"] == "DENY", what)
                #expect(answer["referrer-policy"] == "same-origin", what)
                let isKept = path.hasPrefix("/assets/") && answer.status == 200
                #expect(answer["cache-control"]?.contains("no-store") == true || isKept, what)
                #expect(answer["server"] == nil && answer["access-control-allow-origin"] == nil, what)
                #expect(Set(answer.headers.map(\.name)).count == answer.headers.count, what)
                if !answer.body.isEmpty { #expect(answer["content-type"] != nil, what) }
            }
        }
    }
}

extension GuardAnswer {
    /// Whether a browser would read it as HTML.
    fileprivate var isMarkup: Bool { self["content-type"]?.hasPrefix("text/html") ?? true }
}
