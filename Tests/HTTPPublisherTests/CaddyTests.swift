import Foundation
import PluginKit
import TestPeers
import Testing

@Suite("Publishing to Caddy's admin interface")
struct CaddyTests {
    @Test("Caddy serves what was published at once, and what replaced it, without a reload")
    func lifeCycle() async throws {
        try await withTemporaryDirectory { directory in
            let versions = try await SampleVersion.make(2, in: directory)
            try await Caddy.withRunning(in: directory) { caddy in
                try await withClient { client in
                    let profile = try Bench.ready("caddy-admin", server: "http://localhost:\(caddy.adminPort)")
                    let bench = try await Bench(profile, client)
                    #expect(try await bench.leaf(versions[0]) == nil)
                    for version in versions {
                        let receipt = try await bench.publish(version)
                        #expect(receipt.atomic)
                        #expect(try await bench.leaf(version) == version.leaf)
                        #expect(try await served(caddy.port, in: directory) == version.leaf)
                    }
                    _ = try await bench.publisher.withdraw(try bench.delivery(versions[1], artifacts: false))
                    #expect(try await bench.leaf(versions[1]) == nil)
                }
            }
        }
    }

    @Test("a key that is none of the certificate's is refused by Caddy, and its answer shows no key")
    func refused() async throws {
        try await withTemporaryDirectory { directory in
            let versions = try await SampleVersion.make(2, in: directory)
            try await Caddy.withRunning(in: directory) { caddy in
                try await withClient { client in
                    let profile = try Bench.ready("caddy-admin", server: "http://localhost:\(caddy.adminPort)")
                    let bench = try await Bench(profile, client)
                    _ = try await bench.publish(versions[0])
                    var delivery = try bench.delivery(versions[1])
                    let foreign = try bench.delivery(versions[0])
                    delivery.artifacts[1] = foreign.artifacts[1]
                    let failure = try #require(
                        try await failure { try await bench.publisher.publish(delivery, MemoryJournal()) })
                    #expect(failure.code == "http.refused" || failure.code == "http.server-failed", "\(failure)")
                    #expect(try await served(caddy.port, in: directory) == versions[0].leaf)
                }
            }
        }
    }

    /// The leaf that is shown for a name that everybody asks for.
    private func served(_ port: Int, in directory: URL) async throws -> Data? {
        let said = try await OpenSSL.program.run(
            ["s_client", "-connect", "127.0.0.1:\(port)", "-servername", "www.example.com", "-no_ign_eof"],
            in: directory)
        return said.withCString { _ in PEM.certificates(in: said) }
    }
}

extension PEM {
    /// The first certificate in text.
    static func certificates(in text: String) -> Data? {
        Array(text.utf8).withUnsafeBytes { certificates(in: $0) }?.first
    }
}
