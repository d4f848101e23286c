import Automation
import Crypto
import Foundation
import PluginKit
import SwiftASN1
import TestPeers
import Testing
import X509

@testable import ACME

@Suite("tls-alpn-01 by our own listener")
struct TLSALPNTests {
    private func options(_ port: Int) -> Options {
        Options(["tlsALPN01": .group(Options(["listen": .list([.text("127.0.0.1:\(port)")])]))])
    }

    private func withBench(_ body: (ChallengeBench, Int) async throws -> Void) async throws {
        let bench = ChallengeBench()
        let port = try FreePort.next()
        do {
            try await body(bench, port)
            await bench.listeners.close()
        } catch {
            await bench.listeners.close()
            throw error
        }
    }

    /// What `openssl s_client` says.
    private func shake(_ port: Int, _ name: String?, alpn: String?, _ more: String...) async throws -> String {
        var arguments = ["s_client", "-connect", "127.0.0.1:\(port)", "-showcerts"] + more
        arguments += name.map { ["-servername", $0] } ?? ["-noservername"]
        if let alpn { arguments += ["-alpn", alpn] }
        return try await PeerProgram("sh", package: "dash").run(
            ["-c", "\(try OpenSSL.program.path()) \"$@\" </dev/null 2>&1 || true", "sh"] + arguments,
            in: FileManager.default.temporaryDirectory)
    }

    private func certificate(in output: String) throws -> X509.Certificate {
        let begin = "-----BEGIN CERTIFICATE-----"
        let end = "-----END CERTIFICATE-----"
        let start = try #require(output.range(of: begin), "\(output)")
        let stop = try #require(output.range(of: end))
        return try X509.Certificate(pemEncoded: String(output[start.lowerBound..<stop.upperBound]))
    }

    @Test(
        "the certificate for a name has this name alone and the digest, to clients of either version",
        arguments: [
            ("www.example.test", "www.example.test"), ("192.0.2.7", "7.2.0.192.in-addr.arpa"),
            (
                "2001:db8::7",
                "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
            ),
        ], ["-tls1_2", "-tls1_3"])
    func certificates(subject: (text: String, serverName: String), version: String) async throws {
        try await withBench { bench, port in
            let solver = try await bench.solver(options(port), .tlsALPN01, subject.text)
            let challenge = ChallengeBench.challenge(.tlsALPN01, subject.text)
            let handle = try await solver.present(challenge, bench.journal)
            #expect(bench.journal.handles == [handle])
            #expect(try await solver.propagated(challenge, handle))
            let output = try await shake(port, subject.serverName, alpn: "acme-tls/1", version)
            #expect(output.contains("ALPN protocol: acme-tls/1"))
            let certificate = try certificate(in: output)
            let names = try #require(try certificate.extensions.subjectAlternativeNames)
            let expected: GeneralName =
                switch try #require(Subject(subject.text)) {
                case .dns(let name): .dnsName(name)
                case .ip(let bytes): .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
                }
            #expect(Array(names) == [expected])
            let identifier = try #require(certificate.extensions[oid: [1, 3, 6, 1, 5, 5, 7, 1, 31]])
            let digest = Array(SHA256.hash(data: Data(challenge.keyAuthorization.utf8)))
            #expect(identifier.critical && Array(identifier.value) == [4, 32] + digest)
            #expect(certificate.publicKey.isValidSignature(certificate.signature, for: certificate))
            #expect(certificate.notValidBefore < Date() && certificate.notValidAfter > Date())
            try await solver.cleanUp(challenge, handle)
            #expect(Loopback(address: "127.0.0.1", port: port)?.accepts == false)
            try await solver.cleanUp(challenge, handle)
        }
    }

    @Test("other protocols and other names are refused without a certificate")
    func refusals() async throws {
        try await withBench { bench, port in
            let solver = try await bench.solver(options(port), .tlsALPN01, "www.example.test")
            let challenge = ChallengeBench.challenge(.tlsALPN01, "www.example.test")
            let handle = try await solver.present(challenge, bench.journal)
            let cases: [(String?, String?)] = [
                ("www.example.test", nil), ("www.example.test", "h2,http/1.1"), ("other.example.test", "acme-tls/1"),
                (nil, "acme-tls/1"),
            ]
            for (name, alpn) in cases {
                let output = try await shake(port, name, alpn: alpn)
                #expect(!output.contains("BEGIN CERTIFICATE"))
                #expect(
                    output.contains(alpn == "acme-tls/1" ? "unrecognized name" : "no application protocol"), "\(output)"
                )
            }
            #expect(try await shake(port, "WWW.example.TEST", alpn: "acme-tls/1").contains("BEGIN CERTIFICATE"))
            try await solver.cleanUp(challenge, handle)
        }
    }

    @Test("several names are proved by one listener, each by its own certificate")
    func shared() async throws {
        try await withBench { bench, port in
            let challenges = (0..<5).map { ChallengeBench.challenge(.tlsALPN01, "host\($0).example.test") }
            let solver = try await bench.solver(options(port), .tlsALPN01, "a.test")
            var handles: [Handle] = []
            for challenge in challenges { handles.append(try await solver.present(challenge, bench.journal)) }
            #expect(bench.listeners.tls.count == 1)
            for challenge in challenges {
                let certificate = try certificate(in: await shake(port, challenge.subject, alpn: "acme-tls/1"))
                #expect(
                    try Array(certificate.extensions.subjectAlternativeNames ?? .init()) == [
                        .dnsName(challenge.subject)
                    ])
            }
            for (challenge, handle) in zip(challenges, handles) { try await solver.cleanUp(challenge, handle) }
            #expect(bench.listeners.tls.count == 0)
        }
    }

    @Test(
        "what is no greeting is answered by an alert",
        arguments: ["GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}\0\u{1}\u{2}"])
    func noise(text: String) async throws {
        try await withBench { bench, port in
            let solver = try await bench.solver(options(port), .tlsALPN01, "www.example.test")
            let challenge = ChallengeBench.challenge(.tlsALPN01, "www.example.test")
            let handle = try await solver.present(challenge, bench.journal)
            let answer = try await PlainClient.ask(text, port: port)
            #expect(Array(answer.utf8) == [21, 3, 3, 0, 2, 2, 50])
            try await solver.cleanUp(challenge, handle)
        }
    }
}

@Suite("TLS greetings")
struct ClientHelloTests {
    /// A greeting with these extensions, in records of so many bytes.
    private static func hello(_ extensions: [UInt8], inRecordsOf size: Int = 1 << 14) -> [UInt8] {
        func sized(_ bytes: [UInt8], _ width: Int) -> [UInt8] {
            (0..<width).reversed().map { UInt8(bytes.count >> ($0 * 8) & 255) } + bytes
        }
        let body =
            [3, 3] + [UInt8](repeating: 7, count: 32) + sized([], 1) + sized([0x13, 1], 2) + sized([0], 1)
            + sized(extensions, 2)
        let message = [1] + sized(body, 3)
        return stride(from: 0, to: message.count, by: size).flatMap { start in
            [22, 3, 1] + sized(Array(message[start..<min(start + size, message.count)]), 2)
        }
    }

    private static let name: [UInt8] = [0, 0, 0, 9, 0, 7, 0, 0, 4] + Array("A.de".utf8)
    private static let protocols: [UInt8] = [0, 16, 0, 13, 0, 11, 10] + Array("acme-tls/1".utf8)

    @Test("name and protocols are found, whole or in pieces", arguments: [1, 7, 50, 1 << 14])
    func whole(size: Int) {
        let bytes = Self.hello(Self.name + [0, 99, 0, 1, 1] + Self.protocols, inRecordsOf: size)
        #expect(ClientHello(bytes) == .hello(serverName: "a.de", protocols: ["acme-tls/1"]))
        for length in 0..<bytes.count { #expect(ClientHello(Array(bytes.prefix(length))) == .incomplete) }
    }

    @Test("what is wrong inside is refused")
    func wrong() {
        for bytes in [
            Self.hello([0, 0, 0, 200, 1]), Self.hello([0, 16, 0, 3, 0, 1, 9]), Self.hello([0, 0, 0, 3, 0, 1, 1]),
            [23, 3, 1, 0, 1, 1], [22, 2, 0, 0, 1, 1], [22, 3, 1, 0, 0], [22, 3, 1, 0, 4, 1, 255, 255, 255],
            [22, 3, 1, 0, 4, 2, 0, 0, 1], [UInt8](repeating: 22, count: 20_000),
        ] {
            #expect(ClientHello(bytes) == .malformed)
        }
    }

    @Test("10,000 damaged greetings never trap")
    func random() {
        var generator = SeededBytes(seed: 8737)
        let valid = Self.hello(Self.name + Self.protocols, inRecordsOf: 40)
        for _ in 0..<10_000 {
            var bytes = valid
            for _ in 0...Int.random(in: 0...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = ClientHello(bytes)
            _ = ClientHello(generator.bytes(Int.random(in: 0...300, using: &generator)))
        }
    }
}
