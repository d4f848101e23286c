import Automation
import Curl
import Foundation
import PluginKit
import Testing

@testable import ACME

@Suite("Issuing from a CA that speaks ACME")
struct IssuingTests {
    @Test("a first certificate takes an account, a challenge, and ten requests")
    func first() async throws {
        let bench = Bench()
        let ask = try Ask("www.example.com")
        let chains = try await bench.issue(ask)
        #expect(chains.first?.leaf.subjects == [.dns("www.example.com")])
        #expect(chains.count == 1)
        #expect(bench.journal.steps == [.ordered, .presented, .finalizing])
        #expect(bench.solver.placed == 0, "what was placed is removed")
        let kinds = await bench.authority.requests.map { $0.filter { !$0.isNumber } }
        #expect(
            kinds == [
                "GET /dir", "HEAD /nonce", "POST /account", "POST /order", "POST /authz/", "POST /chall/",
                "POST /authz/", "POST /orders//finalize", "POST /orders/", "POST /cert/",
            ])
    }

    @Test("a renewal with valid authorizations takes four requests")
    func renewal() async throws {
        let bench = Bench()
        _ = try await bench.issue(Ask("www.example.com"))
        await bench.authority.set { $0.requests = [] }
        _ = try await bench.issue(Ask("www.example.com", id: "web/1/1"))
        #expect(await bench.authority.requests.count == 4)
    }
}
