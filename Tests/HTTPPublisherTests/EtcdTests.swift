import Curl
import Foundation
import PluginKit
import TestPeers
import Testing

@Suite("Publishing to etcd")
struct EtcdTests {
    private static let login = """
          login:
            - method: POST
              path: /v3/auth/authenticate
              json: {name: certflow, password: "{{secret.etcd-password}}"}
              extract: {token: {pointer: /token}}
          headers: {Authorization: "{{value.token}}"}

        """

    @Test("both keys are put in one transaction, read back, replaced and removed; without etcd's users")
    func open() async throws {
        try await withEtcd { port, own, versions, client in
            let profile = try Bench.ready(
                "etcd", server: "https://localhost:\(port)", caBundle: own.authority,
                replacing: [(Self.login, "")])
            try await lifeCycle(try await Bench(profile, client), versions)
        }
    }

    @Test("the same with a user that logs in for a token; a wrong password is a failure of credentials")
    func withUser() async throws {
        try await withEtcd { port, own, versions, client in
            let server = "https://localhost:\(port)"
            try await setUp(server, own, client)
            let profile = try Bench.ready("etcd", server: server, caBundle: own.authority)
            try await lifeCycle(try await Bench(profile, client), versions)
            let wrong = try await Bench(profile, client, secrets: ["etcd-password": "wrong-s3cret-canary"])
            let failure = try #require(try await failure { try await wrong.publish(versions[0]) })
            #expect(failure.code == "http.refused" || failure.kind == .auth, "\(failure)")
            #expect(!"\(failure)".contains("canary"))
        }
    }

    private func withEtcd(
        _ body: (_ port: Int, LoopbackCertificate, [SampleVersion], HTTPClient) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let own = try await LoopbackCertificate.make(in: directory)
            let versions = try await SampleVersion.make(2, in: directory)
            try await Etcd.withRunning(own, in: directory) { port in
                try await withClient { try await body(port, own, versions, $0) }
            }
        }
    }

    private func lifeCycle(_ bench: Bench, _ versions: [SampleVersion]) async throws {
        #expect(try await bench.leaf(versions[0]) == nil)
        for version in versions {
            #expect(try await bench.publish(version).atomic)
            #expect(try await bench.leaf(version) == version.leaf)
        }
        _ = try await bench.publisher.withdraw(try bench.delivery(versions[1], artifacts: false))
        #expect(try await bench.leaf(versions[1]) == nil)
    }

    /// A root with all rights, and a user for `/certificates/`.
    private func setUp(_ server: String, _ own: LoopbackCertificate, _ client: HTTPClient) async throws {
        func text(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        let range = #""key":"\#(text("/certificates/"))","range_end":"\#(text("/certificates0"))""#
        let steps = [
            ("auth/user/add", #"{"name":"root","password":"root"}"#), ("auth/role/add", #"{"name":"root"}"#),
            ("auth/user/grant", #"{"user":"root","role":"root"}"#),
            ("auth/user/add", #"{"name":"certflow","password":"etcd-s3cret-canary"}"#),
            ("auth/role/add", #"{"name":"certflow"}"#),
            ("auth/role/grant", #"{"name":"certflow","perm":{"permType":"READWRITE",\#(range)}}"#),
            ("auth/user/grant", #"{"user":"certflow","role":"certflow"}"#), ("auth/enable", "{}"),
        ]
        for (path, body) in steps {
            let answer = try await client.send(
                HTTPRequest(
                    "POST", "\(server)/v3/\(path)", body: Data(body.utf8), trust: .bundle(path: own.authority.path),
                    multiplexes: false))
            #expect(answer.status == 200, "\(path): \(String(decoding: answer.body, as: UTF8.self))")
        }
    }
}
