import Curl
import Foundation
import PluginKit
import Testing

@testable import HTTPPublisher

@Suite("Servers are trusted with nothing but what a profile sends them")
struct SafetyTests {
    private typealias Answer = RecordingServer.Answer

    @Test("an answer that says back all that was sent shows neither a secret nor a piece of the key")
    func echo() async throws {
        let requests = """
              authentication: {bearer: {secret: token}}
              requests:
                - method: POST
                  path: /import
                  query: {password: "{{secret.client-secret}}"}
                  json: {chain: "{{content.chain}}", key: "{{content.key}}", key64: "{{content.key | base64}}"}

            """
        // From the end as well: the key is longer than what is shown.
        for skipped in [0, 300, 900, 1500, 2200, 2400] {
            try await Scripted.withRunning(requests) { request, _ in
                let all = request.target + "\(request.headers)" + request.body
                return Answer(status: 422, body: String(all.dropFirst(skipped)))
            } _: { scripted in
                let failure = try #require(try await scripted.refusal())
                let text = "\(failure)"
                #expect(!text.contains("canary"), "\(text)")
                let key = scripted.versions[0].text(.privateKey)
                let body = key.split(separator: "\n").dropFirst().dropLast().joined()
                for forms in [Array(body), Array(scripted.versions[0].base64(.privateKey))] {
                    for start in stride(from: 0, to: forms.count - 8, by: 1) {
                        let piece = String(forms[start..<(start + 8)])
                        if text.contains(piece) { Issue.record("\(piece) of the key stands in: \(text)") }
                    }
                }
            }
        }
    }

    @Test("what steers a terminal is taken out of what a server says")
    func cleaned() async throws {
        try await Scripted.withRunning { _, _ in
            Answer(status: 400, body: "no\u{1B}[31m\r\nred\u{202E}")
        } _: { scripted in
            let message = try #require(try await scripted.refusal()).message
            #expect(message.contains("no [31m  red"))
            #expect(message.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 0x202E })
        }
    }

    @Test("no redirect is followed: where it leads is never asked")
    func redirect() async throws {
        try await Scripted.withRunning { request, _ in
            Answer(status: 307, headers: [("Location", "/elsewhere")])
        } _: { scripted in
            let failure = try #require(try await scripted.refusal())
            #expect(failure.code == "http.redirected" && failure.remedy.contains("/elsewhere"))
            #expect(scripted.server.requests.map(\.target) == ["/import"])
        }
    }

    @Test(
        "addresses of one link and of clouds' metadata services are never connected to",
        arguments: [
            "https://169.254.169.254", "https://[fe80::1]", "https://100.100.100.200",
            "https://[::ffff:169.254.169.254]",
            "https://[fd00:ec2::254]", "https://0.0.0.0", "https://224.0.0.1",
        ])
    func metadata(server: String) async throws {
        try await Scripted.withRunning { _, _ in
            Answer()
        } _: { scripted in
            try await withClient { client in
                let bench = try await Bench(Scripted.profile(Scripted.publishing, server: server), client)
                let failure = try #require(
                    try await failure { try await bench.publish(scripted.versions[0]) })
                #expect(failure.kind == .policy && failure.code == "http.refused-address", "\(failure)")
            }
        }
    }

    @Test("a profile that names addresses reaches no others, also not over a connection that is open already")
    func addresses() async throws {
        try await Scripted.withRunning { _, _ in
            Answer()
        } _: { scripted in
            try await withClient { client in
                let (server, bundle) = (scripted.server.url, scripted.server.bundle)
                let open = Scripted.profile(Scripted.publishing, server: server, caBundle: bundle)
                _ = try await Bench(open, client).publish(scripted.versions[0])
                let closed = open.replacing("  place: one", with: "  place: one\n  addresses: [10.0.0.0/8]")
                let bench = try await Bench(closed, client)
                let failure = try #require(
                    try await failure { try await bench.publish(scripted.versions[0]) })
                #expect(failure.code == "http.refused-address")
                #expect(scripted.server.requests.count == 1)
                let named = open.replacing("  place: one", with: "  place: one\n  addresses: [127.0.0.1, \"::1\"]")
                _ = try await Bench(named, client).publish(scripted.versions[0])
                #expect(scripted.server.requests.count == 2)
            }
        }
    }

    @Test("keys travel unencrypted only where the profile says so, and then only within this machine")
    func plaintext() async throws {
        try await Scripted.withRunning { _, _ in
            Answer()
        } _: { scripted in
            try await withClient { client in
                let text = Scripted.profile(Scripted.publishing, server: "http://127.0.0.1:1")
                let bench = try await Bench(text, client)
                let failure1 = try await failure { try await bench.publish(scripted.versions[0]) }
                #expect(failure1?.code == "http.plaintext")
                let far = Scripted.profile(Scripted.publishing, server: "http://192.0.2.1")
                    .replacing("  place: one", with: "  place: one\n  plaintext: true")
                let remote = try await Bench(far, client)
                let failure2 = try await failure { try await remote.publish(scripted.versions[0]) }
                #expect(failure2?.code == "http.refused-address")
            }
        }
    }

    @Test(
        "an address with a password in it is refused, and not shown",
        arguments: [
            ("https://u:canary@localhost", ""), ("http://u:canary@localhost", ""), ("ftp://u:canary@localhost", ""),
            (
                "https://localhost:1",
                "  authentication: {oauth: {tokenURL: \"https://u:canary@localhost:1/t\", clientID: a, "
                    + "clientSecret: {secret: client-secret}}}\n"
            ),
        ])
    func password(server: String, more: String) async throws {
        try await Scripted.withRunning { _, _ in
            Answer()
        } _: { scripted in
            try await withClient { client in
                let bench = try await Bench(Scripted.profile(more + Scripted.publishing, server: server), client)
                let refusal = try await failure { try await bench.publish(scripted.versions[0]) }
                #expect(refusal?.kind == .configuration)
                #expect(refusal?.message.contains("canary") == false, "\(refusal?.message ?? "")")
            }
        }
    }

    @Test("a server that no trusted authority vouches for is given nothing")
    func untrusted() async throws {
        try await Scripted.withRunning { _, _ in
            Answer()
        } _: { scripted in
            try await withClient { client in
                let bench = try await Bench(
                    Scripted.profile(Scripted.publishing, server: scripted.server.url), client)
                let failure = try await failure { try await bench.publish(scripted.versions[0]) }
                #expect(failure?.code == "http.untrusted" && failure?.kind == .configuration)
                #expect(scripted.server.requests.isEmpty)
            }
        }
    }

    @Test("an answer larger than anybody needs ends the request, whose outcome is unknown then")
    func endless() async throws {
        try await Scripted.withRunning { _, _ in
            Answer(body: String(repeating: "x", count: 3 << 20))
        } _: { scripted in
            let refusal1 = try await scripted.refusal()
            #expect(refusal1?.kind == .unknownOutcome)
        }
    }

    private static let chained = """
          requests:
            - {method: POST, path: /begin, json: {}, extract: {id: {pointer: /id}}}
            - {method: PUT, path: "/jobs/{{value.id}}", body: "{{content.chain}}"}

        """

    @Test(
        "a value that an answer gave can't lead elsewhere on the server",
        arguments: ["../admin", "a/b", "a?x=1", "a#b", "a%2Fb", "a b"])
    func traversal(id: String) async throws {
        try await Scripted.withRunning(Self.chained) { _, _ in
            .json("{\"id\":\"\(id)\"}")
        } _: { scripted in
            let refusal2 = try await scripted.refusal()
            #expect(refusal2?.code == "http.unsafe-path")
            #expect(scripted.server.requests.map(\.target) == ["/begin"])
        }
        let encoded = Self.chained.replacing("{{value.id}}", with: "{{value.id | url}}")
        let hidden =
            "  texts: {job: \"{{value.id}}\"}\n" + Self.chained.replacing("{{value.id}}", with: "{{text.job}}")
        try await Scripted.withRunning(hidden) { _, _ in
            .json("{\"id\":\"\(id)\"}")
        } _: { scripted in
            let refusal = try await scripted.refusal()
            #expect(refusal?.code == "http.unsafe-path", "not by way of a text either")
        }
        try await Scripted.withRunning(encoded) { _, _ in
            .json("{\"id\":\"\(id)\"}")
        } _: { scripted in
            let refusal3 = try await scripted.refusal()
            #expect(refusal3 == nil)
            let target = try #require(scripted.server.requests.last).target
            #expect(target.removingPercentEncoding == "/jobs/\(id)" && target.filter { $0 == "/" }.count == 2)
        }
    }

    @Test(
        "an answer that has not what is extracted is a failure, never a trap",
        arguments: [
            "", "{", "[]", #"{"id":null}"#, #"{"id":{}}"#, #"{"id":""}"#, #"{"id":"a\r\nX: y"}"#, #"{"id":1e400}"#,
            #"{"id":12345678901234567890123}"#, String(repeating: "[", count: 100_000),
            "{\"id\":\"" + String(repeating: "a", count: 10_000) + "\"}", "\u{FEFF}\0",
        ])
    func hostileJSON(body: String) async throws {
        try await Scripted.withRunning(Self.chained) { _, _ in
            .json(body)
        } _: { scripted in
            let refusal4 = try await scripted.refusal()
            #expect(refusal4?.code == "http.nothing-extracted")
        }
    }

    @Test("numbers and flags are said again as they came")
    func scalars() async throws {
        for (written, said) in [("17", "17"), ("true", "true"), ("9007199254740993", "9007199254740993")] {
            try await Scripted.withRunning(Self.chained) { _, _ in
                .json("{\"id\":\(written)}")
            } _: { scripted in
                let refusal5 = try await scripted.refusal()
                #expect(refusal5 == nil)
                #expect(scripted.server.requests.last?.target == "/jobs/\(said)")
            }
        }
    }

    @Test("a job is asked about until it is done, and its failure is one of the publication")
    func polling() async throws {
        let requests = """
              requests:
                - {method: POST, path: /jobs, body: "{{content.chain}}", extract: {id: {pointer: /id}}}
                - path: "/jobs/{{value.id}}"
                  poll:
                    until: {pointer: /state, equals: [done]}
                    failed: {pointer: /state, equals: [failed]}
                    every: 5s
                    within: 60s

            """
        for (states, kind) in [
            (["queued", "running", "done"], nil), (["failed"], FailureClass.configuration),
            (["running"], .unknownOutcome),
        ] {
            try await Scripted.withRunning(requests) { request, before in
                request.method == "POST"
                    ? .json(#"{"id":7}"#) : .json("{\"state\":\"\(states[min(before - 1, states.count - 1)])\"}")
            } _: { scripted in
                let start = scripted.bench.clock.now
                let refusal6 = try await scripted.refusal()
                #expect(refusal6?.kind == kind)
                guard kind == nil else { return }
                #expect(scripted.server.requests.count == 4)
                #expect(scripted.bench.clock.now.timeIntervalSince(start) >= 9.9)
            }
        }
    }

    @Test("If-Match carries the ETag of an earlier answer; who changed it meanwhile is a conflict")
    func entityTags() async throws {
        let requests = """
              requests:
                - {path: /one, extract: {etag: {header: ETag}}}
                - {method: PUT, path: /one, headers: {If-Match: "{{value.etag}}"}, body: "{{content.chain}}"}

            """
        try await Scripted.withRunning(requests) { request, _ in
            request.method == "GET"
                ? Answer(headers: [("ETag", "\"abc\"")])
                : Answer(status: request.headers["if-match"] == "\"abc\"" ? 412 : 500)
        } _: { scripted in
            let refusal7 = try await scripted.refusal()
            #expect(refusal7?.kind == .conflict)
        }
    }

    @Test(
        "a profile that contradicts itself is refused before anything is sent",
        arguments: [
            ("requests: [{path: /}]", "http.option"),
            ("requests: [{method: PUT, path: one, body: a}]", "http.option"),
            ("requests: [{method: PUT, path: /../one, body: a}]", "http.option"),
            ("requests: [{method: PUT, path: /, body: a, json: {}}]", "http.option"),
            ("requests: [{method: PUT, path: /, body: \"{{value.id}}\"}]", "http.unknown-value"),
            ("requests: [{method: PUT, path: /, body: a, headers: {\"a b\": c}}]", "http.option"),
            ("requests: [{method: PUT, path: /, extract: {a: {pointer: b}}}]", "http.option"),
            ("requests: [{method: PUT, path: /, extract: {a: {}}}]", "http.option"),
            ("requests: [{method: PUT, path: /}]\n  inspect: [{path: /}]", "http.option"),
            ("requests: [{method: PUT, path: /}]\n  addresses: [all]", "http.option"),
            (
                "requests: [{method: PUT, path: /}]\n  authentication: {bearer: {secret: token}, header: {name: a, value: {secret: token}}}",
                "http.option"
            ),
        ])
    func contradictions(text: String, code: String) async throws {
        try await Scripted.withRunning("  " + text + "\n") { _, _ in
            Answer()
        } _: { scripted in
            let refusal8 = try await scripted.refusal()
            #expect(refusal8?.code == code)
            #expect(scripted.server.requests.isEmpty)
        }
    }

    @Test(
        "what is wrong with a template is told when the profile is read",
        arguments: [
            ("{{content.chian}}", "Did you mean `chain`?"),
            ("{{certificate.nmae}}", "Did you mean `certificate.name`?"),
            ("{{content.chain | bas64}}", "Did you mean `base64`?"),
        ])
    func reading(text: String, remedy: String) async throws {
        try await withClient { client in
            let text = Scripted.profile(
                "  requests: [{method: PUT, path: /, body: \"\(text)\"}]\n", server: "https://localhost")
            let trouble = await #expect(throws: Bench.ProfileTrouble.self) { _ = try await Bench(text, client) }
            #expect(trouble?.problems.count == 1 && trouble?.problems.first?.hasSuffix(remedy) == true)
        }
    }
}
