import Automation
import Certificates
import Curl
import Foundation
import PluginKit
import Testing

@testable import ACME

@Suite("Orders and what a CA may do about them")
struct OrderTests {
    @Test("wildcards are proved by dns-01, addresses are ordered as such, many names in parallel")
    func names() async throws {
        let bench = Bench()
        let chain = try #require(
            try await bench.issue(Ask("*.example.com", "example.com", "192.0.2.1", "2001:db8::1")).first)
        #expect(chain.leaf.subjects.count == 4)
        #expect(bench.solver.presented == 4 && bench.solver.placed == 0)
        let identifiers = await bench.authority.orders.values.first?.identifiers ?? []
        #expect(identifiers.contains(Identifier(type: "ip", value: "2001:db8::1")))
    }

    @Test("a profile is named where the CA offers it, required or preferred")
    func profiles() async throws {
        let bench = Bench(["profile": .text("tlsserver")])
        _ = try await bench.issue(Ask("a.example.com"))
        #expect(bench.journal.notes.contains { $0.contains("offers no profile") })
        await expect(.configuration, "acme.profile-unknown") {
            try await bench.with(["profileRequired": .flag(true)]).issue(Ask("a.example.com"))
        }
        let other = Bench(["profile": .text("tlsserver"), "profileRequired": .flag(true)])
        await other.authority.set { $0.meta = ["profiles": ["tlsserver": "for servers"]] }
        _ = try await other.issue(Ask("a.example.com"))
        #expect(await other.authority.orders.values.first?.profile == "tlsserver")
    }

    @Test("the predecessor is named, and left out where the CA says that it was replaced already")
    func replaces() async throws {
        let bench = Bench()
        let first = try #require(try await bench.issue(Ask("a.example.com")).first)
        let predecessor = IssuanceRequest.Predecessor(
            facts: first.facts(certificate: "a", number: 1), authorityKeyIdentifier: first.leaf.authorityKeyIdentifier)
        for number in 1...2 {
            _ = try await bench.issue(Ask("a.example.com", id: "\(number)", replaces: predecessor))
        }
        #expect(await bench.authority.orders.values.filter { $0.replaces != nil }.count == 1)
        #expect(await bench.authority.issuedCount == 3)
        let other = Bench()
        await other.authority.set { $0.hasRenewalInfo = false }
        _ = try await other.issue(Ask("a.example.com", replaces: predecessor))
        #expect(await other.authority.orders.values.first?.replaces == nil)
    }

    @Test("the preferred chain comes first; where there is none of that name, the CA's own")
    func chains() async throws {
        for (name, top) in [("root two", "CN=Root Two"), ("Test Intermediate", "CN=Root One"), ("X", "CN=Root One")] {
            let bench = Bench(["preferredChain": .text(name)])
            let chains = try await bench.issue(Ask("a.example.com"))
            #expect(chains.first?.issuers.last?.issuer == top)
            #expect(bench.journal.notes.contains { $0.contains("offers no chain") } == (name == "X"))
        }
    }

    @Test("Retry-After is kept: a short one inside, a long one by the host")
    func patience() async throws {
        for (text, calls) in [("3", 0), ("60", 1), ("Fri, 01 Jan 2016 00:00:00 GMT", 0), ("junk", 0)] {
            let bench = Bench()
            await bench.authority.set {
                $0.after = { request, response in
                    var response = response
                    if request.url.hasSuffix("/finalize") { response.headers.append(HTTPHeader("Retry-After", text)) }
                    return response
                }
            }
            let start = bench.clock.now
            let issuance = try await bench.issuer().begin(Ask("a.example.com").request, bench.journal)
            if case .pending(_, let phase, let moment) = issuance {
                #expect(calls == 1 && phase == .finalizing)
                #expect(moment >= start.addingTimeInterval(60))
            } else {
                #expect(calls == 0)
                if text == "3" { #expect(bench.clock.now >= start.addingTimeInterval(3)) }
            }
        }
    }

    @Test("an order that stays in processing ends in a failure, and is asked again by the next try")
    func stuck() async throws {
        let bench = Bench()
        await bench.authority.set { $0.processing = .max }
        let ask = try Ask("a.example.com")
        await expect(.transient, "acme.order-stuck") { try await bench.issue(ask) }
        await bench.authority.set { $0.processing = 0 }
        _ = try await bench.issue(ask, by: bench.restarted(), from: bench.journal.last)
        #expect(await bench.authority.issuedCount == 1)
    }

    @Test("what is not seen yet is waited for")
    func propagation() async throws {
        let bench = Bench()
        bench.solver.delay(30)
        _ = try await bench.issue(Ask("a.example.com"))
        bench.solver.delay(10_000)
        await expect(.transient, "acme.order-stuck") { try await bench.issue(Ask("b.example.com", id: "2")) }
        #expect(bench.solver.placed == 0)
    }

    @Test("nonces are signed anew while the CA rejects them, within bounds")
    func nonces() async throws {
        let bench = Bench()
        await bench.authority.set { $0.nonceRejects = 12 }
        _ = try await bench.issue(Ask("a.example.com"))
        await bench.authority.set {
            $0.nonceRejects = .max
            $0.requests = []
        }
        await expect(.transient, "acme.bad-nonce") { try await bench.issue(Ask("a.example.com", id: "2")) }
        #expect(await bench.authority.requests.count <= 30)
    }

    @Test("requests say who they are, in which language, and what they carry")
    func headers() async throws {
        let bench = Bench()
        _ = try await bench.issue(Ask("a.example.com"))
        let headers = await bench.authority.headers
        #expect(headers.contains(HTTPHeader("User-Agent", "certflow/test")))
        #expect(headers.contains(HTTPHeader("Accept-Language", "en")))
        #expect(headers.contains(HTTPHeader("Content-Type", "application/jose+json")))
        #expect(headers.contains(HTTPHeader("Accept", "application/pem-certificate-chain")))
    }

    @Test("limits and failures of the server leave with their class and moment")
    func refusals() async throws {
        for (status, kind, expected, seconds) in [
            (429, "rateLimited", FailureClass.rateLimited, 121.0), (503, "", .transient, 121),
            (500, "serverInternal", .transient, 121),
        ] {
            let bench = Bench()
            await bench.authority.set {
                $0.before = { request, _ in
                    request.url.hasSuffix("/order")
                        ? ScriptedAuthority.problem(status, kind, "later", [HTTPHeader("Retry-After", "120")]) : nil
                }
            }
            let code = expected == .rateLimited ? "acme.rate-limited" : "acme.server-error"
            let failure = await expect(expected, code) { try await bench.issue(Ask("a.example.com")) }
            #expect(failure?.retryAfter == bench.clock.now.addingTimeInterval(seconds))
        }
    }

    @Test(
        "the network's failures leave with their class",
        arguments: [
            (TransferFailure.Kind.unreachable, FailureClass.transient, "acme.unreachable"),
            (.untrusted, .configuration, "acme.untrusted"), (.local, .configuration, "acme.local"),
            (.malformed, .transient, "acme.answer-malformed"), (.refusedURL, .configuration, "acme.refused-url"),
        ])
    func network(kind: TransferFailure.Kind, expected: FailureClass, code: String) async throws {
        let bench = Bench()
        await bench.authority.set { $0.before = { _, _ in throw TransferFailure(kind, "ca.test: no") } }
        await expect(expected, code) { try await bench.issue(Ask("a.example.com")) }
    }

    @Test("a rehearsal uses the staging directory, and needs one")
    func rehearsal() async throws {
        let options = Options(["directory": .text("https://real.test/dir"), "staging": .text("https://ca.test/dir")])
        #expect(try ACMESettings(options, isRehearsal: true).directory == "https://ca.test/dir")
        #expect(throws: PluginFailure.self) {
            try ACMESettings(Options(["directory": .text("https://real.test/dir")]), isRehearsal: true)
        }
        #expect(throws: PluginFailure.self) {
            try ACMESettings(Options(["directory": .text("http://real.test/dir")]), isRehearsal: false)
        }
    }

    @Test("revocation names the certificate and the reason; what the check finds is told")
    func revokesAndChecks() async throws {
        let bench = Bench()
        let chain = try #require(try await bench.issue(Ask("a.example.com")).first)
        try await bench.issuer().revoke(chain.leaf.der, reason: 1)
        #expect(await bench.authority.revoked == [1])
        let report = try await bench.issuer().check()
        #expect(!report.hasProblem && report.findings.count == 3)
        let empty = Bench()
        await empty.authority.set { $0.meta = ["termsOfService": "https://ca.test/terms"] }
        #expect(try await empty.issuer().check().hasProblem)
    }
}
