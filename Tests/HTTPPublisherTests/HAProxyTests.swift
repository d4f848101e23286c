import Foundation
import PluginKit
import TestPeers
import Testing

/// What operators put before the interfaces that they publish to.
@Suite("Publishing through HAProxy")
struct HAProxyTests {
    private func withProxy(
        before upstream: Int, in directory: URL, _ body: (_ server: String, _ bundle: URL) async throws -> Void
    ) async throws {
        let own = try await LoopbackCertificate.make(in: directory)
        let certificates = directory.appending(path: "certificates")
        try FileManager.default.createDirectory(at: certificates, withIntermediateDirectories: false)
        let both = try Data(contentsOf: own.chain) + Data(contentsOf: own.key)
        try both.write(to: certificates.appending(path: "localhost.pem"))
        let proxy = try HAProxy(before: upstream, certificates: certificates, in: directory)
        try await proxy.withRunning { try await body("https://localhost:\(proxy.port)", own.authority) }
    }

    @Test("two versions reach the nginx behind it one after the other, and are read back")
    func passedOn() async throws {
        try await withTemporaryDirectory { directory in
            let versions = try await SampleVersion.make(2, in: directory)
            let own = try await OpenSSL(in: directory).certificate("behind.test", .ecdsa, isAuthority: true)
            try await DAVServer.withRunning(own, in: directory) { port, _ in
                try await withProxy(before: port, in: directory) { server, bundle in
                    try await withClient { client in
                        let bench = try await Bench(
                            try Bench.ready("nginx-dav", server: server, caBundle: bundle), client)
                        for version in versions {
                            #expect(try await bench.publish(version).effect == .changed)
                            #expect(try await bench.leaf(version) == version.leaf)
                        }
                    }
                }
            }
        }
    }

    @Test("where nobody is behind it, its 503 is a failure that is likely to pass")
    func nobodyBehind() async throws {
        try await withTemporaryDirectory { directory in
            let versions = try await SampleVersion.make(1, in: directory)
            try await withProxy(before: try FreePort.next(), in: directory) { server, bundle in
                try await withClient { client in
                    let bench = try await Bench(
                        try Bench.ready("nginx-dav", server: server, caBundle: bundle), client)
                    let failure = try #require(try await failure { try await bench.publish(versions[0]) })
                    #expect(failure.kind == .transient && failure.message.contains("503"), "\(failure)")
                    #expect(!"\(failure)".contains("canary"))
                }
            }
        }
    }
}
