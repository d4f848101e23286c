import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import SFTPPublisher

@Suite("The host key of OpenSSH's server")
struct HostKeyTests {
    private func refusal(_ bench: Bench) async -> PluginFailure? { await failure { try await bench.inspected() } }

    @Test("is taken in every form that known_hosts has for it")
    func known() async throws {
        try await Bench.with { bench in
            let name = "[127.0.0.1]:\(bench.sshd.port)"
            let key = try #require(bench.sshd.hostKeys["ed25519"])
            for hosts in [name, "a.example,\(name),b.example", "[127.0.0.?]:*", "*", "*,![192.0.2.1]:22"] {
                try bench.knowing("\(hosts) \(key.line)\n")
                #expect(await refusal(bench) == nil, "\(hosts)")
                await bench.pool.closeIdle()
            }
            try bench.knowing("\(name) \(key.line)\n")
            try await Sshd.keygen.run(["-H", "-f", "known_hosts"], in: bench.home)
            let text = try String(contentsOf: bench.home.appending(path: "known_hosts"), encoding: .utf8)
            #expect(text.hasPrefix("|1|"))
            #expect(await refusal(bench) == nil)
        }
    }

    @Test("is refused where it is unknown, changed, revoked, excluded, or known by a certificate authority alone")
    func refused() async throws {
        try await Bench.with { bench in
            let name = "[127.0.0.1]:\(bench.sshd.port)"
            let key = try #require(bench.sshd.hostKeys["ed25519"])
            let other = try await SSHKeyPair.make("ed25519", named: "other", in: bench.home)
            let cases = [
                ("", "sftp.host-key-unknown"), ("127.0.0.1 \(key.line)", "sftp.host-key-unknown"),
                ("*,!\(name) \(key.line)", "sftp.host-key-unknown"),
                ("@cert-authority * \(key.line)", "sftp.host-key-unknown"),
                ("\(name) \(other.line)", "sftp.host-key-changed"),
                ("\(name) \(key.line)\n@revoked * \(key.line)", "sftp.host-key-revoked"),
                ("\(name) \(key.line)\n@revoked * ssh-ed25519 AAA", "sftp.known-hosts-unreadable"),
            ]
            for (text, code) in cases {
                try bench.knowing(text + "\n")
                let failure = await refusal(bench)
                #expect(failure?.code == code, "\(text)")
                guard code != "sftp.known-hosts-unreadable" else { continue }
                #expect(failure?.kind == .auth)
                #expect(failure?.message.contains(key.fingerprint) == true)
                #expect(failure?.message.contains(other.fingerprint) == (code == "sftp.host-key-changed"))
                if code != "sftp.host-key-revoked" {
                    #expect(failure?.remedy.contains("certflow profile trust") == true)
                }
            }
        }
    }

    @Test("is asked for in the type that it is known by, though the server prefers another")
    func types() async throws {
        var settings = Sshd.Settings()
        settings.hostKeys = ["ecdsa", "ed25519"]
        try await Bench.with(settings) { bench in
            #expect(await refusal(bench) == nil)
        }
    }

    @Test("is taken by its fingerprint, of whatever type; another fingerprint is refused with both")
    func pinned() async throws {
        var settings = Sshd.Settings()
        settings.hostKeys = ["ed25519", "ecdsa"]
        try await Bench.with(settings) { bench in
            var bench = bench
            try bench.knowing("")
            for key in bench.sshd.hostKeys.values {
                bench.values["hostKey"] = .text(key.fingerprint)
                #expect(await refusal(bench) == nil)
            }
            let other = try await SSHKeyPair.make("ed25519", named: "other", in: bench.home)
            bench.values["hostKey"] = .text(other.fingerprint)
            let failure = await refusal(bench)
            #expect(failure?.code == "sftp.host-key-changed")
            for key in [other] + bench.sshd.hostKeys.values {
                #expect(failure?.message.contains(key.fingerprint) == true)
            }
            bench.values["hostKey"] = .text("SHA256:short")
            #expect(await refusal(bench)?.code == "sftp.bad-host-key")
        }
    }

    @Test("of another type than the one it is known by has changed")
    func otherType() async throws {
        var settings = Sshd.Settings()
        settings.hostKeys = ["ecdsa"]
        try await Bench.with(settings) { bench in
            let other = try await SSHKeyPair.make("ed25519", named: "other", in: bench.home)
            try bench.knowing("[127.0.0.1]:\(bench.sshd.port) \(other.line)\n")
            let failure = await refusal(bench)
            #expect(failure?.code == "sftp.host-key-changed", "\(failure?.message ?? "-")")
            #expect(failure?.message.contains(other.fingerprint) == true)
            #expect(failure?.message.contains(bench.sshd.hostKeys["ecdsa"]?.fingerprint ?? "-") == true)
        }
    }
}
