import Curl
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import ACME

@Suite("Issuing from acme2certifier")
struct SecondServerTests {
    @Test("a server of other authors issues, advises, renews and revokes")
    func life() async throws {
        try await with { bench, server in
            let first = try #require(try await bench.issue(Ask("www.example.com", "example.com")).first)
            let old = IssuanceRequest.Predecessor(
                facts: first.facts(certificate: "a", number: 1),
                authorityKeyIdentifier: first.leaf.authorityKeyIdentifier)
            let advice = try #require(try await bench.issuer().advice(for: old))
            #expect(advice.window.lowerBound > Date() && advice.window.upperBound <= first.leaf.notAfter.date)
            let second = try #require(
                try await bench.issue(Ask("www.example.com", "example.com", id: "web/1/1", replaces: old)).first)
            #expect(second.leaf.serial != first.leaf.serial)
            try await bench.issuer().revoke(first.leaf.der, reason: 4)
            #expect(try await server.isRevoked(serial: first.leaf.serial))
            #expect(try await !server.isRevoked(serial: second.leaf.serial))
        }
    }

    private func with(_ body: @Sendable (PebbleBench, Acme2certifier) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try await Acme2certifier.withRunning(in: directory) { server in
                let client = HTTPClient()
                // It makes no account without an address to write to.
                let contact: [String: Options.Value] = ["contact": .list([.text("a@example.com")])]
                do {
                    try await body(PebbleBench(server.directoryURL, server.bundle, client, contact), server)
                    await client.close()
                } catch {
                    await client.close()
                    throw error
                }
            }
        }
    }
}
