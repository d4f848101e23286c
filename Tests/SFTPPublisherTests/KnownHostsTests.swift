import Crypto
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import SFTPPublisher

@Suite("known_hosts")
struct KnownHostsTests {
    static let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    static let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHpwMEXtzM1nTbQJz2GsqTOZWkDRBmPUZ8vTNKBtnZzV"

    private func key(_ line: String) throws -> HostKey {
        let blob = try #require(Data(base64Encoded: String(line.split(separator: " ")[1])))
        return try #require(HostKey(blob: Array(blob)))
    }

    private func verdict(_ text: String, _ name: String) throws -> KnownHosts.Verdict {
        KnownHosts(text).judge(try key(Self.key), of: name)
    }

    private func hashed(_ name: String) -> String {
        let salt = Array("twenty bytes of salt".utf8)
        let hash = HMAC<Insecure.SHA1>.authenticationCode(for: Array(name.utf8), using: SymmetricKey(data: salt))
        return "|1|\(Data(salt).base64EncodedString())|\(Data(hash).base64EncodedString())"
    }

    @Test(
        "each form of a host's name says of which hosts a line speaks",
        arguments: [
            ("web.example.net", "web.example.net", true), ("web.example.net", "web.example.org", false),
            ("WEB.example.net", "web.example.net", true), ("a.example,web.example,b.example", "web.example", true),
            ("*.example.net", "web.example.net", true), ("*.example.net", "example.net", false),
            ("web-?.example.net", "web-1.example.net", true), ("web-?.example.net", "web-10.example.net", false),
            ("*.example.net,!web.example.net", "web.example.net", false),
            ("!web.example.net,*.example.net", "web.example.net", false),
            ("*.example.net,!web.example.net", "db.example.net", true), ("!db.example.net", "web.example.net", false),
            ("[web.example.net]:2222", "[web.example.net]:2222", true),
            ("[web.example.net]:2222", "web.example.net", false),
            ("web.example.net", "[web.example.net]:2222", false), ("192.0.2.1", "192.0.2.1", true),
            ("[2001:db8::1]:2222", "[2001:db8::1]:2222", true), ("a*b*c", "aXXbYYc", true), ("a*b*c", "aXXcYYb", false),
        ])
    func patterns(hosts: String, name: String, isKnown: Bool) throws {
        #expect(try verdict("\(hosts) \(Self.key)\n", name) == (isKnown ? .known : .unknown))
    }

    @Test("hashed names are known by their HMAC, with and without a port")
    func hashes() throws {
        for name in ["web.example.net", "[web.example.net]:2222"] {
            #expect(try verdict("\(hashed(name)) \(Self.key)\n", name) == .known)
            #expect(try verdict("\(hashed(name)) \(Self.key)\n", "other.example.net") == .unknown)
        }
    }

    @Test("a revoked key is refused wherever its line stands, of the hosts it speaks of")
    func revoked() throws {
        let lines = ["web.example.net \(Self.key)", "@revoked * \(Self.key)"]
        #expect(try verdict(lines.joined(separator: "\n"), "web.example.net") == .revoked)
        #expect(try verdict(lines.reversed().joined(separator: "\n"), "web.example.net") == .revoked)
        #expect(
            try verdict("@revoked db.example.net \(Self.key)\nweb.example.net \(Self.key)", "web.example.net") == .known
        )
    }

    @Test("a revocation that can't be read is told, so that nothing is trusted on it")
    func unreadableRevocation() {
        #expect(KnownHosts("# fine\n@revoked * ssh-ed25519 AAAA\n").unreadableRevocation == 2)
    }

    @Test("a certificate authority vouches for nobody here, and that is told")
    func authority() throws {
        let known = KnownHosts("@cert-authority *.example.net \(Self.key)\n")
        #expect(known.judge(try key(Self.key), of: "web.example.net") == .unknown)
        #expect(known.hasAuthority(for: "web.example.net"))
        #expect(!known.hasAuthority(for: "web.example.org"))
    }

    @Test("a host that shows another key than it is known by has changed")
    func changed() throws {
        let verdict = try verdict("web.example.net \(Self.other)\n", "web.example.net")
        #expect(verdict == .changed(known: [try key(Self.other)]))
        #expect(
            try self.verdict("web.example.net \(Self.other)\nweb.example.net \(Self.key)", "web.example.net") == .known)
    }

    @Test("comments, blank lines, carriage returns and comments behind keys are taken as OpenSSH takes them")
    func lines() throws {
        let text = "# a comment\r\n\r\n  web.example.net\t\(Self.key) root@web\r\nbroken line\r\n"
        #expect(try verdict(text, "web.example.net") == .known)
        #expect(KnownHosts(text).unreadable == [4])
    }

    @Test("no bytes whatever make the reader fail")
    func noise() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("|1*?![]:,@ \t\n#AAAAC3NzaC1lZDI1NTE5=/+ssh-ed25519@revoked".utf8)
        for _ in 0..<2000 {
            let count = Int.random(in: 0...120, using: &generator)
            let text = String(decoding: (0..<count).map { _ in alphabet.randomElement() ?? 0 }, as: UTF8.self)
            _ = KnownHosts(text).types(of: "web.example.net")
        }
    }

    @Test("a fingerprint is as ssh-keygen shows it")
    func fingerprint() async throws {
        try await withTemporaryDirectory { directory in
            for type in ["ed25519", "ecdsa"] {
                let pair = try await SSHKeyPair.make(type, named: type, in: directory)
                #expect(try key(pair.line).fingerprint == pair.fingerprint)
            }
        }
    }

    @Test("a key shows only where its type was asked for, and RSA has three names")
    func types() throws {
        func key(_ type: String) throws -> HostKey {
            var writer = WireWriter()
            writer.write(type)
            return try #require(HostKey(blob: writer.bytes))
        }
        #expect(try key("ssh-ed25519").isOf(["rsa-sha2-512", "ssh-ed25519"]))
        #expect(try !key("ssh-ed25519").isOf(["rsa-sha2-512", "ecdsa-sha2-nistp256"]))
        #expect(try key("ssh-rsa").isOf(["rsa-sha2-256"]))
        #expect(try !key("rsa-sha2-256").isOf(["ssh-ed25519"]))
    }
}
