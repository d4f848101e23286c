import Foundation
import TestPeers
import Testing

@Suite("what is and what was, from the command line")
struct TellingTests {
    private struct Shown: Decodable {
        struct Version: Decodable {
            var number: Int
            var serial: String
            var fingerprint: String
            var source: String
        }
        struct Target: Decodable {
            var name: String
            var version: Int?
            var published: Bool
            var serving: String
        }
        var name: String
        var version: Int
        var labels: [String: String]
        var versions: [Version]
        var targets: [Target]
        var next: [TellingHome.Run]
    }

    private struct Entry: Decodable {
        struct Event: Decodable {
            var kind: String
            var actor: String
        }
        struct Attempt: Decodable {
            var outcome: String
            var output: String?
            var step: String?
        }
        var at: String
        var type: String
        var event: Event?
        var attempt: Attempt?
    }

    @Test("show tells flow, versions, what targets hold and what comes next")
    func shows() async throws {
        try await TellingHome.withRunHome { home in
            let shown = try await home.json(Shown.self, "show", "www.example.com")
            #expect(shown.version == 1 && shown.labels == ["team": "web"])
            #expect(shown.versions.map(\.number) == [1] && shown.versions.first?.source == "issued")
            let target = try #require(shown.targets.first)
            #expect(target.name == "files/default" && target.version == 1 && target.published)
            #expect(target.serving == "not-checked")
            #expect(shown.next.map(\.stage) == ["renewal", "publication"])
            let text = try await home.certflow.succeed("show", "www.example.com")
            let version = try #require(shown.versions.first)
            for expected in ["30 days before expiration", "after renew, to files", version.serial, version.fingerprint]
            {
                #expect(text.contains(expected))
            }
        }
    }

    @Test("a failed test of the profile stands in show, history and status with its output and the remedy")
    func tellsFailure() async throws {
        let profile = """
            profile: refused
            publisher: filesystem
            with: {directory: "DIRECTORY/{{certificate.name}}", layout: versioned, files: [{name: a.pem, content: fullchain}]}
            test: {command: [/bin/sh, -c, "echo the configuration is bad; exit 1"]}
            """
        let flows = """
            certificates:
              - name: a.example.com
                subjects: [a.example.com]
                issuer: local-authority
                flow: {publication: {enabled: true, profiles: [refused]}}
            """
        try await withTemporaryDirectory { directory in
            let certflow = BuiltProgram(home: directory.appending(path: "home"))
            try await certflow.succeed("init")
            try FileManager.default.createDirectory(
                at: directory.appending(path: "tls"), withIntermediateDirectories: false)
            try profile.replacing("DIRECTORY", with: directory.appending(path: "tls").path).write(
                to: certflow.home.appending(path: "profiles/publishing/refused.yaml"), atomically: true, encoding: .utf8
            )
            try await certflow.succeed("apply", "-", input: flows)
            _ = try await certflow.run(["run"])
            let history = try await certflow.succeed("history", "a.example.com")
            #expect(history.contains("| the configuration is bad\n") && history.contains("at step test"))
            let shown = try await certflow.succeed("show", "a.example.com")
            #expect(shown.contains("at step test") && shown.contains("Nothing more is tried until somebody acts."))
            #expect(try await certflow.succeed("status").contains("1 needing attention"))
        }
    }

    @Test("after a rollback whose reload fails as well, the target is told to hold what its files hold")
    func tellsRollback() async throws {
        let flows = """
            certificates:
              - name: a.example.com
                subjects: [a.example.com]
                issuer: local-authority
                flow: {publication: {enabled: true, profiles: [fragile]}}
            """
        try await withTemporaryDirectory { directory in
            let certflow = BuiltProgram(home: directory.appending(path: "home"))
            try await certflow.succeed("init")
            let broken = directory.appending(path: "broken")
            let profile = """
                profile: fragile
                publisher: filesystem
                with:
                  directory: "\(directory.path)/{{certificate.name}}"
                  layout: flat
                  files: [{name: cert.pem, content: certificate}]
                reload: {command: [/bin/sh, -c, "test ! -e \(broken.path)"]}
                prove: {readBack: true}
                """
            try profile.write(
                to: certflow.home.appending(path: "profiles/publishing/fragile.yaml"), atomically: true,
                encoding: .utf8)
            try await certflow.succeed("apply", "-", input: flows)
            try await certflow.succeed("run")
            let file = directory.appending(path: "a.example.com/cert.pem")
            let before = try Data(contentsOf: file)
            try Data().write(to: broken)
            _ = try await certflow.run(["renew", "a.example.com"])
            _ = try await certflow.run(["run"])
            #expect(try Data(contentsOf: file) == before)
            let home = TellingHome(certflow: certflow, tls: directory)
            let target = try #require(try await home.json(Shown.self, "show", "a.example.com").targets.first)
            #expect(target.version == 1 && !target.published)
            let status = try await certflow.succeed("status")
            #expect(status.contains("0 of 1, failed") && status.contains("1 needing attention"))
        }
    }

    @Test("history is newest first, or oldest first on request, and cut where it is told to")
    func ordersHistory() async throws {
        try await TellingHome.withRunHome { home in
            let newest = try await home.json([Entry].self, "history", "www.example.com")
            let oldest = try await home.json([Entry].self, "history", "www.example.com", "--ascending")
            #expect(newest.count == oldest.count && newest.count > 4)
            #expect(oldest.first?.event?.kind == "certificate.created")
            #expect(newest.last?.event?.kind == "certificate.created")
            #expect(newest.contains { $0.attempt?.outcome == "succeeded" })
            let cut = try await home.json([Entry].self, "history", "www.example.com", "--limit", "2")
            #expect(cut.filter { $0.type == "event" }.count == 2)
            #expect(try await home.certflow.succeed("history", "www.example.com", "--limit", "2").contains("and more"))
        }
    }

    @Test("names from outside can't command the terminal or forge a line")
    func harmlessOutput() async throws {
        let flows = """
            certificates:
              - name: a.example.com
                subjects: [a.example.com]
                issuer: local-authority
                owner: "eve \\e[31mred\\u202Eback"
                note: "one\\ntwo"
                flow: {renewal: {enabled: false}}
            """
        try await withTemporaryDirectory { directory in
            let certflow = BuiltProgram(home: directory.appending(path: "home"))
            try await certflow.succeed("init")
            let applied = try await certflow.run(["apply", "-"], input: flows)
            // Refused at the door is as good; what was let in must come out harmless.
            guard applied.status == 0 else { return #expect(applied.status == 1) }
            let shown = try await certflow.succeed("show", "a.example.com")
            #expect(!shown.unicodeScalars.contains { $0.value == 27 || $0.value == 0x202E })
        }
    }
}
