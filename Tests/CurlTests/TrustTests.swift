import Curl
import Foundation
import TestPeers
import Testing

@Suite("Whom the client believes")
struct TrustTests {
    @Test("an authority of its own bundle alone")
    func bundle() async throws {
        try await Web.withRunning { web in
            #expect(try await web.send("/text").status == 200)
            var request = web.request("/text")
            request.trust = .system
            let failure = try await failure { try await web.client.send(request) }
            #expect(failure?.kind == .untrusted)
            #expect(failure?.message.contains("localhost:\(web.port)") == true)
            #expect(try await web.send("/text").status == 200)
        }
    }

    @Test("no connection that another trust opened", arguments: [false, true])
    func separate(hasHTTP2: Bool) async throws {
        try await Web.withRunning(hasHTTP2: hasHTTP2) { web in
            let copy = URL(filePath: web.bundle).deletingLastPathComponent().appending(path: "copy.pem")
            try FileManager.default.copyItem(atPath: web.bundle, toPath: copy.path)
            var other = web.request("/text")
            other.trust = .bundle(path: copy.path)
            let first = try await web.send("/text")
            let second = try await web.client.send(other)
            #expect([first, second].connections.count == 2)
            #expect([first, try await web.send("/text")].connections.count == 1)
            #expect([second, try await web.client.send(other)].connections.count == 1)
            other.trust = .system
            for _ in 0..<3 {
                let failure = try await failure { try await web.client.send(other) }
                #expect(failure?.kind == .untrusted)
            }
        }
    }

    @Test("no certificate for another name")
    func otherName() async throws {
        try await Web.withRunning(name: "other.test") { web in
            let failure = try await failure { try await web.send("/text") }
            #expect(failure?.kind == .untrusted)
        }
    }

    @Test("nobody where the bundle is missing, empty, or no bundle", arguments: ["missing", "empty", "text"])
    func noBundle(content: String) async throws {
        try await withTemporaryDirectory { directory in
            let bundle = directory.appending(path: "bundle.pem")
            if content == "empty" { try Data().write(to: bundle) }
            if content == "text" { try Data("no certificate".utf8).write(to: bundle) }
            try await Web.withRunning { web in
                var request = web.request("/text")
                request.trust = .bundle(path: bundle.path)
                let failure = try await failure { try await web.client.send(request) }
                #expect(failure?.kind == .local)
                #expect(failure?.message.contains(bundle.path) == true)
            }
        }
    }
}
