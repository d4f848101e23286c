import Automation
import Foundation
import Storage
import Testing

@testable import Server

/// Every route of the table, asked by everybody, over the wire.
@Suite("Who may what")
struct RouteMatrixTests {
    private static let routes = RouteTable.routes(Metrics())

    /// All that answers people who did not sign in. Whoever opens another route has to say so here.
    private static let open: Set<String> = [
        "GET /healthz", "GET /readyz", "GET /metrics", "GET /assets/{name}", "GET /sign-in", "POST /sign-in",
        "GET /setup", "POST /setup", "GET /api/v1/openapi.json",
    ]

    /// Take a password or a code, and say 401 or 403 where it is wrong.
    private static let askForSecrets: Set<String> = ["POST /sign-in", "POST /setup", "POST /reauthenticate"]

    /// Need a right that no role has: an account may export keys where somebody said so. Tested with the exports.
    private static let askForMore: Set<String> = [
        "GET /certificates/{name}/export", "POST /certificates/{name}/export",
    ]

    /// What the gate itself refuses with.
    private static let gateCodes: Set<String> = [
        Problem.signInNeeded.code, Problem.notAllowed.code, Problem.forged.code, "token.refused",
    ]

    private static func name(_ route: Route) -> String { "\(route.method.rawValue) \(route.path)" }

    @Test("only what is listed here is open to everybody")
    func openRoutes() {
        let open = Set(Self.routes.filter { $0.access == .anyone }.map(Self.name))
        #expect(open.subtracting(Self.open) == [], "a route answers everybody, and the list does not say so")
    }

    @Test("nothing that changes something is a GET, and no two routes have one address")
    func tableInOrder() {
        let names = Self.routes.map(Self.name)
        #expect(Set(names).count == names.count)
        for route in Self.routes { #expect(route.changes || ["GET", "HEAD"].contains(route.method.rawValue)) }
    }

    @Test("each role may what the table of roles says, and no more", arguments: Visitor.all)
    func matrix(visitor: Visitor) async throws {
        let metrics = try await GuardHouse.served { house, client in
            for route in Self.routes {
                for isReal in [true, false] {
                    let address = try #require(
                        RouteSamples.address(route, real: isReal), "the matrix knows no name for \(route.path)")
                    // Anew for each: what came before may have signed out or removed somebody.
                    try await house.seat("zora", .administrator)
                    let carried = try await visitor.arrive(house)
                    let body = RouteSamples.body(route, carried.csrf)
                    let headers =
                        carried.headers + [("X-Forwarded-For", "127.0.0.1")]
                        + (body.map { [("Content-Type", $0.type)] } ?? [])
                        + (carried.csrf.map { [("X-Certflow-CSRF", $0)] } ?? [])
                    let answer = try await client.send(route.method.rawValue, address, headers, body: body?.text)
                    Self.judge(answer, visitor, route, address)
                }
            }
            return try await client.send("GET", "/metrics", [("X-Forwarded-For", "127.0.0.1")]).text
        }
        // The server itself says which routes it answered by.
        for route in Self.routes {
            #expect(metrics.contains("route=\"\(route.path)\""), "\(Self.name(route)) was not reached")
        }
    }

    private static func judge(_ answer: GuardAnswer, _ visitor: Visitor, _ route: Route, _ address: String) {
        let what = Comment(
            rawValue: "\(visitor.testDescription): \(route.method.rawValue) \(address): \(answer.status)")
        #expect(answer.status != 500, what)
        #expect(answer.status != 405, what)
        let isAllowed: Bool
        switch (visitor.standing, route.access) {
        case (.refused, _):
            #expect(answer.status == 401, what)
            return
        case (_, .anyone): isAllowed = true
        case (.nobody, _):
            if route.kind == .page, route.method == .get {
                #expect(answer.status == 303 && answer.location.hasPrefix("/sign-in"), what)
            } else {
                #expect(answer.status == 401, what)
            }
            return
        case (.somebody, .signedIn): isAllowed = true
        case (.somebody, .session): isAllowed = !visitor.testDescription.contains("token")
        case (.somebody(let role), .right(let right)): isAllowed = role.rights.contains(right)
        }
        guard isAllowed else {
            #expect(answer.status == 403, what)
            #expect(!answer.has("zora"), what)
            return
        }
        if askForMore.contains(name(route)) {
            #expect(answer.status == 403 || answer.status == 404, what)
            return
        }
        if !askForSecrets.contains(name(route)) { #expect(answer.status != 401 && answer.status != 403, what) }
        if let code = answer.code { #expect(!gateCodes.contains(code), what) }
        #expect(!answer.location.hasPrefix("/sign-in") || route.path == "/sign-out", what)
    }

    @Test("what no route stands for is refused, signed in or not, by every method")
    func unknownAddresses() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .administrator)
            let session = try await house.session(of: "anna")
            for headers in [[], [("Cookie", session.cookie)]] {
                for path in [
                    "/nothing", "/api/v1/nothing", "/api", "/.git/config", "/assets/", "/certificates/a/b/c/d",
                ] {
                    for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "CONNECT", "BREW"] {
                        let answer = try await client.send(method, path, headers)
                        #expect((400..<500).contains(answer.status), "\(method) \(path): \(answer.status)")
                    }
                }
            }
        }
    }

    @Test("methods that a route does not have are refused, HEAD is GET without a body")
    func methods() async throws {
        try await GuardHouse.served { house, client in
            try await house.seat("anna", .administrator)
            let session = try await house.session(of: "anna")
            let mine = [("Cookie", session.cookie)]
            for route in Self.routes where route.method == .get {
                let address = try #require(RouteSamples.address(route, real: true))
                for method in ["TRACE", "OPTIONS", "PATCH"] {
                    guard !Self.routes.contains(where: { $0.path == route.path && $0.method.rawValue == method }) else {
                        continue
                    }
                    let answer = try await client.send(method, address, mine + [("X-Canary", "canary-4711")])
                    #expect(answer.status == 405, "\(method) \(address): \(answer.status)")
                    #expect(!answer.has("canary-4711"), "\(method) \(address) tells what it was sent")
                    #expect(answer["access-control-allow-origin"] == nil)
                }
                let head = try await client.send("HEAD", address, mine)
                #expect(head.status < 500 && head.status != 405, "HEAD \(address): \(head.status)")
                #expect(head.body.isEmpty, "HEAD \(address) has a body")
                let nobody = try await client.send("HEAD", address)
                #expect(nobody.body.isEmpty)
                if route.access != .anyone {
                    #expect([303, 401].contains(nobody.status), "HEAD \(address): \(nobody.status)")
                }
            }
        }
    }
}
