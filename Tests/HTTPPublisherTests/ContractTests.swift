import Foundation
import PluginKit
import TestPeers
import Testing

@testable import HTTPPublisher

/// Appliances and clouds that can't run here, as their public documents describe them: what a ready profile sends is compared
/// whole.
@Suite("What ready profiles send to systems that are only imitated here")
struct ContractTests {
    private typealias Answer = RecordingServer.Answer
    private typealias Request = RecordingServer.Request

    /// Runs a server and a ready profile against it.
    private func withContract(
        _ name: String, replacing: [(String, String)] = [],
        _ answer: @escaping @Sendable (Request, Int) -> Answer,
        _ body: (Bench, RecordingServer, [SampleVersion]) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let versions = try await SampleVersion.make(3, in: directory)
            try await RecordingServer.withRunning(in: directory, answer) { server in
                try await withClient { client in
                    let text = try Bench.ready(
                        name, server: server.url, caBundle: server.bundle, replacing: replacing)
                    try await body(try await Bench(text, client), server, versions)
                }
            }
        }
    }

    @Test("Kubernetes is given a TLS Secret by server-side apply")
    func kubernetes() async throws {
        let path = "/api/v1/namespaces/web/secrets/www.example.com"
        let held = Held()
        try await withContract("kubernetes-secret") { request, _ in
            if request.method == "PATCH" { held.set(request.body) }
            return held.text.isEmpty ? .json(#"{"kind":"Status","code":404}"#, status: 404) : .json(held.text)
        } _: { bench, server, versions in
            #expect(try await bench.leaf(versions[0]) == nil)
            #expect(try await bench.publish(versions[0]).atomic)
            _ = try await bench.publisher.withdraw(try bench.delivery(versions[0], artifacts: false))
            let (chain, key) = (versions[0].base64(.fullchain), versions[0].base64(.privateKey))
            let own = ["authorization": "Bearer kube-s3cret-canary"]
            #expect(
                server.requests.map(\.own) == [
                    Request(method: "GET", target: path, headers: own, body: ""),
                    Request(
                        method: "PATCH", target: "\(path)?fieldManager=certflow&force=true",
                        headers: own.merging(["content-type": "application/apply-patch+yaml"]) { $1 },
                        body: #"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"www.example.com"},"#
                            + #""type":"kubernetes.io/tls","data":{"tls.crt":"\#(chain)","tls.key":"\#(key)"}}"#),
                    Request(method: "GET", target: path, headers: own, body: ""),
                    Request(method: "DELETE", target: path, headers: own, body: ""),
                ])
        }
    }

    @Test("Kubernetes restarts what reads the Secret at its start, where the commented request counts")
    func restart() async throws {
        try await withContract("kubernetes-secret", replacing: [("    # ", "    ")]) { _, _ in
            .json("{}")
        } _: { bench, server, versions in
            _ = try await bench.publish(versions[0])
            let expected = Request(
                method: "PATCH", target: "/apis/apps/v1/namespaces/web/deployments/web",
                headers: [
                    "authorization": "Bearer kube-s3cret-canary",
                    "content-type": "application/strategic-merge-patch+json",
                ],
                body: #"{"spec":{"template":{"metadata":{"annotations":{"certflow/serial":"#
                    + #""\#(versions[0].facts.serial)"}}}}}"#)
            #expect(server.requests.count == 2 && server.requests.last?.own == expected)
        }
    }

    @Test("Vault is logged in to by AppRole and given a new version of a secret")
    func vault() async throws {
        let held = Held()
        try await withContract("vault-kv") { request, _ in
            switch (request.method, request.target) {
            case ("POST", "/v1/auth/approle/login"): return .json(#"{"auth":{"client_token":"hvs.token-canary"}}"#)
            case ("POST", _):
                held.set(request.body)
                return .json(#"{"data":{"version":1}}"#)
            default:
                let body = held.text
                return body.isEmpty ? .json(#"{"errors":[]}"#, status: 404) : .json(#"{"data":\#(body)}"#)
            }
        } _: { bench, server, versions in
            let version = versions[0]
            #expect(try await bench.leaf(version) == nil)
            _ = try await bench.publish(version)
            #expect(try await bench.leaf(version) == version.leaf)
            let login = Request(
                method: "POST", target: "/v1/auth/approle/login", headers: ["content-type": "application/json"],
                body: #"{"role_id":"00000000-0000-0000-0000-000000000000","secret_id":"vault-s3cret-canary"}"#)
            let path = "/v1/secret/data/tls/www.example.com"
            let own = ["x-vault-token": "hvs.token-canary"]
            let look = Request(method: "GET", target: path, headers: own, body: "")
            let write = Request(
                method: "POST", target: path, headers: own.merging(["content-type": "application/json"]) { $1 },
                body: #"{"data":{"certificate":"\#(version.text(.fullchain).escaped)","private_key":"#
                    + #""\#(version.text(.privateKey).escaped)","serial":"\#(version.facts.serial)"}}"#)
            #expect(server.requests.map(\.own) == [login, look, login, write, login, look])
        }
    }

    @Test("BIG-IP is given new objects, is switched in one request, goes back in one, and old objects are removed")
    func bigIP() async throws {
        try await withContract("f5-big-ip") { request, _ in
            request.target == "/mgmt/shared/authn/login"
                ? .json(#"{"token":{"token":"f5-token-canary","timeout":1200}}"#) : .json("{}")
        } _: { bench, server, versions in
            let journal = MemoryJournal()
            let receipt = try await bench.publish(versions[1], after: versions[0], journal)
            #expect(!receipt.atomic)
            let published = bigIPRequests(versions[1])
            #expect(server.requests.map(\.own) == published)
            let handle = try #require(receipt.handle)
            let bare = try bench.delivery(versions[1], after: versions[0], artifacts: false)
            let back = MemoryJournal()
            _ = try await bench.publisher.rollback(bare, to: handle, back)
            #expect(back.steps == [.restored])
            #expect(
                server.requests.dropFirst(published.count).map(\.own)
                    == [login, switching(to: versions[0].facts.serial), saving, leaving])
            // The next versions; what no handle keeps is removed, once.
            let newest = try await bench.publish(versions[2], after: versions[1])
            let current = try bench.delivery(versions[2], artifacts: false)
            let before = server.requests.count
            try await bench.publisher.sweep(current, keeping: [handle, try #require(newest.handle)])
            #expect(server.requests.count == before, "both are kept")
            var alone = try #require(newest.handle).decode(PublishHandle.self)
            alone.previous = nil
            try await bench.publisher.sweep(current, keeping: [try Handle(alone)])
            try await bench.publisher.sweep(current, keeping: [try Handle(alone)])
            let (name, own) = (
                "certflow-Common-clientssl-www-example-com-\(versions[1].facts.serial)",
                ["x-f5-auth-token": "f5-token-canary"]
            )
            #expect(
                server.requests.dropFirst(before).map(\.own) == [login]
                    + [
                        "ssl-cert/~Common~\(name).crt", "ssl-cert/~Common~\(name)-chain.crt",
                        "ssl-key/~Common~\(name).key",
                    ]
                    .map { Request(method: "DELETE", target: "/mgmt/tm/sys/file/\($0)", headers: own, body: "") }
                    + [leaving])
        }
    }

    private var login: Request {
        Request(
            method: "POST", target: "/mgmt/shared/authn/login", headers: ["content-type": "application/json"],
            body: #"{"username":"certflow","password":"f5-s3cret-canary","loginProviderName":"tmos"}"#)
    }

    private var saving: Request { post("/mgmt/tm/sys/config", #"{"command":"save"}"#) }

    private var leaving: Request {
        Request(
            method: "DELETE", target: "/mgmt/shared/authz/tokens/f5-token-canary",
            headers: ["x-f5-auth-token": "f5-token-canary"], body: "")
    }

    private func switching(to serial: String) -> Request {
        let stem = "/Common/certflow-Common-clientssl-www-example-com-\(serial)"
        return post(
            "/mgmt/tm/ltm/profile/client-ssl/~Common~clientssl-www.example.com", method: "PATCH",
            #"{"certKeyChain":[{"name":"certflow","cert":"\#(stem).crt","key":"\#(stem).key","chain":"\#(stem)-chain.crt"}]}"#
        )
    }

    private func post(_ target: String, method: String = "POST", _ body: String) -> Request {
        Request(
            method: method, target: target,
            headers: ["content-type": "application/json", "x-f5-auth-token": "f5-token-canary"], body: body)
    }

    private func bigIPRequests(_ version: SampleVersion) -> [Request] {
        let stem = "certflow-Common-clientssl-www-example-com-\(version.facts.serial)"
        let files: [(String, Artifact.Content, String)] = [
            (".key", .privateKey, "key"), (".crt", .certificate, "cert"), ("-chain.crt", .chain, "cert"),
        ]
        let uploads = files.map { end, content, _ in
            let count = version.bytes(content).count
            return Request(
                method: "POST", target: "/mgmt/shared/file-transfer/uploads/\(stem)\(end)",
                headers: [
                    "content-type": "application/octet-stream", "x-f5-auth-token": "f5-token-canary",
                    "content-range": "0-\(count - 1)/\(count)",
                ], body: version.text(content))
        }
        let installs = files.map { end, _, kind in
            post(
                "/mgmt/tm/sys/crypto/\(kind)",
                #"{"command":"install","name":"\#(stem)\#(end)","from-local-file":"/var/config/rest/downloads/\#(stem)\#(end)"}"#
            )
        }
        return [login] + uploads + installs + [switching(to: version.facts.serial), saving, leaving]
    }
}

extension RecordingServer.Request {
    /// Without what libcurl says by itself.
    var own: Self {
        var own = self
        for name in ["host", "content-length", "accept"] { own.headers[name] = nil }
        return own
    }
}

extension String {
    /// As it stands inside a JSON string; enough for PEM.
    var escaped: String { replacing("\n", with: "\\n") }
}
