import Foundation
import PluginKit
import TestPeers
import Testing

@Suite("Publishing to nginx by WebDAV")
struct NginxDAVTests {
    /// Runs nginx with the certificate's authority, and hands over what the profile needs.
    private func withDAV<Result: Sendable>(
        _ body: (_ root: URL, _ profile: String, _ versions: [SampleVersion]) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let certificate = try await OpenSSL(in: directory).certificate("localhost", .ecdsa, isAuthority: true)
            let versions = try await SampleVersion.make(2, in: directory)
            return try await DAVServer.withRunning(certificate, in: directory) { port, root in
                let profile = try Bench.ready(
                    "nginx-dav", server: "https://localhost:\(port)", caBundle: certificate.chain)
                return try await body(root.appending(path: "tls"), profile, versions)
            }
        }
    }

    @Test("two versions are published one after the other, read back, and taken away again")
    func lifeCycle() async throws {
        try await withDAV { root, profile, versions in
            try await withClient { client in
                let bench = try await Bench(profile, client)
                #expect(try await bench.leaf(versions[0]) == nil)
                let check = try await bench.publisher.check(try bench.delivery(versions[0], artifacts: false))
                #expect(!check.hasProblem, "\(check)")
                let journal = MemoryJournal()
                let receipt = try await bench.publish(versions[0], journal)
                #expect(receipt.effect == .changed)
                #expect(journal.steps == [.staged, .staged, .switched])
                #expect(try await bench.leaf(versions[0]) == versions[0].leaf)
                _ = try await bench.publish(versions[1], after: versions[0])
                for (name, content) in [("pem", Artifact.Content.fullchain), ("key", .privateKey)] {
                    let stored = try Data(contentsOf: root.appending(path: "www.example.com.\(name)"))
                    #expect(stored == versions[1].bytes(content))
                }
                let words = try await bench.publisher.withdraw(try bench.delivery(versions[1], artifacts: false))
                #expect(words.count == 2)
                #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).isEmpty)
                _ = try await bench.publisher.withdraw(try bench.delivery(versions[1], artifacts: false))
            }
        }
    }

    @Test("what somebody else put there is left where it is withdrawn")
    func foreign() async throws {
        try await withDAV { root, profile, versions in
            try await withClient { client in
                let bench = try await Bench(profile, client)
                _ = try await bench.publish(versions[1])
                let words = try await bench.publisher.withdraw(try bench.delivery(versions[0], artifacts: false))
                #expect(words.count == 1 && words[0].contains("none of ours"))
                #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).count == 2)
            }
        }
    }

    @Test("answers to challenges are put and taken away by the same means, each under its own name")
    func challenges() async throws {
        try await withDAV { root, ready, versions in
            try await withClient { client in
                let header = String(ready.prefix(upTo: try #require(ready.firstRange(of: "  contents:")).lowerBound))
                let profile =
                    header.replacing("{{certificate.fileName}}", with: "{{challenge.token}}") + """
                          contents:
                            - {name: answer, content: challenge}
                          requests:
                            - {method: PUT, path: "{{target.place}}", body: "{{content.answer}}", expect: [201, 204]}
                          withdraw:
                            - {method: DELETE, path: "{{target.place}}", expect: [204, 404]}

                        """
                let bench = try await Bench(profile, client)
                #expect(bench.profile.isForChallenges)
                let delivery = try bench.challenge(token: "token-1", versions[0])
                _ = try await bench.publisher.publish(delivery, MemoryJournal())
                let stored = try Data(contentsOf: root.appending(path: "token-1"))
                #expect(stored == versions[0].bytes(.challenge))
                _ = try await bench.publisher.withdraw(delivery)
                #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).isEmpty)
            }
        }
    }

    @Test("a wrong password is a failure of credentials that shows neither password nor key")
    func unauthorized() async throws {
        try await withDAV { _, profile, versions in
            try await withClient { client in
                let bench = try await Bench(profile, client, secrets: ["dav-password": "wrong-s3cret-canary"])
                let failure = try #require(try await failure { try await bench.publish(versions[0]) })
                #expect(failure.kind == .auth && failure.code == "http.unauthorized")
                #expect(!"\(failure)".contains("canary"))
                let check = try await bench.publisher.check(try bench.delivery(versions[0], artifacts: false))
                #expect(check.hasProblem)
            }
        }
    }
}
