import Foundation
import PluginKit
import TestPeers
import Testing

@testable import HTTPPublisher

@Suite("What the ready profiles of further systems send")
struct MoreContractTests {
    private typealias Answer = RecordingServer.Answer
    private typealias Request = RecordingServer.Request

    /// - Parameter address: what the profile says instead of the server's own `/token`.
    private func withContract(
        _ name: String, tokensFrom address: String? = nil,
        _ answer: @escaping @Sendable (Request, Int) -> Answer,
        _ body: (Bench, RecordingServer, [SampleVersion]) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let versions = try await SampleVersion.make(2, in: directory)
            try await RecordingServer.withRunning(in: directory, answer) { server in
                try await withClient { client in
                    let text = try Bench.ready(
                        name, server: server.url, caBundle: server.bundle,
                        replacing: address.map { [($0, "\(server.url)/token")] } ?? [])
                    try await body(try await Bench(text, client), server, versions)
                }
            }
        }
    }

    @Test("NetScaler is given files of their own for each version, is switched in one request, and goes back in one")
    func netScaler() async throws {
        try await withContract("netscaler") { _, _ in
            Answer(status: 201)
        } _: { bench, server, versions in
            let receipt = try await bench.publish(versions[1], after: versions[0])
            let stem = stem(versions[1])
            #expect(stem.count + ".key".count <= 63, "no longer name is taken")
            let uploads = [("key", Artifact.Content.privateKey), ("crt", .certificate)].map { end, content in
                nitro(
                    "systemfile",
                    #"{"systemfile":{"filename":"\#(stem).\#(end)","filelocation":"/nsconfig/ssl","filecontent":"#
                        + #""\#(versions[1].base64(content))","fileencoding":"BASE64"}}"#)
            }
            #expect(server.requests.map(\.own) == uploads + switching(to: versions[1]))
            let bare = try bench.delivery(versions[1], after: versions[0], artifacts: false)
            _ = try await bench.publisher.rollback(bare, to: try #require(receipt.handle), MemoryJournal())
            #expect(server.requests.suffix(2).map(\.own) == switching(to: versions[0]))
        }
    }

    /// A digest of pair and serial number.
    private func stem(_ version: SampleVersion) -> String {
        let digest = Secret(text: "www.example.com/\(version.facts.serial)").sha256.base64EncodedString()
        return "cf-" + digest.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private func nitro(_ target: String, _ body: String) -> Request {
        Request(
            method: "POST", target: "/nitro/v1/config/\(target)",
            headers: [
                "content-type": "application/json", "x-nitro-user": "certflow",
                "x-nitro-pass": "netscaler-s3cret-canary",
            ], body: body)
    }

    private func switching(to version: SampleVersion) -> [Request] {
        let stem = stem(version)
        return [
            nitro(
                "sslcertkey?action=update",
                #"{"sslcertkey":{"certkey":"www.example.com","cert":"\#(stem).crt","key":"\#(stem).key","#
                    + #""nodomaincheck":true}}"#), nitro("nsconfig?action=save", #"{"nsconfig":{}}"#),
        ]
    }

    @Test("a Proxmox VE node is given chain and key in one form, and read back")
    func proxmox() async throws {
        let held = Held()
        try await withContract("proxmox-ve") { request, _ in
            if request.method == "POST" { held.set("third") }
            let own = #"{"filename":"pve-ssl.pem","pem":"x"}"#
            let third = held.text.isEmpty ? "" : ",\(own)"
            return .json(#"{"data":[\#(own),\#(own)\#(third)]}"#)
        } _: { bench, server, versions in
            #expect(try await bench.leaf(versions[0]) == nil)
            #expect(try await bench.publish(versions[0]).atomic)
            let presence = try await bench.publisher.inspect(try bench.delivery(versions[0], artifacts: false))
            #expect(presence == .unreadable(#"What stands at "/data/2/pem" in its JSON is no certificate."#))
            func encoded(_ content: Artifact.Content) -> String {
                String(
                    decoding: TemplateFilter.percentEncoded(Array(versions[0].text(content).utf8)), as: UTF8.self)
            }
            let token = ["authorization": "PVEAPIToken=root@pam!certflow=proxmox-s3cret-canary"]
            let look = Request(
                method: "GET", target: "/api2/json/nodes/pve1/certificates/info", headers: token, body: "")
            let upload = Request(
                method: "POST", target: "/api2/json/nodes/pve1/certificates/custom",
                headers: token.merging(["content-type": "application/x-www-form-urlencoded"]) { $1 },
                body: "certificates=\(encoded(.fullchain))&force=1&key=\(encoded(.privateKey))&restart=1")
            #expect(server.requests.map(\.own) == [look, upload, look])
        }
    }

    @Test("Azure Key Vault is given a bundle under a passphrase, with a token of the tenant")
    func keyVault() async throws {
        let address =
            "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/oauth2/v2.0/token"
        let held = Held()
        try await withContract("azure-key-vault", tokensFrom: address) { request, _ in
            if request.target == "/token" { return .json(#"{"access_token":"azure-token","expires_in":3599}"#) }
            return held.text.isEmpty ? .json("{}", status: 404) : .json(#"{"cer":"\#(held.text)"}"#)
        } _: { bench, server, versions in
            #expect(try await bench.leaf(versions[0]) == nil)
            held.set(versions[0].base64(.der))
            _ = try await bench.publish(versions[0])
            #expect(try await bench.leaf(versions[0]) == versions[0].leaf)
            let own = ["authorization": "Bearer azure-token"]
            let path = "/certificates/www-example-com"
            let look = Request(method: "GET", target: "\(path)?api-version=7.4", headers: own, body: "")
            #expect(
                server.requests.map(\.own) == [
                    Request(
                        method: "POST", target: "/token",
                        headers: ["content-type": "application/x-www-form-urlencoded"],
                        body: "grant_type=client_credentials&scope=https%3A%2F%2Fvault.azure.net%2F.default"
                            + "&client_id=00000000-0000-0000-0000-000000000000&client_secret=azure-s3cret-canary"),
                    look,
                    Request(
                        method: "POST", target: "\(path)/import?api-version=7.4",
                        headers: own.merging(["content-type": "application/json"]) { $1 },
                        body: #"{"value":"\#(versions[0].base64(.pkcs12))","pwd":"bundle-s3cret-canary","#
                            + #""policy":{"secret_props":{"contentType":"application/x-pkcs12"}}}"#),
                    look,
                ])
        }
    }

    @Test("a Palo Alto firewall is given a bundle and told to commit; an answer of 200 that says no is a failure")
    func paloAlto() async throws {
        let refuses = Held()
        try await withContract("palo-alto") { _, _ in
            let word = refuses.text.isEmpty ? "success" : "error"
            return Answer(body: "<response status=\"\(word)\"><result>bundle-s3cret-canary</result></response>")
        } _: { bench, server, versions in
            _ = try await bench.publish(versions[0])
            let seen = server.requests.map(\.own)
            #expect(
                seen.map(\.target) == [
                    "/api/?category=keypair&certificate-name=www.example.com&format=pkcs12"
                        + "&passphrase=bundle-s3cret-canary&type=import", "/api/",
                ])
            #expect(seen.allSatisfy { $0.headers["x-pan-key"] == "pan-s3cret-canary" })
            #expect(seen.last?.body == "cmd=%3Ccommit%3E%3C%2Fcommit%3E&type=commit")
            #expect(seen.first?.body.contains("name=\"file\"; filename=\"bundle.p12\"") == true)
            refuses.set("yes")
            let failure = try #require(try await failure { try await bench.publish(versions[1]) })
            #expect(failure.code == "http.refused" && failure.message.contains("status=\"error\""))
            #expect(!"\(failure)".contains("canary"))
        }
    }
}
