import Foundation
import TestPeers
import Testing

@Suite("acme2certifier as a peer")
struct Acme2certifierTests {
    @Test("the second server issues, gives advice about renewal, renews and revokes")
    func life() async throws {
        try await withTemporaryDirectory { directory in
            try await Acme2certifier.withRunning(days: 30, in: directory) { server in
                let lego = Lego(
                    server: server.directoryURL, trusting: server.bundle, in: directory, httpPort: try FreePort.next())
                let chain = try await lego.obtain(["a.example.test"])
                try await OpenSSL.program.run(
                    ["verify", "-CAfile", server.root.path, "-untrusted", chain.path, chain.path], in: directory)
                #expect(try await advice(server, about: chain, directory)["start"]?.hasPrefix("20") == true)
                let old = try await OpenSSL.serial(of: chain)
                try await lego.renew(["a.example.test"])
                let new = try await OpenSSL.serial(of: chain)
                #expect(old != new)
                try await lego.revoke(["a.example.test"])
                #expect(try await server.isRevoked(serial: new))
                #expect(try await !server.isRevoked(serial: old))
            }
        }
    }

    @Test("the second server's advice can be to renew at once")
    func urgency() async throws {
        try await withTemporaryDirectory { directory in
            try await Acme2certifier.withRunning(isRenewalUrgent: true, in: directory) { server in
                let lego = Lego(
                    server: server.directoryURL, trusting: server.bundle, in: directory, httpPort: try FreePort.next())
                let chain = try await lego.obtain(["a.example.test"])
                let start = try await advice(server, about: chain, directory)["start"]
                let date = try Date(try #require(start), strategy: .iso8601)
                #expect(date < Date(timeIntervalSinceNow: -86_400))
            }
        }
    }

    private func advice(
        _ server: Acme2certifier, about chain: URL, _ directory: URL
    ) async throws -> [String: String] {
        let curl = Curl(in: directory, trusting: server.bundle)
        let place = try await curl.get(server.directoryURL).members["renewalInfo"] as? String
        let url = try #require(place.flatMap { URL(string: $0) })
        let identifier = try await OpenSSL.renewalIdentifier(of: chain)
        let answer = try await curl.get(url.appending(path: identifier))
        return try #require(answer.members["suggestedWindow"] as? [String: String], "\(answer)")
    }
}
