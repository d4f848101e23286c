import Curl
import Foundation
import PluginKit
import Testing

@testable import HTTPPublisher

@Suite("What an answer gives is not shown where it is not what was expected")
struct WithheldTests {
    private typealias Answer = RecordingServer.Answer

    private static let profile = """
          login: [{method: POST, path: /login, expect: [200], extract: {token: {pointer: /token}}}]
          requests:
            - method: POST
              path: /import
              expect: [200]
              contains: fine
              body: "{{content.chain}}"
              extract: {ticket: {pointer: /token, secret: true}}
          inspect: [{path: /one, expect: [200], contains: fine, certificate: {body: true}}]

        """
    private static let body = #"{"token":"geheim-4711","words":"and more"}"#

    @Test(
        "nor is where it leads, by a login, a secret extraction or an inspection",
        arguments: ["/login", "/import", "/one"], [200, 201, 302])
    func good(path: String, status: Int) async throws {
        try await Scripted.withRunning(Self.profile) { request, _ in
            guard request.target == path else { return .json(#"{"token":"t","words":"fine"}"#) }
            let place = [("Location", "/next?code=geheim-4711"), ("Set-Cookie", "S=geheim-4711; Secure")]
            return .json(
                status == 200 && path == "/login" ? "{}" + Self.body : Self.body, status: status, headers: place)
        } _: { scripted in
            let refusal = try await failure {
                if path != "/one" { return "\(try await scripted.bench.publish(scripted.versions[0]))" }
                return
                    "\(try await scripted.bench.publisher.inspect(try scripted.bench.delivery(scripted.versions[0])))"
            }
            let failure = try #require(refusal)
            #expect(!"\(failure)".contains("geheim") && !"\(failure)".contains("and more"), "\(failure)")
            #expect(failure.message.contains(path))
        }
    }

    @Test("a refusal's words are, but for what would have been extracted and for cookies", arguments: [400, 403, 500])
    func refused(status: Int) async throws {
        let words = #"{"token":"geheim-4711","words":"cookie-0815 is too old"}"#
        try await Scripted.withRunning(Self.profile) { _, _ in
            .json(words, status: status, headers: [("Set-Cookie", "S=cookie-0815; Secure")])
        } _: { scripted in
            let failure = try #require(try await scripted.refusal())
            #expect(failure.message.contains("is too old"))
            #expect(!"\(failure)".contains("geheim") && !"\(failure)".contains("0815"), "\(failure)")
        }
    }

    @Test("an authorization server's token is not shown with any status", arguments: [200, 201, 302, 400, 500])
    func token(status: Int) async throws {
        let oauth = "{oauth: {tokenURL: \"{url}/token\", clientID: a, clientSecret: {secret: client-secret}}}"
        try await Scripted.withRunning("  authentication: \(oauth)\n" + Scripted.publishing) { _, _ in
            .json(#"{"access_token":"geheim 4711","refresh_token":"geheim 0815"}"#, status: status)
        } _: { scripted in
            let failure = try #require(try await scripted.refusal())
            #expect(!"\(failure)".contains("geheim"), "\(failure)")
        }
    }

    @Test("a secret that the excerpt's end cuts is masked before")
    func cut() {
        var echo = Echo()
        echo.hide(Array("geheim-4711-0815".utf8))
        for length in 380...400 {
            let shown = echo.excerpt(Data((String(repeating: "x", count: length) + "geheim-4711-0815").utf8))
            #expect(!shown.contains("g"), "\(shown)")
        }
        #expect(Echo().excerpt(Data(String(repeating: "ä", count: 300).utf8)).allSatisfy { $0 == "ä" })
    }

    @Test(
        "a server whose address is none is told when options are read, without anything but host and port",
        arguments: ["https://h:84430", "https://", "https:///a", "https://h:x/p", "https://[::1/p"])
    func server(text: String) async throws {
        try await Scripted.withRunning { _, _ in
            Answer()
        } _: { scripted in
            try await withClient { client in
                let text = Scripted.profile(Scripted.publishing, server: "\"\(text)\"")
                let bench = try await Bench(text, client)
                let failure = try #require(try await failure { try await bench.publish(scripted.versions[0]) })
                #expect(failure.code == "http.option" && failure.kind == .configuration, "\(failure)")
                #expect(!failure.message.contains("/p"), "\(failure)")
            }
        }
    }

    @Test("a server that is only busy, or knows nobody, may say so with any status of a refusal")
    func words() async throws {
        let requests = """
              requests:
                - method: POST
                  path: /
                  idempotent: true
                  busyContains: [ThrottlingException]
                  deniedContains: [ExpiredTokenException]
                  body: "{{content.chain}}"

            """
        let plan = Held()
        try await Scripted.withRunning(requests) { _, before in
            before == 0 || !plan.text.isEmpty
                ? .json("{\"__type\":\"\(plan.text.isEmpty ? "ThrottlingException" : plan.text)\"}", status: 400)
                : Answer()
        } _: { scripted in
            let none = try await scripted.refusal()
            #expect(none == nil && scripted.server.requests.count == 2, "asked again within the call")
            plan.set("ThrottlingException")
            let busy = try await scripted.refusal()
            #expect(busy?.kind == .rateLimited && scripted.server.requests.count == 5)
            plan.set("ExpiredTokenException")
            let denied = try await scripted.refusal()
            #expect(denied?.kind == .auth && scripted.server.requests.count == 6)
            plan.set("ValidationException")
            let refused = try await scripted.refusal()
            #expect(refused?.kind == .configuration)
        }
    }

    @Test("naming one address of a refused range opens that one alone; other forms of IPv4 are refused too")
    func addresses() throws {
        let some = try AddressPolicy(named: ["169.254.1.1", "0.0.0.0/0", "::/0"], onThisMachine: false)
        let cases = [
            ("169.254.1.1", true), ("169.254.169.254", false), ("10.0.0.1", true), ("2001:db8::1", true),
            ("64:ff9b:1::a9fe:a9fe", false), ("2002:a9fe:a9fe::1", false), ("2002:7f00:1::1", false),
            ("2002:e000:1::", false), ("2002:a00:1::1", true), ("::ffff:169.254.169.254", false), ("fe80::1", false),
        ]
        for (text, isPermitted) in cases {
            #expect(some.permits(try #require(IPAddress(text))) == isPermitted, "\(text)")
        }
        let range = try AddressPolicy(named: ["169.254.0.0/16"], onThisMachine: false)
        #expect(range.permits(try #require(IPAddress("169.254.169.254"))))
    }
}
