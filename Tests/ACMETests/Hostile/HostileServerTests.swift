import Automation
import Certificates
import Foundation
import HostileAuthority
import PluginKit
import TestPeers
import Testing

@testable import ACME

@Suite("A CA over the network that breaks its word")
struct HostileServerTests {
    @Test(
        "whatever it does, the issuer ends with a failure that says why, or with what is right, and goes nowhere else",
        arguments: HostileCase.groups)
    func everything(_ group: String, _ cases: [HostileCase]) async throws {
        try await HostileBench.with(.with { $0.alternates = 1 }) { bench, authority in
            for one in cases {
                let before = authority.requests.count
                authority.behave(one.misbehaviours)
                try await attempt(bench.fresh(), one)
                authority.behave()
                #expect(authority.violations.isEmpty, "\(one): \(authority.violations)")
                #expect(authority.strays == 0, "\(one)")
                #expect(authority.requests.count - before < 400, "\(one)")
                guard authority.violations.isEmpty, authority.strays == 0 else { return }
            }
        }
    }

    @Test("an issuer that met each kind of trouble obtains a certificate as soon as the CA behaves again")
    func recovery() async throws {
        try await HostileBench.with { bench, authority in
            for cases in HostileCase.groups.values {
                for one in cases.prefix(3) {
                    authority.behave(one.misbehaviours)
                    try await attempt(bench, one)
                    authority.behave()
                    // Past what it holds back after failures.
                    bench.clock.advance(8 * 86_400)
                    let ask = try Ask("c.example.com")
                    let chain = try #require(try await bench.issue(ask).first, "\(one)")
                    #expect(chain.leaf.publicKey == ask.key.publicKey, "\(one)")
                }
            }
            #expect(authority.count(.newAccount) < 40)
        }
    }

    private func attempt(_ bench: HostileBench, _ one: HostileCase) async throws {
        let ask = try Ask("a.example.com", "b.example.com")
        do {
            for chain in try await bench.issue(ask).prefix(1) {
                // What the host does with what it is handed.
                try chain.verify(
                    key: ask.key.publicKey, subjects: [.dns("a.example.com"), .dns("b.example.com")],
                    at: Instant(bench.clock.now))
            }
        } catch let failure as PluginFailure {
            check(failure, now: bench.clock.now, one)
        } catch is CertificateFailure {
            // Refused by the host.
        }
    }

    private func check(_ failure: PluginFailure, now: Date, _ one: HostileCase) {
        let text = failure.message + failure.remedy
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            ![.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        }
        // Of each of two names: the reason, and a part of it.
        #expect(isPlain && text.unicodeScalars.count < 10_000, "\(one): \(failure)")
        if let moment = failure.retryAfter { #expect(moment <= now.addingTimeInterval(86_401), "\(one): \(failure)") }
    }
}
