import Foundation
import PluginKit
import Testing

@testable import HTTPPublisher

/// Every secret field of a profile holds a canary, and the server says back all that it was sent, with every status.
@Suite("A secret appears in nothing that is shown, stored or thrown")
struct CanaryTests {
    private typealias Answer = RecordingServer.Answer

    private static let ways = [
        "{bearer: {secret: token}}", "{basic: {user: admin, password: {secret: token}}}",
        "{header: {name: X-Api-Key, value: {secret: token}}}",
        "{oauth: {tokenURL: \"{url}/token\", clientID: a, clientSecret: {secret: client-secret}}}",
        "{oauth: {tokenURL: \"{url}/token\", clientID: a, clientSecret: {secret: client-secret}, sends: form}}",
        "{aws: {accessKeyID: AKID, secretAccessKey: {secret: aws-secret-access-key}, sessionToken: {secret: token}, "
            + "region: eu, service: acm}}",
    ]

    private static func profile(_ authentication: String) -> String {
        """
          authentication: \(authentication)
          texts: {pair: "admin:{{secret.f5-password}}"}
          headers: {X-Pair: "{{text.pair | base64}}"}
          login:
            - method: POST
              path: /login
              headers: {X-Login: "{{secret.etcd-password}}"}
              form: {password: "{{secret.dav-password}} & more"}
              extract: {session: {pointer: /session}}
          logout:
            - {method: DELETE, path: "/session/{{value.session}}"}
          requests:
            - method: POST
              path: /import
              idempotent: true
              query: {pass: "{{secret.vault-secret-id}}", session: "{{value.session}}"}
              json: {key: "{{content.key}}", pass: "{{secret.kubernetes-token | hex}}", all: "{{content.key | base64}}"}
            - method: PUT
              path: /again
              multipart: [{name: pass, value: "{{secret.azure-passphrase}}"}, {name: key, value: "{{content.key}}"}]
          inspect:
            - {path: /one, headers: {X-Look: "{{secret.proxmox-token}}"}, certificate: {body: true}}

        """
    }

    @Test("whichever request is refused, and however", arguments: ways)
    func refused(way: String) async throws {
        let plan = Held()
        try await Scripted.withRunning(Self.profile(way)) { request, _ in
            let path = String(request.target.prefix { $0 != "?" })
            let said = "\(request.target) \(request.headers) \(request.body)"
            let words = plan.text.split(separator: " ")
            if words.first.map(String.init) == path, let status = words.last.flatMap({ Int($0) }) {
                return Answer(
                    status: status, headers: [("Location", "https://a.test/\(Self.header(said))")], body: said)
            }
            switch path {
            case "/login": return .json(#"{"session":"session-canary-1"}"#)
            case "/token": return .json(#"{"access_token":"access-canary-1","expires_in":31}"#)
            default: return Answer(body: said)
            }
        } _: { scripted in
            for refused in ["", "/login", "/token", "/import", "/again", "/one"] {
                for status in [400, 401, 404, 500, 503, 302] {
                    plan.set("\(refused) \(status)")
                    try await look(scripted)
                }
            }
        }
    }

    private static func header(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { (33...126).contains($0.value) }.prefix(3000)))
    }

    private func look(_ scripted: Scripted) async throws {
        let bench = scripted.bench
        let delivery = try bench.delivery(scripted.versions[0])
        let journal = MemoryJournal()
        var shown: [String] = []
        do {
            let receipt = try await bench.publisher.publish(delivery, journal)
            shown.append("\(receipt)")
        } catch let failure as PluginFailure {
            shown.append("\(failure.message) \(failure.remedy)")
        }
        let bare = try bench.delivery(scripted.versions[0], artifacts: false)
        shown.append("\(try await bench.publisher.check(bare))")
        shown.append("\(try await bench.publisher.preview(delivery))")
        if let handle = journal.last { shown.append(String(decoding: handle.content, as: UTF8.self)) }
        shown += bench.state.stored
        let key = scripted.versions[0].text(.privateKey).split(separator: "\n").dropFirst().dropLast().joined()
        let forms = [
            "canary", Data("f5-s3cret-canary".utf8).base64EncodedString(), "6361", String(key.prefix(10)),
            String(key.suffix(12).prefix(10)), String(scripted.versions[0].base64(.privateKey).suffix(60).prefix(12)),
        ]
        for text in shown {
            for form in forms where text.contains(form) { Issue.record("\(form) stands in: \(text)") }
        }
    }
}
