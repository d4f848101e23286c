import Automation
import Certificates
import Curl
import Foundation
import PluginKit
import Testing

@testable import ACME

@Suite("A CA that means no good")
struct HostileTests {
    /// Replaces texts in the answers to what matches.
    private func bench(_ path: String, _ change: @escaping @Sendable (String) -> String) async -> Bench {
        let bench = Bench()
        await bench.authority.set {
            $0.after = { request, response in
                guard request.url.contains(path) else { return response }
                var response = response
                response.body = Data(change(String(decoding: response.body, as: UTF8.self)).utf8)
                response.headers = response.headers.map { HTTPHeader($0.name, change($0.value)) }
                return response
            }
        }
        return bench
    }

    @Test(
        "URLs without https, or on another host, are followed in no field",
        arguments: [
            ("/dir", "newNonce"), ("/dir", "newAccount"), ("/dir", "newOrder"), ("/dir", "keyChange"),
            ("/dir", "revokeCert"), ("/dir", "renewalInfo"), ("/account", "Location"), ("/order", "Location"),
            ("/order", "authorizations"), ("/order", "finalize"), ("/authz/", "url"), ("/orders/", "certificate"),
        ])
    func urls(path: String, field: String) async throws {
        for (bad, code) in [("http:\\/\\/ca.test", "acme.refused-url"), ("https:\\/\\/evil.test", "acme.foreign-url")] {
            let bench = await bench(path) { text in
                let plain = bad.replacing("\\", with: "")
                if field == "Location" {
                    return text.hasPrefix("https://ca.test") ? text.replacing("https://ca.test", with: plain) : text
                }
                guard let range = text.range(of: "\"\(field)\":") else { return text }
                let rest = text[range.upperBound...]
                guard let value = rest.range(of: "https:\\/\\/ca.test") else { return text }
                return text.replacingCharacters(in: value, with: bad)
            }
            await expect(.policy, code) { try await bench.issue(Ask("a.example.com")) }
            #expect(await bench.authority.issuedCount == (field == "certificate" ? 1 : 0))
            #expect(bench.solver.placed == 0)
        }
    }

    @Test(
        "tokens that are paths or shell text are used nowhere", arguments: ["../../x", "$(id)", "a b", "", "a\\u0000"])
    func tokens(token: String) async throws {
        let bench = await bench("/authz/") { text in
            guard let start = text.range(of: "\"token\":\""), let end = text[start.upperBound...].range(of: "\"") else {
                return text
            }
            return text.replacing(text[start.upperBound..<end.lowerBound], with: token)
        }
        await expect(.policy, "acme.bad-token") { try await bench.issue(Ask("a.example.com")) }
        #expect(bench.solver.presented == 0)
    }

    @Test("an authorization for a name that was not ordered is not proved")
    func foreignName() async throws {
        let bench = await bench("/authz/") { $0.replacing("a.example.com", with: "b.example.com") }
        await expect(.policy, "acme.foreign-authorization") { try await bench.issue(Ask("a.example.com")) }
        #expect(bench.solver.presented == 0)
    }

    @Test(
        "a certificate for another key, other names, or with a broken chain is not handed on; then another is ordered")
    func wrongCertificates() async throws {
        let other = Bench()
        let foreign = try #require(try await other.issue(Ask("a.example.com")).first).pem
        let wrongKey = String(decoding: foreign, as: UTF8.self)
        let bench = await bench("/cert/") { $0.contains("BEGIN") ? wrongKey : $0 }
        let ask = try Ask("a.example.com")
        await expect(.policy, "acme.bad-certificate") { try await bench.issue(ask) }
        await bench.authority.set { $0.after = { $1 } }
        _ = try await bench.issue(ask, by: bench.restarted(), from: bench.journal.last)
        #expect(await bench.authority.orders.count == 2)
    }

    @Test("certificates that are over or not yet valid are not handed on", arguments: [-100.0, 3])
    func wrongDates(days: TimeInterval) async throws {
        let bench = Bench()
        await bench.authority.set { $0.certificateShift = Int64(days * 86_400) }
        await expect(.policy, "acme.bad-certificate") { try await bench.issue(Ask("a.example.com")) }
    }

    @Test("answers that are no JSON, or of another form, are failures", arguments: ["/order", "/authz/", "/orders/"])
    func junk(path: String) async throws {
        for text in ["", "[]", "{\"status\":\"odd\"}", String(repeating: "[", count: 100_000)] {
            let bench = await bench(path) { $0.hasPrefix("{") ? text : $0 }
            await expect(.transient, "acme.answer-malformed") { try await bench.issue(Ask("a.example.com")) }
        }
        let bench = await bench("/dir") { _ in "<html>" }
        await expect(.configuration, "acme.bad-directory") { try await bench.issue(Ask("a.example.com")) }
    }

    @Test("an order for other names is not gone on with")
    func otherNames() async throws {
        let bench = await bench("/order") { $0.replacing("a.example.com", with: "b.example.com") }
        await expect(.transient, "acme.other-order") { try await bench.issue(Ask("a.example.com")) }
    }

    @Test("what the CA says is shown as plain text, without our keys and tokens")
    func texts() async throws {
        let bench = Bench()
        let detail = "\u{1B}[2J$(rm -rf /)\n" + String(repeating: "x", count: 5000)
        await bench.authority.set {
            $0.before = { request, _ in
                request.url.hasSuffix("/order") ? ScriptedAuthority.problem(400, "rejectedIdentifier", detail) : nil
            }
        }
        let failure = await expect(.policy, "acme.rejected-identifier") { try await bench.issue(Ask("a.example.com")) }
        let message = try #require(failure?.message)
        #expect(message.count < 700 && message.unicodeScalars.allSatisfy { $0.value >= 32 })
    }

    @Test("thousands of authorizations are refused, alternates are counted")
    func counts() async throws {
        let bench = await bench("/order") { text in
            guard let start = text.range(of: "\"authorizations\":[") else { return text }
            let more = (0..<1001).map { "\"https://ca.test/authz/\($0)\"," }.joined()
            return text.replacingCharacters(in: start.upperBound..<start.upperBound, with: more)
        }
        await expect(.policy, "acme.too-many") { try await bench.issue(Ask("a.example.com")) }
        let other = Bench(["preferredChain": .text("None")])
        await other.authority.set {
            $0.after = { request, response in
                guard request.url.contains("/cert/") else { return response }
                var response = response
                let links = (0..<50).map { HTTPHeader("Link", "<\(request.url)/\($0)>;rel=alternate") }
                response.headers = links + response.headers
                return response
            }
        }
        _ = try await other.issue(Ask("a.example.com"))
        #expect(await other.authority.requests.filter { $0.hasPrefix("POST /cert/") }.count <= 11)
    }

    @Test("an order that is never ready is left after a few rounds")
    func neverReady() async throws {
        let bench = Bench()
        await bench.authority.set {
            $0.before = { request, _ in
                request.url.hasSuffix("/finalize") ? ScriptedAuthority.problem(403, "orderNotReady", "no") : nil
            }
        }
        await expect(.transient, "acme.order-stuck") { try await bench.issue(Ask("a.example.com")) }
    }

    @Test("an order that stays pending with nothing left to prove is finalized once, and another one is made later")
    func staysPending() async throws {
        let bench = Bench()
        let isStuck = Box(true)
        await bench.authority.set {
            $0.before = { request, _ in
                guard isStuck.value, request.url.hasSuffix("/finalize") else { return nil }
                return ScriptedAuthority.problem(403, "orderNotReady", "no")
            }
            $0.after = { request, response in
                guard isStuck.value, request.url.contains("/order") else { return response }
                var response = response
                let text = String(decoding: response.body, as: UTF8.self)
                response.body = Data(text.replacing(/"status":"ready"/, with: #""status":"pending""#).utf8)
                return response
            }
        }
        let ask = try Ask("a.example.com")
        await expect(.transient, "acme.order-pending") { try await bench.issue(ask) }
        #expect(await bench.authority.requests.filter { $0.hasSuffix("/finalize") }.count == 1)
        isStuck.update { $0 = false }
        _ = try await bench.issue(ask, by: bench.restarted(), from: bench.journal.last)
        #expect(await bench.authority.issuedCount == 1)
        #expect(await bench.authority.orders.count == 2)
    }
}
