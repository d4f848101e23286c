import Automation
import Foundation
import TestPeers
import Testing

@testable import Probe

@Suite("A probe survives hostile servers and says what is wrong", .timeLimit(.minutes(30)))
struct HostileTests {
    /// What is left of a message after the address: readable text, nothing of what the server sent.
    private var sentence: Regex<Substring> { /[a-z][A-Za-z0-9 .,:'()_]+[.?]/ }

    private func words(
        _ behaviour: HostileServer.Behaviour, deadline: Duration = .seconds(60)
    ) async throws -> String {
        try await HostileServer.withRunning(behaviour) { server in
            try await withProbe(deadline: deadline) { probe in
                let shown = await probe.ask(port: server.port)
                await server.waitForClosed(1)
                let words = try #require(shown.first?.words)
                #expect(shown.count == 1 && shown.first?.address == "127.0.0.1:\(server.port)")
                #expect(words.hasPrefix("127.0.0.1:\(server.port) "))
                return String(words.dropFirst("127.0.0.1:\(server.port) ".count))
            }
        }
    }

    private func expect(
        _ behaviour: HostileServer.Behaviour, deadline: Duration = .seconds(60), _ isRight: (String) -> Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let words = try await words(behaviour, deadline: deadline)
        #expect(isRight(words), "\(words) after \(behaviour)", sourceLocation: sourceLocation)
    }

    @Test("nothing listens")
    func refused() async throws {
        let port = try FreePort.next()
        try await withProbe { probe in
            #expect(
                await probe.ask(port: port).first?.words
                    == "127.0.0.1:\(port) refused the connection: nothing listens there, or a firewall rejects it.")
        }
    }

    @Test("it accepts and stays silent, or stops in the middle")
    func silent() async throws {
        let expected = "accepts connections, but did not finish the TLS handshake within 300 ms."
        let soon = Duration.milliseconds(300)
        try await expect(.silent, deadline: soon) { $0 == expected }
        let hello = TLSBytes.records(TLSBytes.serverHello)
        try await expect(.says(hello), deadline: soon) { $0 == expected }
        try await expect(.says(Array(hello.prefix(7))), deadline: soon) { $0 == expected }
    }

    @Test("it closes or resets after the greeting")
    func closes() async throws {
        let closed = "closed the connection during the TLS handshake."
        try await expect(.saysAndCloses([])) { $0 == closed }
        try await expect(.saysAndCloses(Array(TLSBytes.records(TLSBytes.serverHello).prefix(40)))) { $0 == closed }
        try await expect(.resets) { $0 == "reset the connection during the TLS handshake." }
    }

    @Test(
        "it answers in plain text",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n", "220 mail ESMTP\r\n", "+OK ready\r\n",
            "* OK IMAP4rev1\r\n",
        ])
    func plainText(text: String) async throws {
        try await expect(.says(Array(text.utf8))) { $0 == "answers, but not in TLS: is this the right port?" }
    }

    @Test("it sends each alert that there is")
    func alerts() async throws {
        for description in UInt8.min...UInt8.max {
            let words = try await words(.saysAndCloses(TLSBytes.alert(description)))
            switch description {
            case 40: #expect(words.contains("type of key"))
            case 70: #expect(words == "speaks neither TLS 1.2 nor TLS 1.3.")
            case 80: #expect(words == "ended the handshake with the alert internal error.")
            case 112: #expect(words.contains("does not know this server name"))
            default: #expect(words.wholeMatch(of: sentence) != nil)
            }
        }
    }

    @Test("it sends a record that is too large, or records without end")
    func records() async throws {
        let huge: [UInt8] = [22, 3, 3, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 0xFFFF)
        try await expect(.says(huge)) { $0.contains("can't be understood") }
        // Empty records, harmless alerts, and a message that promises 16 MB.
        try await expect(.repeats([22, 3, 3, 0, 0])) { $0.wholeMatch(of: sentence) != nil }
        try await expect(.repeats([21, 3, 3, 0, 2, 1, 90])) { $0.wholeMatch(of: sentence) != nil }
        try await expect(.repeats([22, 3, 3, 0, 5, 2, 0xFF, 0xFF, 0xFF, 0])) { $0.wholeMatch(of: sentence) != nil }
    }

    @Test("its chain is 1 MB long")
    func hugeChain() async throws {
        try await withTemporaryDirectory { directory in
            let leaf = try await OpenSSL(in: directory).certificate("www.example.com", .ecdsa).der
            let chain = Array(repeating: leaf, count: (1 << 20) / (leaf.first?.count ?? 1)).flatMap { $0 }
            let bytes = TLSBytes.records(TLSBytes.serverHello + TLSBytes.certificate(chain))
            try await expect(.says(bytes)) { $0 == "shows a certificate chain that is too large to be one." }
        }
    }

    @Test("it sends random bytes, with and without the look of TLS")
    func randomBytes() async throws {
        var random = SystemRandomNumberGenerator()
        for round in 0..<200 {
            var bytes = (0..<Int.random(in: 1...4_000)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if round % 2 == 0 { bytes = TLSBytes.records(bytes) }
            try await expect(.saysAndCloses(bytes)) { $0.wholeMatch(of: sentence) != nil }
        }
    }

    @Test("its answer is a true one with some bytes changed")
    func changedBytes() async throws {
        try await withTemporaryDirectory { directory in
            let openssl = OpenSSL(in: directory)
            let root = try await openssl.certificate("root", .ecdsa, isAuthority: true)
            let middle = try await openssl.certificate("middle", .ecdsa, isAuthority: true, signedBy: root)
            let chain = try await openssl.certificate("www.example.com", .ecdsa, signedBy: middle).der
            let truth = TLSBytes.serverHello + TLSBytes.certificate(chain)
            for round in 0..<300 {
                var bytes = truth
                for _ in 0..<(round % 4) { bytes[Int.random(in: bytes.indices)] = UInt8.random(in: 0...255) }
                // Without a key exchange no answer is a proof, not even the true one.
                try await expect(.saysAndCloses(TLSBytes.records(bytes))) { $0.wholeMatch(of: sentence) != nil }
            }
        }
    }
}
