import Foundation
import TestPeers
import Testing

@Suite("a publication told beforehand")
struct DryRunTests {
    private static let name = "www.example.com"

    struct Outlook: Decodable {
        struct Certificate: Decodable, Equatable {
            var version: Int
            var fingerprint: String
            var notAfter: String
        }
        struct Found: Decodable {
            var state: String
            var certificate: Certificate?
        }
        struct Served: Decodable {
            var outcome: String
            var certificate: Certificate?
            var lines: [String]?
        }
        struct File: Decodable {
            var path: String
            var change: String?
            var mode: String
            var size: Int
            var present: Int?
        }
        struct Request: Decodable {
            var method: String
            var headers: [String]
        }
        struct Step: Decodable, Equatable {
            var command: [String]
            var on: String
        }
        struct Schedule: Decodable {
            var state: String
            var at: String?
        }
        struct Hindrance: Decodable {
            var code: String
            var remedy: String
        }
        var target: String
        var effect: String
        var publishes: Certificate?
        var recorded: Certificate?
        var found: Found?
        var served: Served?
        var files: [File]
        var requests: [Request]
        var test: Step?
        var reload: Step?
        var proof: String?
        var goesAfter: [String]
        var schedule: Schedule?
        var refusals: [Hindrance]
        var failure: Hindrance?
    }

    /// What is told, which must leave the ledger as it is.
    private func outlooks(
        _ certflow: BuiltProgram, _ more: String..., status: Int = 0, name: String = Self.name
    ) async throws -> [Outlook] {
        let before = try await dump(certflow)
        let outcome = try await certflow.run(["publish", name, "--dry-run", "--output", "json"] + more)
        #expect(outcome.status == status, "\(outcome.output)\(outcome.errors)")
        #expect(try await dump(certflow) == before)
        return try JSONDecoder().decode([Outlook].self, from: Data(outcome.output.utf8))
    }

    /// Every row of every table.
    private func dump(_ certflow: BuiltProgram) async throws -> String {
        let program = PeerProgram("sqlite3", package: "sqlite3")
        return try await program.run(["file:certflow.db?mode=ro", ".dump"], in: certflow.home)
    }

    @Test("files are new, then as they are, and one that was changed by hand is told; the ledger stays as it is")
    func files() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, tls in
            let profile = Sample.profile(directory: tls) + "\ntest: {command: [\"true\", \"{{certificate.name}}\"]}"
            try certflow.write(profile, "publishing/files")
            let early = try await certflow.run(["publish", Self.name, "--dry-run"])
            #expect(early.status == 1 && early.errors.contains("no version yet"))
            try await certflow.succeed("pause", Self.name)
            try await certflow.succeed("renew", Self.name)

            let first = try #require(try await outlooks(certflow).first)
            #expect(first.effect == "publishes" && first.target == "files/default" && first.recorded == nil)
            #expect(first.publishes?.version == 1 && first.found?.state == "nothing")
            #expect(first.files.map(\.change) == ["new", "new"] && first.files.map(\.mode) == ["0644", "0600"])
            #expect(first.test == .init(command: ["true", Self.name], on: "here"))
            #expect(first.schedule?.state == "paused")
            #expect(try FileManager.default.contentsOfDirectory(atPath: tls.path).isEmpty)
            #expect(try await certflow.succeed("publish", Self.name, "--dry-run").contains("Nothing was changed."))

            try await certflow.succeed("publish", Self.name)
            let same = try #require(try await outlooks(certflow).first)
            #expect(same.effect == "unchanged" && same.files.map(\.change) == ["unchanged", "unchanged"])
            #expect(same.recorded == same.publishes && same.found?.certificate == same.publishes)

            let key = tls.appending(path: "\(Self.name)/live/privkey.pem")
            try "something else\n".write(to: key, atomically: false, encoding: .utf8)
            let drifted = try #require(try await outlooks(certflow).first)
            #expect(drifted.effect == "publishes" && drifted.files.map(\.change) == ["unchanged", "changed"])
            #expect(drifted.files.last?.present == 15)
            let words = try await certflow.succeed("publish", Self.name, "--dry-run")
            #expect(words.contains("changed") && !words.contains("PRIVATE KEY"))
            #expect(try String(contentsOf: key, encoding: .utf8) == "something else\n")
            try await certflow.succeed("publish", Self.name)
            #expect(try await outlooks(certflow).first?.effect == "unchanged")
        }
    }

    @Test("a foreign certificate that lives longer is told, in its place and as it is served, and is not touched")
    func foreign() async throws {
        try await Sample.withHome { certflow, tls in
            let issuing = certflow.home.appending(path: "profiles/issuing/local-authority.yaml")
            try String(contentsOf: issuing, encoding: .utf8).replacing("lifetime: 90d", with: "lifetime: 10d")
                .write(to: issuing, atomically: true, encoding: .utf8)
            let other = try await OpenSSL(in: tls).certificate(Self.name, .ecdsa, addresses: ["127.0.0.1"])
            try await Nginx.withRunning([.init(Self.name, [other])], in: tls) { port in
                let profile =
                    Sample.profile(directory: tls).replacing("versioned", with: "flat")
                    + "\nprove: {tls: {connect: \"127.0.0.1:\(port)\", serverName: \"{{certificate.name}}\"}}"
                try certflow.write(profile, "publishing/files")
                try await certflow.succeed("apply", "-", input: Sample.flows)
                try await certflow.succeed("pause", Self.name)
                try await certflow.succeed("renew", Self.name)
                let place = tls.appending(path: "\(Self.name)/fullchain.pem")
                try FileManager.default.createDirectory(
                    at: place.deletingLastPathComponent(), withIntermediateDirectories: false)
                try FileManager.default.copyItem(at: other.chain, to: place)

                let told = try #require(try await outlooks(certflow).first)
                #expect(told.effect == "refused" && told.found?.certificate?.version == 0)
                #expect(told.refusals.map(\.code) == ["publication.foreign-outlives"])
                #expect(told.refusals.first?.remedy.contains("--take-over") == true)
                #expect(told.served?.outcome == "different" && told.served?.certificate?.version == 0)
                #expect(told.files.map(\.change) == ["changed", "new"])
                #expect(try await outlooks(certflow, "--take-over").first?.effect == "publishes")
                #expect(try Data(contentsOf: place) == (try Data(contentsOf: other.chain)))
                let refused = try await certflow.run(["publish", Self.name])
                #expect(refused.status == 1 && refused.errors.contains("later than version 1"))
            }
        }
    }

    @Test(
        "a proof goes to no address of one link or of a metadata service, and says so",
        arguments: ["169.254.169.254", "[fe80::1]"])
    func noEndpoint(host: String) async throws {
        try await Sample.withHome { certflow, tls in
            let profile =
                Sample.profile(directory: tls)
                + "\nprove: {tls: {connect: \"\(host):443\", serverName: \"{{certificate.name}}\"}}"
            try certflow.write(profile, "publishing/files")
            try await certflow.succeed("apply", "-", input: Sample.flows)
            try await certflow.succeed("pause", Self.name)
            try await certflow.succeed("renew", Self.name)
            let served = try #require(try await outlooks(certflow).first?.served)
            #expect(served.outcome == "unreachable")
            #expect(
                (served.lines ?? []).contains { $0.contains("is not looked at") && $0.contains("`prove`") }, "\(served)"
            )
        }
    }

    @Test("a target that can't be reached is told for itself, and no secret is")
    func unreachable() async throws {
        try await Sample.withHome { certflow, _ in
            let profile = """
                profile: api
                publisher: http
                with:
                  server: https://localhost:\(try FreePort.next())
                  place: tls/{{certificate.name}}
                  authentication: {bearer: {secret: token}}
                  contents: [{name: chain, content: fullchain}, {name: key, content: privateKey}]
                  requests:
                    - {method: PUT, path: "/{{target.place}}", json: {chain: "{{content.chain}}", key: "{{content.key}}"}}
                  inspect:
                    - {path: "/{{target.place}}", absent: [404], certificate: {body: true}}
                """
            try certflow.write(profile, "publishing/api")
            try await certflow.succeed("apply", "-", input: Sample.flows.replacing("[files]", with: "[files, api]"))
            try await certflow.succeed("pause", Self.name)
            try await certflow.succeed("renew", Self.name)
            let missing = try await outlooks(certflow, "--target", "api")
            #expect(missing.first?.refusals.map(\.code) == ["secret.missing"])
            try await certflow.succeed("secret", "set", "token", input: "canary-of-dry-run")
            let told = try await outlooks(certflow, status: 3)
            #expect(told.map(\.effect).sorted() == ["publishes", "unknown"])
            let api = try #require(told.first { $0.target == "api/default" })
            #expect(api.failure != nil && api.requests.first?.method == "PUT")
            #expect(api.requests.first?.headers.contains("Authorization: Bearer (secret)") == true)
            _ = try await outlooks(certflow, "--target", "api", status: 1)
            let words = try await certflow.run(["publish", Self.name, "--dry-run"])
            #expect(words.status == 3 && words.output.contains("could not be looked at"))
            #expect(!words.output.contains("canary") && !words.output.contains("PRIVATE KEY"))
        }
    }

    @Test("beside a living runner: the order of a rollout, and when the window lets it happen by itself")
    func rollout() async throws {
        try await Sample.withHome { certflow, tls in
            let profile =
                Sample.profile(directory: tls).replacing("{{certificate.name}}", with: "{{target.name}}")
                + "\ntargets: [{name: a}, {name: b}]\nrollout: {first: 1, then: 1}"
            try certflow.write(profile, "publishing/files")
            let closed = Sample.flows + "\n      window: {open: {\(Self.farDay): [\"08:00-12:00\"]}}"
            try await certflow.succeed("apply", "-", input: closed)
            try await certflow.succeed("renew", Self.name)
            _ = try await certflow.staying(["run", "--watch"]) { _ in
                try await until("the runner lives") {
                    try await certflow.run(["doctor"]).output.contains("The runner is alive")
                }
                let text = try await certflow.succeed("publish", Self.name, "--dry-run", "--output", "json")
                let told = try JSONDecoder().decode([Outlook].self, from: Data(text.utf8))
                #expect(told.map(\.target) == ["files/a", "files/b"])
                #expect(told.map(\.goesAfter) == [[], ["files/a"]])
                #expect(told.map(\.effect) == ["publishes", "publishes"])
                #expect(told.allSatisfy { $0.schedule?.state == "planned" && $0.schedule?.at != nil })
            }
            let alone = try await outlooks(certflow, "--target", "b")
            #expect(alone.first?.goesAfter == [])
            let wrong = try await certflow.run(["publish", Self.name, "--dry-run", "--at", "+1h"])
            #expect(wrong.status == 2)
        }
    }

    /// Three days from now, so that it does not come while a test runs.
    private static var farDay: String {
        let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        // 1970-01-01 was a Thursday.
        return days[(Int(Date().timeIntervalSince1970) / 86_400 + 4 + 3) % 7]
    }

    @Test("a place that another certificate owns is told with its owner")
    func owned() async throws {
        try await Sample.withHome { certflow, tls in
            let second = Sample.flows.split(separator: "\n").dropFirst().joined(separator: "\n")
                .replacing(Self.name, with: "other.example.com").replacing("[files]", with: "[others]")
            let flows = "\(Sample.flows)\n\(second)"
            let others = Sample.profile(directory: tls).replacing("profile: files", with: "profile: others")
            try certflow.write(others, "publishing/others")
            try await certflow.succeed("apply", "-", input: flows)
            try await certflow.succeed("run")
            try certflow.write(others.replacing("{{certificate.name}}", with: Self.name), "publishing/others")
            let told = try await outlooks(certflow, name: "other.example.com")
            #expect(told.first?.effect == "refused")
            #expect(told.first?.refusals.map(\.code).contains("publication.place-owned") == true)
        }
    }
}
