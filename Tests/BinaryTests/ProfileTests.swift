import Foundation
import TestPeers
import Testing

@Suite("profiles and issuers, looked at before anything is done")
struct ProfileTests {
    @Test("the list tells valid from broken, and how many flows use each")
    func list() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, _ in
            let broken = "profile: broken\npublisher: filesystem\nwith:\n  directry: /srv\n"
            try certflow.write(broken, "publishing/broken")
            let text = try await certflow.succeed("profile", "list", "--output", "json")
            let profiles = try JSONDecoder().decode([Profile].self, from: Data(text.utf8))
            let files = try #require(profiles.first { $0.name == "files" })
            #expect(files.valid && files.flows == 1 && files.targets == ["default"])
            let found = try #require(profiles.first { $0.name == "broken" })
            #expect(!found.valid)
            #expect(found.problems.contains { $0.contains("broken.yaml:4:3") && $0.contains("`directory`") })
            #expect(try await certflow.succeed("profile", "list", "--backends").contains("filesystem"))
        }
    }

    @Test("a check reads the file, asks each target, and changes nothing")
    func check() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, directory in
            let output = try await certflow.succeed("profile", "check", "files")
            #expect(output.contains("ready, as www.example.com would be"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
            // A second target whose directory can't be made there.
            let profile =
                Sample.profile(directory: directory) + """

                    targets:
                      - {name: good}
                      - {name: bad, directory: /proc/nowhere/tls}
                    """
            try certflow.write(profile, "publishing/files")
            let partly = try await certflow.run(["profile", "check", "files"])
            #expect(partly.status == 3)
            #expect(partly.output.contains("/proc/nowhere"))
            try certflow.write("profile: files\npublisher: filesistem\n", "publishing/files")
            let broken = try await certflow.run(["profile", "check", "files"])
            #expect(broken.status == 1)
            #expect(broken.output.contains("files.yaml:2:12") && broken.output.contains("`filesystem`"))
            #expect(try await certflow.run(["profile", "check", "fils"]).errors.contains("`files`"))
        }
    }

    @Test("a changed profile says how many publications it causes before they happen")
    func publishesAgain() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, directory in
            try await certflow.succeed("run")
            #expect(try await !certflow.succeed("profile", "check", "files").contains("1 publication"))
            let changed = Sample.profile(directory: directory).replacing(
                "content: fullchain}", with: "content: bundle}")
            try certflow.write(changed, "publishing/files")
            #expect(try await certflow.succeed("profile", "check", "files").contains("1 publication."))
            try await certflow.succeed("run")
            #expect(try await !certflow.succeed("profile", "check", "files").contains("1 publication"))
        }
    }

    @Test("a missing secret is named with the command that stores it")
    func missingSecret() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, directory in
            let profile =
                Sample.profile(directory: directory) + """

                        - {name: store.p12, content: pkcs12, passphrase: {secret: store-pass}}
                    """
            try certflow.write(profile, "publishing/files")
            let outcome = try await certflow.run(["profile", "check", "files"])
            #expect(outcome.status == 1)
            #expect(outcome.output.contains("store-pass") && outcome.output.contains("certflow secret set"))
        }
    }

    @Test("what would be published is shown with paths, modes and digests, and no key")
    func render() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, directory in
            let early = try await certflow.run(["profile", "render", "files", "www.example.com"])
            #expect(early.status == 1 && early.errors.contains("no version yet"))
            try await certflow.succeed("run")
            let text = try await certflow.succeed(
                "profile", "render", "files", "www.example.com", "--output", "json")
            #expect(!text.contains("PRIVATE KEY"))
            let rendering = try #require(try JSONDecoder().decode([Rendering].self, from: Data(text.utf8)).first)
            #expect(rendering.held == true)
            #expect(rendering.files.map(\.mode) == ["0644", "0600"])
            for file in rendering.files {
                let content = try Data(contentsOf: URL(filePath: file.path))
                #expect(content.count == file.size)
            }
            let fullchain = try #require(rendering.files.first)
            let digest = try await PeerProgram("sha256sum", package: "coreutils").run([fullchain.path], in: directory)
            #expect(digest.hasPrefix(fullchain.digest))
        }
    }

    @Test("the local authority's root comes out, and OpenSSL trusts what it issued by it")
    func trustAnchor() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, directory in
            try await certflow.succeed("run")
            let root = directory.appending(path: "root.crt").path
            let arguments = ["issuer", "show", "local-authority", "--format", "pem", "--out", root]
            #expect(try await certflow.run(arguments).status == 0)
            let live = directory.appending(path: "www.example.com/live/fullchain.pem").path
            let verdict = try await OpenSSL.program.run(
                ["verify", "-CAfile", root, "-untrusted", live, "-verify_hostname", "www.example.com", live],
                in: directory)
            #expect(verdict.contains("OK"))
            #expect(try await certflow.run(arguments).errors.contains("--force"))
        }
    }

    @Test("issuers are listed with their end, and one without an authority can't issue")
    func issuers() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, _ in
            #expect(try await certflow.succeed("issuer", "list").contains("certflow root"))
            try certflow.write("profile: second\nissuer: local-authority\n", "issuing/second")
            let outcome = try await certflow.run(["issuer", "check"])
            #expect(outcome.status == 3)
            #expect(outcome.output.contains("second") && outcome.output.contains("certflow init"))
            #expect(try await certflow.run(["issuer", "check", "second"]).status == 1)
            #expect(try await certflow.run(["issuer", "check", "local-authority"]).status == 0)
        }
    }

    @Test("the options of a backend are explained from its schema")
    func options() async throws {
        try await withTemporaryDirectory { directory in
            let certflow = BuiltProgram(home: directory.appending(path: "home"))
            let output = try await certflow.succeed("profile", "options", "filesystem")
            #expect(output.contains("files[].mode") && output.contains("certificate.fileName"))
            #expect(try await certflow.run(["profile", "options", "filesytem"]).errors.contains("`filesystem`"))
        }
    }

    private struct Profile: Decodable {
        var name: String
        var valid: Bool
        var flows: Int
        var targets: [String]
        var problems: [String]
    }

    private struct Rendering: Decodable {
        struct File: Decodable {
            var path: String
            var mode: String
            var size: Int
            var digest: String
        }
        var files: [File]
        var held: Bool?
    }
}
