import Crypto
import Foundation
import PluginKit
import Synchronization
import Testing

@Suite("Requests prove who asks in the way that a profile names")
struct AuthenticationTests {
    private typealias Answer = RecordingServer.Answer

    private static func profile(_ authentication: String) -> String {
        "  authentication: \(authentication)\n" + Scripted.publishing
    }

    @Test(
        "by one header",
        arguments: [
            ("{bearer: {secret: token}}", "authorization", "Bearer token-s3cret-canary"),
            (
                "{basic: {user: admin, password: {secret: token}}}", "authorization",
                "Basic \(Data("admin:token-s3cret-canary".utf8).base64EncodedString())"
            ),
            ("{header: {name: X-Api-Key, value: {secret: token}}}", "x-api-key", "token-s3cret-canary"),
        ])
    func header(authentication: String, name: String, value: String) async throws {
        try await Scripted.withRunning(Self.profile(authentication)) { request, _ in
            Answer(status: request.headers[name] == value ? 200 : 401)
        } _: { scripted in
            let refusal1 = try await scripted.refusal()
            #expect(refusal1 == nil)
        }
    }

    @Test("by a cookie that a login request was given")
    func cookie() async throws {
        let requests = """
              login:
                - method: POST
                  path: /login
                  form: {user: admin, password: "{{secret.token}}"}
                  extract: {session: {cookie: SESSION}}
              headers: {Cookie: "SESSION={{value.session}}"}

            """
        try await Scripted.withRunning(requests + Scripted.publishing) { request, _ in
            guard request.target == "/login" else {
                return Answer(status: request.headers["cookie"] == "SESSION=abc" ? 200 : 401)
            }
            let isRight = request.body == "password=token-s3cret-canary&user=admin"
            return Answer(
                status: isRight ? 200 : 401,
                headers: [("Set-Cookie", "OTHER=1; Path=/"), ("Set-Cookie", "SESSION=abc; HttpOnly; Secure")])
        } _: { scripted in
            let refusal2 = try await scripted.refusal()
            #expect(refusal2 == nil)
            #expect(scripted.server.requests.count == 2)
        }
    }

    private static let oauth = profile(
        "{oauth: {tokenURL: \"{url}/token\", clientID: \"a b\", clientSecret: {secret: client-secret}, scope: push}}")

    @Test("by a token of OAuth 2, which is asked for once and again when it has expired")
    func oauth() async throws {
        try await Scripted.withRunning(Self.oauth) { request, before in
            guard request.target == "/token" else {
                return Answer(status: request.headers["authorization"] == "Bearer token-canary" ? 200 : 401)
            }
            let pair = Data("a%20b:client-s3cret-canary".utf8).base64EncodedString()
            let isRight =
                request.headers["authorization"] == "Basic \(pair)"
                && request.body == "grant_type=client_credentials&scope=push"
            return isRight
                ? .json(#"{"access_token":"token-canary","token_type":"bearer","expires_in":3600}"#)
                : .json(#"{"error":"invalid_client"}"#, status: 401)
        } _: { scripted in
            let refusal3 = try await scripted.refusal()
            #expect(refusal3 == nil)
            let refusal4 = try await scripted.refusal()
            #expect(refusal4 == nil)
            #expect(scripted.server.requests.map(\.target) == ["/token", "/import", "/import"])
            try await scripted.bench.clock.sleep(until: scripted.bench.clock.now.addingTimeInterval(3600))
            let refusal5 = try await scripted.refusal()
            #expect(refusal5 == nil)
            #expect(scripted.server.requests.map(\.target).suffix(2) == ["/token", "/import"])
        }
    }

    @Test("a token that was taken back is asked for anew, once")
    func revokedToken() async throws {
        try await Scripted.withRunning(Self.oauth) { request, before in
            request.target == "/token"
                ? .json("{\"access_token\":\"token-\(before)\",\"expires_in\":3600}")
                : Answer(status: request.headers["authorization"] == "Bearer token-0" && before > 1 ? 401 : 200)
        } _: { scripted in
            let refusal6 = try await scripted.refusal()
            #expect(refusal6 == nil)
            let refusal7 = try await scripted.refusal()
            #expect(refusal7 == nil)
            #expect(
                scripted.server.requests.map(\.target) == ["/token", "/import", "/import", "/token", "/import"])
        }
    }

    @Test("a job that outlasts a token is asked about with the next one")
    func tokenOfLongJobs() async throws {
        let requests = """
              authentication: {oauth: {tokenURL: "{url}/token", clientID: a, clientSecret: {secret: client-secret}}}
              requests:
                - {method: POST, path: /jobs, body: "{{content.chain}}"}
                - {path: /jobs/7, poll: {until: {pointer: /state, equals: [done]}, every: 20s, within: 120s}}

            """
        let newest = Mutex("")
        let polls = Mutex(0)
        try await Scripted.withRunning(requests) { request, before in
            if request.target == "/token" {
                newest.withLock { $0 = "Bearer token-\(before)" }
                return .json("{\"access_token\":\"token-\(before)\",\"expires_in\":40}")
            }
            guard request.headers["authorization"] == newest.withLock({ $0 }) else { return Answer(status: 401) }
            guard request.method == "GET" else { return Answer() }
            return .json(
                polls.withLock {
                    $0 += 1; return $0
                } == 3 ? #"{"state":"done"}"# : #"{"state":"running"}"#)
        } _: { scripted in
            let refusal = try await scripted.refusal()
            #expect(refusal == nil)
            #expect(scripted.server.requests.count { $0.target == "/token" } == 3)
        }
    }

    @Test("a server that is too busy to tell of a job is asked again later, and does not count as one that refuses")
    func busyWhilePolling() async throws {
        let requests = """
              requests:
                - {method: POST, path: /jobs, body: "{{content.chain}}"}
                - path: /jobs/7
                  busyContains: [ThrottlingException]
                  poll: {until: {pointer: /state, equals: [done]}, every: 5s, within: 60s}

            """
        try await Scripted.withRunning(requests) { request, before in
            guard request.method == "GET" else { return Answer() }
            return before == 1
                ? .json(#"{"state":"running"}"#) : .json(#"{"__type":"ThrottlingException"}"#, status: 400)
        } _: { scripted in
            let refusal = try await scripted.refusal()
            #expect(refusal?.kind == .rateLimited && refusal?.code == "http.rate-limited")
        }
    }

    @Test("an authorization server that refuses the client is a failure of credentials, without the secret")
    func refusedClient() async throws {
        try await Scripted.withRunning(Self.oauth) { request, _ in
            .json("{\"error\":\"invalid_client\",\"sent\":\"\(request.headers["authorization"] ?? "")\"}", status: 401)
        } _: { scripted in
            let failure = try #require(try await scripted.refusal())
            #expect(failure.kind == .auth && failure.code == "http.token-refused")
            let pair = Data("a%20b:client-s3cret-canary".utf8).base64EncodedString()
            #expect(failure.message.contains("invalid_client") && !"\(failure)".contains(pair.suffix(20)))
        }
    }

    @Test("by a client certificate in the handshake; without it there is no connection")
    func clientCertificate() async throws {
        let requests = Self.profile("{clientCertificate: {secret: identity}}")
        try await Scripted.withRunning(requests, clientAuthority: true) { _, _ in
            Answer()
        } _: { scripted in
            let refusal8 = try await scripted.refusal()
            #expect(refusal8 == nil)
            try await withClient { client in
                let text = Scripted.profile(
                    Scripted.publishing, server: scripted.server.url, caBundle: scripted.server.bundle)
                let bench = try await Bench(text, client)
                let failure = try await failure { try await bench.publish(scripted.versions[0]) }
                #expect(failure != nil)
                #expect(scripted.server.requests.count == 1)
            }
        }
    }

    @Test("by AWS Signature Version 4 over the whole request, as AWS documents it")
    func signature() async throws {
        let requests = """
              authentication:
                aws:
                  accessKeyID: AKIDEXAMPLE
                  secretAccessKey: {secret: aws-secret-access-key}
                  sessionToken: {secret: token}
                  region: eu-central-1
                  service: acm
              requests:
                - method: POST
                  path: /
                  headers: {X-Amz-Target: CertificateManager.ImportCertificate, Content-Type: application/x-amz-json-1.1}
                  json: {Certificate: "{{content.chain | base64}}"}

            """
        try await Scripted.withRunning(requests) { _, _ in
            Answer()
        } _: { scripted in
            let refusal9 = try await scripted.refusal()
            #expect(refusal9 == nil)
            let request = try #require(scripted.server.requests.first)
            #expect(request.headers["x-amz-security-token"] == "token-s3cret-canary")
            let given = try #require(request.headers["authorization"])
            let signed = try #require(given.firstMatch(of: /SignedHeaders=([^,]+),/)).1.split(separator: ";").map(
                String.init)
            #expect(Set(signed).isSuperset(of: ["content-type", "host", "x-amz-date", "x-amz-target"]))
            #expect(given.hasSuffix("Signature=\(try sign(request, signed))"), "\(given)")
        }
    }

    /// The signature by AWS's document "Create a signed AWS API request".
    private func sign(_ request: RecordingServer.Request, _ signed: [String]) throws -> String {
        let date = try #require(request.headers["x-amz-date"])
        let day = String(date.prefix(8))
        let canonical =
            "\(request.method)\n\(request.target)\n\n"
            + signed.map { "\($0):\(request.headers[$0] ?? "")\n" }.joined() + "\n\(signed.joined(separator: ";"))\n"
            + hex(SHA256.hash(data: Data(request.body.utf8)))
        let scope = "\(day)/eu-central-1/acm/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(date)\n\(scope)\n\(hex(SHA256.hash(data: Data(canonical.utf8))))"
        var key = Data("AWS4aws/s3cret+canary".utf8)
        for part in [day, "eu-central-1", "acm", "aws4_request", text] {
            key = Data(HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: SymmetricKey(data: key)))
        }
        return hex(key)
    }

    private func hex(_ bytes: some Sequence<UInt8>) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

    @Test("bodies of every kind arrive as they are written, however a value looks")
    func bodies() async throws {
        let requests = """
              requests:
                - method: POST
                  path: /form
                  query: {q: "a b&c=d"}
                  form: {name: "{{certificate.name}}", note: "ä & \\"=\\"", none: "{{value.none | optional}}"}
                - method: POST
                  path: /parts
                  multipart:
                    - {name: kind, value: pem}
                    - {name: file, value: "{{content.chain}}", fileName: a.pem, contentType: application/x-pem-file}
                - method: POST
                  path: /json
                  json: {text: "say \\"{{certificate.name}}\\"\\n", number: 3, flag: true, word: yes, none: null, list: [1, "1"]}
                  extract: {none: {pointer: /none, keep: true}}

            """
        try await Scripted.withRunning(requests) { _, _ in
            .json(#"{"none":"x"}"#)
        } _: { scripted in
            let refusal10 = try await scripted.refusal()
            #expect(refusal10 == nil)
            let seen = scripted.server.requests.map(\.own)
            #expect(seen.map(\.target) == ["/form?q=a%20b%26c%3Dd", "/parts", "/json"])
            #expect(seen[0].body == "name=www.example.com&note=%C3%A4%20%26%20%22%3D%22")
            let boundary = "certflow-\(try scripted.bench.delivery(scripted.versions[0]).id)"
            #expect(seen[1].headers["content-type"] == "multipart/form-data; boundary=\(boundary)")
            #expect(
                seen[1].body == """
                    --\(boundary)\r
                    Content-Disposition: form-data; name="kind"\r
                    \r
                    pem\r
                    --\(boundary)\r
                    Content-Disposition: form-data; name="file"; filename="a.pem"\r
                    Content-Type: application/x-pem-file\r
                    \r
                    \(scripted.versions[0].text(.fullchain))\r
                    --\(boundary)--\r

                    """)
            #expect(
                seen[2].body
                    == #"{"text":"say \"www.example.com\"\n","number":3,"flag":true,"word":"yes","none":null,"list":[1,"1"]}"#
            )
        }
    }
}
