import Automation
import Certificates
import Foundation
import LocalAuthority
import PluginKit
import TestPeers
import Testing

@Suite struct CreationTests {
    @Test("a root and an intermediate are made as the options say")
    func creates() async throws {
        let bench = Bench([
            "organization": .text("Example GmbH"), "rootName": .text("Example root"),
            "intermediateName": .text("Example intermediate"), "rootLifetime": .duration(.seconds(10 * 365 * 86_400)),
            "intermediateLifetime": .duration(.seconds(365 * 86_400)),
        ])
        let made = try await LocalAuthority.create(bench.options, bench.context).map { try SignedCertificate(der: $0) }
        #expect(made.map(\.subject) == ["CN=Example intermediate,O=Example GmbH", "CN=Example root,O=Example GmbH"])
        #expect(made.map(\.notAfter) == [bench.now + .days(365), bench.now + .days(3650)])
        #expect(made.allSatisfy { $0.isAuthority && $0.notBefore == bench.now - .hours(1) })
        #expect(made[1].isSelfSigned && !made[0].isSelfIssued)
        #expect(Set(made.map(\.serial)).count == 2)
        #expect(try await LocalAuthority.certificates(bench.context) == made.map(\.der))
    }

    @Test("creating again changes nothing, whatever the options say by then")
    func isIdempotent() async throws {
        let bench = Bench()
        let first = try await LocalAuthority.create(bench.options, bench.context)
        let other = bench.with(["rootName": .text("Another name")])
        #expect(try await LocalAuthority.create(other.options, other.context) == first)
        #expect(bench.state.stores == 2)
    }

    @Test(
        "a crash before or after each store leaves a state that the next run completes", arguments: [1, 2],
        [false, true])
    func survivesCrashes(store: Int, takesEffect: Bool) async throws {
        let bench = Bench()
        bench.state.crash(atStore: store, takesEffect: takesEffect)
        await #expect(throws: MemoryState.Crash.self) { try await bench.create() }
        bench.state.stopCrashing()
        let root = bench.state.bytes("root")
        let intermediates = bench.state.bytes("intermediates")
        try await bench.create()
        // What was durable stays: no second root, no second intermediate.
        if let root { #expect(bench.state.bytes("root") == root) }
        if let intermediates { #expect(bench.state.bytes("intermediates") == intermediates) }
        try await verifyWithOpenSSL(bench)
    }

    @Test("of two that create at once one wins, and both see the same authority", arguments: [1, 2])
    func survivesRivals(store: Int) async throws {
        let bench = Bench()
        let rival: @Sendable (MemoryState) async throws -> Void = { _ in
            try await LocalAuthority.create(Options(), bench.context)
        }
        if store == 1 {
            bench.state.beforeNextStore(rival)
        } else {
            bench.state.beforeNextStore { $0.beforeNextStore(rival) }
        }
        let made = try await LocalAuthority.create(bench.options, bench.context)
        #expect(try await LocalAuthority.certificates(bench.context) == made)
        try await verifyWithOpenSSL(bench)
    }

    @Test("an intermediate never outlives its root")
    func clampsIntermediate() async throws {
        let bench = Bench(["rootLifetime": .duration(.seconds(86_400))])
        let made = try await LocalAuthority.create(bench.options, bench.context).map { try SignedCertificate(der: $0) }
        #expect(made.map(\.notAfter) == [bench.now + .days(1), bench.now + .days(1)])
    }

    @Test("what was never created fails clearly at every verb, and so does half of it")
    func notCreated() async throws {
        let bench = Bench()
        let order = try Order("a.example.com")
        for half in [false, true] {
            if half {
                bench.state.crash(atStore: 2, takesEffect: false)
                await #expect(throws: MemoryState.Crash.self) { try await bench.create() }
                bench.state.stopCrashing()
            }
            let code = "local-authority.not-created"
            await expect(.configuration, code) { try await bench.issue(order) }
            await expect(.configuration, code) { try await bench.issuer().expires() }
            #expect(try await bench.issuer().check().hasProblem)
            #expect(try await LocalAuthority.certificates(bench.context) == [])
            #expect(bench.journal.entries.isEmpty)
        }
    }

    @Test("a damaged state is said to be damaged", arguments: ["", "x", "-----BEGIN PRIVATE KEY-----\nAA"])
    func damaged(text: String) async throws {
        let bench = Bench()
        try await bench.create()
        bench.state.set("intermediates", Data(text.utf8))
        let order = try Order("a.example.com")
        await expect(.configuration, "local-authority.damaged") { try await bench.issue(order) }
    }

    @Test("a key in the state that is not the certificate's is refused")
    func exchangedKey() async throws {
        let bench = Bench()
        try await bench.create()
        let text = String(decoding: try #require(bench.state.bytes("intermediates")), as: UTF8.self)
        let certificate = try #require(text.range(of: "-----BEGIN CERTIFICATE-----")).lowerBound
        let other = try PrivateKey.generate(.ecdsaP256).pkcs8PEM().withBytes { String(decoding: $0, as: UTF8.self) }
        bench.state.set("intermediates", Data((other + text[certificate...]).utf8))
        let order = try Order("a.example.com")
        await expect(.configuration, "local-authority.damaged") { try await bench.issue(order) }
    }

    private func verifyWithOpenSSL(_ bench: Bench) async throws {
        let chain = try await LocalAuthority.certificates(bench.context).map { try SignedCertificate(der: $0) }
        try #require(chain.count == 2)
        try await withTemporaryDirectory { directory in
            for (name, certificate) in zip(["intermediate.pem", "root.pem"], chain) {
                try certificate.pem.write(to: directory.appending(path: name))
            }
            try await OpenSSL.program.run(
                [
                    "verify", "-x509_strict", "-attime", "\(bench.now.seconds)", "-CAfile", "root.pem",
                    "intermediate.pem",
                ], in: directory)
        }
    }
}
