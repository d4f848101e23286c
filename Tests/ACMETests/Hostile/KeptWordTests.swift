import Foundation
import HostileAuthority
import PluginKit
import Testing

@testable import ACME

@Suite("A CA over the network that watches whether its clients keep their word")
struct KeptWordTests {
    @Test("issuing, renewing by its advice, rolling the key over and revoking break no rule")
    func life() async throws {
        try await HostileBench.with(.with { $0.alternates = 1 }) { bench, authority in
            let first = try #require(try await bench.issue(Ask("a.example.com")).first)
            let old = IssuanceRequest.Predecessor(
                facts: first.facts(certificate: "a", number: 1),
                authorityKeyIdentifier: first.leaf.authorityKeyIdentifier)
            let advice = try #require(try await bench.issuer().advice(for: old))
            #expect(advice.window.lowerBound > bench.clock.now && advice.window.upperBound < first.leaf.notAfter.date)
            bench.clock.advance(advice.window.lowerBound.timeIntervalSince(bench.clock.now))
            _ = try await bench.issue(Ask("a.example.com", id: "a/2", replaces: old))
            #expect(authority.issued.last?.replaces == authority.issued.first?.identifier)
            let before = try await ACME.account(bench.options, bench.context, bench.transport)
            let after = try await ACME.rollOverKey(bench.options, bench.context, bench.transport)
            #expect(before?.url == after?.url && before?.thumbprint != after?.thumbprint)
            try await bench.issuer().revoke(first.leaf.der, reason: 4)
            #expect(authority.issued.map(\.revocation) == [4, nil])
            let urgent = try await bench.issuer().advice(for: old)
            #expect(urgent.map { $0.window.upperBound < bench.clock.now } ?? true)
            _ = try await bench.issue(Ask("a.example.com", "b.example.com", id: "a/3"))
            #expect(authority.violations.isEmpty, "\(authority.violations)")
            #expect(authority.count(.newAccount) <= 2 && authority.accounts.count == 1)
        }
    }

    @Test("a predecessor that was replaced already is left out")
    func replacedTwice() async throws {
        try await HostileBench.with { bench, authority in
            let first = try #require(try await bench.issue(Ask("a.example.com")).first)
            let old = IssuanceRequest.Predecessor(
                facts: first.facts(certificate: "a", number: 1),
                authorityKeyIdentifier: first.leaf.authorityKeyIdentifier)
            for id in ["a/2", "a/3"] { _ = try await bench.issue(Ask("a.example.com", id: id, replaces: old)) }
            #expect(authority.issued.map(\.replaces) == [nil, authority.issued.first?.identifier, nil])
            #expect(authority.violations.isEmpty, "\(authority.violations)")
        }
    }

    @Test("where the reply to finalize is lost, what was issued is fetched, and nothing is issued twice")
    func lostFinalize() async throws {
        try await HostileBench.with(.init([.lostReply(.finalize)])) { bench, authority in
            _ = try await bench.issue(Ask("a.example.com"))
            #expect(authority.issued.count == 1)
            #expect(authority.count(.newOrder) == 1)
            #expect(authority.violations.isEmpty, "\(authority.violations)")
        }
    }

    @Test(
        "advice that is no window is a failure or none, and never a reason to renew",
        arguments: [RenewalFlaw.inverted, .malformedDates, .missingWindow, .numbers])
    func badAdvice(_ flaw: RenewalFlaw) async throws {
        try await HostileBench.with { bench, authority in
            let first = try #require(try await bench.issue(Ask("a.example.com")).first)
            authority.behave(.renewal(flaw))
            let old = IssuanceRequest.Predecessor(
                facts: first.facts(certificate: "a", number: 1),
                authorityKeyIdentifier: first.leaf.authorityKeyIdentifier)
            let advice = try? await bench.issuer().advice(for: old)
            #expect(advice == nil)
        }
    }

    @Test("an external account is bound, and its certificates can be of every profile that the CA offers")
    func bindingAndProfiles() async throws {
        let settings = HostileAuthority.Settings.with {
            $0.externalAccounts = ["kid-1": "c2VjcmV0LXNlY3JldC1zZWNyZXQ"]
            $0.profiles = ["short": "six days"]
        }
        let binding = Options(["keyID": .text("kid-1"), "macKey": .secret(Secret(text: "c2VjcmV0LXNlY3JldC1zZWNyZXQ"))])
        try await HostileBench.with(settings, ["externalAccount": .group(binding), "profile": .text("short")]) {
            bench, authority in
            _ = try await bench.issue(Ask("a.example.com"))
            #expect(authority.issued.map(\.profile) == ["short"])
            #expect(authority.violations.isEmpty, "\(authority.violations)")
        }
    }
}
