import Foundation
import HostileAuthority
import TestPeers
import Testing

@Suite("the proxy before pebble")
struct ACMEProxyTests {
    @Test("a client that comes to the proxy stays with it, and what it asks is counted by kind")
    func counting() async throws {
        try await withProxy { proxy, lego, _ in
            try await lego.obtain(["a.example.test"])
            let expected: [RequestKind: Int] = [
                .directory: 1, .newAccount: 1, .newOrder: 1, .challenge: 1, .finalize: 1, .certificate: 1, .other: 0,
            ]
            for (kind, count) in expected { #expect(proxy.count(kind) == count, "\(kind)") }
            #expect(proxy.connections >= 1)
        }
    }

    @Test("a reply that is lost was for a request that the server has done")
    func losing() async throws {
        try await withProxy { proxy, _, directory in
            let curl = Curl(in: directory, trusting: proxy.bundle)
            proxy.loseReply(to: .directory, number: 2)
            let first = try await curl.get(proxy.directoryURL)
            #expect(first.status == 200)
            await #expect(throws: PeerFailure.self) { try await curl.get(proxy.directoryURL) }
            #expect(try await curl.get(proxy.directoryURL).status == 200)
            #expect(proxy.passed.map(\.status) == [200, 200, 200])
        }
    }

    @Test("a round trip takes as long as it is told to")
    func latency() async throws {
        try await withProxy(latency: .milliseconds(50)) { proxy, _, directory in
            let start = ContinuousClock.now
            _ = try await Curl(in: directory, trusting: proxy.bundle).get(proxy.directoryURL)
            #expect(ContinuousClock.now - start >= .milliseconds(150))
        }
    }

    private func withProxy(
        latency: Duration = .zero, _ body: (ACMEProxy, Lego, URL) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            try await Pebble.withRunning(.with { $0.alwaysValid = true }, in: directory) { pebble in
                try await ACMEProxy.withRunning(before: pebble, latency: latency, in: directory) { proxy in
                    let lego = Lego(
                        server: proxy.directoryURL, trusting: proxy.bundle, in: directory, httpPort: try FreePort.next()
                    )
                    try await body(proxy, lego, directory)
                }
            }
        }
    }
}
