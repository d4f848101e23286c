import Automation
import Certificates
import Curl
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import ACME

@Suite("challenges that pebble looks at itself, by names that BIND answers for")
struct PebbleChallengeTests {
    private static let key = Named.Key("acme-key", algorithm: "hmac-sha384")

    /// Has a certificate issued twice: the second order proves anew.
    private func issue(
        _ ask: @Sendable (_ id: String) throws -> Ask, _ zones: [Named.Zone],
        _ options: @escaping @Sendable (Named, _ http: Int, _ tls: Int) -> [String: Options.Value],
        after check: @Sendable (Named, _ http: Int, _ tls: Int) async throws -> Void
    ) async throws {
        let (http, tls) = (try FreePort.next(), try FreePort.next())
        try await withTemporaryDirectory { directory in
            try await Named.withRunning(zones, keys: [Self.key], recursive: true, in: directory) { server in
                let settings = Pebble.Settings.with {
                    $0.httpPort = http
                    $0.tlsPort = tls
                    $0.dnsServer = server.place
                }
                try await PebbleBench.with(settings, options(server, http, tls)) { bench, _ in
                    let client = HTTPClient()
                    let backend = ACME.backend(client)
                    let issuer = try await backend.make(bench.options, bench.context)
                    for number in 0..<2 {
                        let ask = try ask("web/\(number)/1")
                        let chain = try #require(try await bench.issue(ask, by: issuer).first)
                        #expect(Set(chain.leaf.subjects) == Set(ask.request.subjects.compactMap { Subject($0) }))
                    }
                    await backend.close()
                    await client.close()
                }
                try await check(server, http, tls)
            }
        }
    }

    private static let hosts = Named.Zone(
        "example.test", ["www 60 IN A 127.0.0.1", "@ 60 IN A 127.0.0.1"], updates: ["grant acme-key zonesub TXT"])

    @Test("http-01 proves names and an address by our own listener")
    func httpListener() async throws {
        try await issue({ try Ask("www.example.test", "example.test", "127.0.0.1", id: $0) }, [Self.hosts]) {
            _, http, _ in
            ["http01": .group(Options(["listen": .list([.text("127.0.0.1:\(http)")])]))]
        } after: { _, http, _ in
            #expect(Loopback(address: "127.0.0.1", port: http)?.accepts == false)
        }
    }

    @Test("tls-alpn-01 proves names and an address by our own listener")
    func tlsListener() async throws {
        try await issue({ try Ask("www.example.test", "example.test", "127.0.0.1", id: $0) }, [Self.hosts]) {
            _, _, tls in
            ["tlsALPN01": .group(Options(["listen": .list([.text("127.0.0.1:\(tls)")])]))]
        } after: { _, _, tls in
            #expect(Loopback(address: "127.0.0.1", port: tls)?.accepts == false)
        }
    }

    @Test("dns-01 proves a wildcard beside its base, and a name that is delegated to another zone")
    func updates() async throws {
        let zones = [
            Named.Zone(
                "example.test", ["_acme-challenge.www 60 IN CNAME www.delegated.test."],
                updates: ["grant acme-key zonesub TXT"]),
            Named.Zone("delegated.test", updates: ["grant acme-key zonesub TXT"]),
        ]
        try await issue({ try Ask("example.test", "*.example.test", "www.example.test", id: $0) }, zones) {
            server, _, _ in
            let group: [String: Options.Value] = [
                "server": .text(server.place), "resolver": .text(server.place), "keyName": .text(Self.key.name),
                "keyAlgorithm": .text(Self.key.algorithm), "key": .secret(Secret(text: Self.key.secret)),
            ]
            return ["dns01": .list([.group(Options(group))])]
        } after: { server, _, _ in
            for name in ["_acme-challenge.example.test", "www.delegated.test"] {
                let records = try await server.records("TXT", of: name)
                #expect(records.isEmpty, "cleaned up")
            }
        }
    }
}
