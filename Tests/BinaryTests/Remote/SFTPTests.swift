import Foundation
import TestPeers
import Testing

@Suite("publishing to another machine over SSH, from the command line")
struct SFTPTests {
    private func profile(_ sshd: Sshd, more: String = "") -> String {
        """
        profile: remote
        publisher: sftp
        with:
          user: \(Sshd.user)
          privateKey: {secret: deploy-key}
          directory: \(sshd.data.path)/{{certificate.name}}
          files:
            - {name: fullchain.pem, content: fullchain}
            - {name: privkey.pem, content: privateKey}
        targets:
          - {name: web-1, host: 127.0.0.1, port: \(sshd.port)\(more)}
        test: {command: [test, -s, "\(sshd.data.path)/www.example.com/live/privkey.pem"], timeout: 20s}
        reload: {command: [sh, -c, "echo reloaded >> '\(sshd.data.path)/reloads'"], timeout: 20s}
        """
    }

    private func withServer(
        _ body: (_ certflow: BuiltProgram, _ sshd: Sshd, _ directory: URL) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let key = try await SSHKeyPair.make("ed25519", named: "user", in: directory)
            try await Sshd.withRunning(letting: [key], in: directory) { sshd in
                let certflow = BuiltProgram(home: directory.appending(path: "home"))
                try await certflow.succeed("init")
                try certflow.write(profile(sshd), "publishing/remote")
                try await certflow.succeed("secret", "set", "deploy-key", input: try key.text)
                try await body(certflow, sshd, directory)
            }
        }
    }

    private func flows(_ sshd: Sshd) -> String {
        Sample.flows.replacing("[files]", with: "[remote]")
    }

    @Test("an unknown host is refused, trusted by the command that the refusal names, and then published to")
    func trust() async throws {
        try await withServer { certflow, sshd, _ in
            try await certflow.succeed("apply", "-", input: flows(sshd))
            let key = try #require(sshd.hostKeys["ed25519"])
            let refused = try await certflow.run(["profile", "check", "remote"])
            #expect(refused.status == 1)
            #expect(refused.output.contains(key.fingerprint))
            #expect(refused.output.contains("certflow profile trust"))

            let asked = try await certflow.run(["profile", "trust", "remote"])
            #expect(asked.status == 1)
            #expect(asked.output.contains(key.fingerprint) && asked.output.contains("new"))
            #expect(asked.errors.contains("--yes"))
            let file = certflow.home.appending(path: "known_hosts")
            #expect(!FileManager.default.fileExists(atPath: file.path))

            try await certflow.succeed("profile", "trust", "remote", "--yes", "--reason", "read out by its owner")
            #expect(try String(contentsOf: file, encoding: .utf8) == (try sshd.knownHosts()))
            let again = try await certflow.succeed("profile", "trust", "remote")
            #expect(again.contains("trusted") && !again.contains("new"))
            #expect(try await certflow.succeed("audit", "list").contains(key.fingerprint))

            try await certflow.succeed("profile", "check", "remote")
            try await certflow.succeed("run")
            let live = "\(sshd.data.path)/www.example.com/live"
            #expect(try String(contentsOfFile: "\(live)/fullchain.pem", encoding: .utf8).contains("BEGIN CERTIFICATE"))
            let told = try await certflow.succeed("publish", "www.example.com", "--dry-run")
            #expect(told.contains("holds it") && told.contains("unchanged"), "\(told)")
            #expect(try String(contentsOfFile: "\(sshd.data.path)/reloads", encoding: .utf8) == "reloaded\n")
        }
    }

    @Test("a host whose key changed is refused until its owner was asked, and both fingerprints are told")
    func changed() async throws {
        try await withServer { certflow, sshd, directory in
            try await certflow.succeed("apply", "-", input: flows(sshd))
            let other = try await SSHKeyPair.make("ed25519", named: "other", in: directory)
            try "[127.0.0.1]:\(sshd.port) \(other.line)\n"
                .write(to: certflow.home.appending(path: "known_hosts"), atomically: true, encoding: .utf8)
            let key = try #require(sshd.hostKeys["ed25519"])
            let refused = try await certflow.run(["profile", "check", "remote"])
            #expect(refused.status == 1)
            let shown = try await certflow.run(["profile", "trust", "remote"])
            #expect(shown.output.contains("in between") && shown.output.contains("ssh-keygen -R"))
            for output in [refused.output, shown.output] {
                #expect(output.contains(key.fingerprint) && output.contains(other.fingerprint))
            }
            let file = certflow.home.appending(path: "known_hosts")
            let withheld = try await certflow.run(["profile", "trust", "remote", "--yes"])
            #expect(withheld.status == 1)
            #expect(withheld.errors.contains("--replace"))
            #expect(try String(contentsOf: file, encoding: .utf8).contains(key.line) == false)
            try await certflow.succeed("profile", "trust", "remote", "--yes", "--replace")
            #expect(try String(contentsOf: file, encoding: .utf8).contains(key.line))
        }
    }

    @Test("a profile that pins a fingerprint gets the line to write, and no file is touched")
    func pinned() async throws {
        try await withServer { certflow, sshd, directory in
            let key = try #require(sshd.hostKeys["ed25519"])
            let other = try await SSHKeyPair.make("ed25519", named: "other", in: directory)
            try certflow.write(
                profile(sshd, more: ", hostKey: \"\(other.fingerprint)\""), "publishing/remote")
            let shown = try await certflow.succeed("profile", "trust", "remote")
            #expect(shown.contains("hostKey: \(key.fingerprint)"))
            #expect(!FileManager.default.fileExists(atPath: certflow.home.appending(path: "known_hosts").path))
        }
    }
}
