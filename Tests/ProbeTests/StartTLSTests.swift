import Automation
import Foundation
import TestPeers
import Testing

@testable import Probe

@Suite("A probe speaks in plain text first, where the service wants it so", .timeLimit(.minutes(30)))
struct StartTLSTests {
    @Test("with a mail server by IMAP, POP3 and SMTP")
    func mail() async throws {
        try await withTemporaryDirectory { directory in
            let leaf = try await OpenSSL(in: directory).certificate("www.example.com", .ecdsa)
            try await Dovecot.withRunning(leaf, in: directory) { ports in
                try await expect(leaf, .imap, port: ports.imap)
                try await expect(leaf, .pop3, port: ports.pop3)
                try await expect(leaf, .smtp, port: ports.submission)
            }
        }
    }

    @Test("with PostgreSQL")
    func database() async throws {
        try await withTemporaryDirectory { directory in
            let leaf = try await OpenSSL(in: directory).certificate("www.example.com", .ecdsa)
            try await PostgreSQL.withRunning(leaf, in: directory) { port in
                try await expect(leaf, .postgresql, port: port)
            }
        }
    }

    @Test("with an LDAP server")
    func directoryService() async throws {
        try await withTemporaryDirectory { directory in
            let leaf = try await OpenSSL(in: directory).certificate("www.example.com", .ecdsa)
            try await Slapd.withRunning(leaf, in: directory) { port in
                try await expect(leaf, .ldap, port: port)
            }
        }
    }

    private func expect(_ leaf: OpenSSL.Certificate, _ kind: StartTLS, port: Int) async throws {
        try await withProbe { probe in
            let endpoint = Endpoint(
                host: "127.0.0.1", port: port, serverName: "www.example.com", keyType: .ecdsaP256, startTLS: kind)
            let presented = await probe.probe(endpoint)
            #expect(presented.map(\.answer) == [.chain(leaf.der)], "\(kind): \(presented.first?.words ?? "")")
        }
    }

    @Test("what servers say in answer is taken line by line, however it is cut")
    func pieces() {
        for piece in [1, 7, 1000] {
            expect(.smtp, piece, "220-mail\r\n220 ready\r\n", says: "EHLO localhost\r\n")
            var smtp = dialogue(.smtp, "220 mail.example ESMTP\r\n")
            #expect(
                smtp.take(Array("250-mail\r\n250-SIZE\r\n250-StartTLS\r\n250 HELP\r\n".utf8))
                    == .say(Array("STARTTLS\r\n".utf8)))
            #expect(smtp.take(Array("220 go ahead\r\n".utf8)) == .agreed)
            expect(.imap, piece, "* OK ready\r\n", says: "c1 STARTTLS\r\n")
            var imap = dialogue(.imap, "* OK ready\n")
            #expect(imap.take(Array("* CAPABILITY IMAP4rev1\r\nc1 OK begin\r\n".utf8)) == .agreed)
            expect(.pop3, piece, "+OK\r\n", says: "STLS\r\n")
        }
        var postgreSQL = PlainDialogue(.postgresql)
        #expect(postgreSQL.opening == [0, 0, 0, 8, 4, 210, 22, 47])
        #expect(postgreSQL.take([UInt8(ascii: "S")]) == .agreed)
        let answer: [UInt8] = [0x30, 0x84, 0, 0, 0, 12, 2, 1, 1, 0x78, 7, 10, 1, 0, 4, 0, 4, 0]
        for piece in 1...answer.count {
            var ldap = PlainDialogue(.ldap)
            var last = PlainDialogue.Step.more
            for start in stride(from: 0, to: answer.count, by: piece) where last == .more {
                last = ldap.take(answer[start..<min(start + piece, answer.count)])
            }
            #expect(last == .agreed)
        }
    }

    @Test(
        "a server that does not go on to TLS is told as such",
        arguments: [
            (StartTLS.smtp, "554 go away\r\n", "does not go on to TLS; it says \"554 go away\"."),
            (.smtp, "SSH-2.0-OpenSSH\r\n", "does not go on to TLS; it says \"SSH-2.0-OpenSSH\"."),
            (.imap, "* BYE busy\u{1B}[2J\r\n", "does not go on to TLS; it says \"* BYE busy?[2J\"."),
            (.imap, "* PREAUTH hello\r\n", "does not go on to TLS; it says \"* PREAUTH hello\"."),
            (.pop3, "-ERR no\r\n", "does not go on to TLS; it says \"-ERR no\"."),
            (.postgresql, "N", "does not offer TLS: is `ssl` on in its configuration?"),
            (.postgresql, "HTTP/1.1 400\r\n", "answers, but not as PostgreSQL does: is this the right port?"),
            (.postgresql, "Sx", "says more than it was asked for before TLS begins: somebody may be in between."),
            (.ldap, "HTTP/1.1 400\r\n", "answers, but not as LDAP does: is this the right port?"),
            (
                .ldap, "0\u{0C}\u{02}\u{01}\u{01}x\u{07}\u{0A}\u{01}4\u{04}\u{00}\u{04}\u{00}",
                "does not offer TLS; it answers with the result code 52."
            ),
            (.ldap, "0\u{02}\u{02}\u{05}", "answers, but not as LDAP does: is this the right port?"),
        ])
    func refusals(kind: StartTLS, said: String, words: String) {
        var dialogue = PlainDialogue(kind)
        #expect(dialogue.take(Array(said.utf8)) == .refused(words))
    }

    @Test("SMTP without STARTTLS, commands smuggled in behind the answer, and talk without end are refused")
    func smuggling() {
        var plain = dialogue(.smtp, "220 mail\r\n")
        #expect(plain.take(Array("250-mail\r\n250 SIZE\r\n".utf8)) == .refused("does not offer STARTTLS."))
        for kind in [StartTLS.imap, .pop3] {
            var injected = dialogue(kind, kind == .imap ? "* OK\r\n" : "+OK\r\n")
            let answer = kind == .imap ? "c1 OK\r\n* BYE\r\n" : "+OK\r\n+OK\r\n"
            guard case .refused(let words) = injected.take(Array(answer.utf8)) else {
                Issue.record("what was injected was taken")
                continue
            }
            #expect(words.contains("somebody may be in between"))
        }
        for kind in StartTLS.allCases {
            var endless = PlainDialogue(kind)
            var step = PlainDialogue.Step.more
            for _ in 0..<8000 where step == .more {
                step = endless.take(Array((kind == .smtp ? "220-still more\r\n" : "0\u{7F}\u{0}").utf8))
            }
            guard case .refused = step else {
                Issue.record("\(kind) listens for ever: \(step)")
                continue
            }
        }
    }

    @Test("a connection that ends before TLS is told as such")
    func ends() async throws {
        try await HostileServer.withRunning(.saysAndCloses([])) { server in
            try await withProbe { probe in
                let endpoint = Endpoint(
                    host: "127.0.0.1", port: server.port, serverName: nil, keyType: .ecdsaP256, startTLS: .ldap)
                #expect(
                    await probe.probe(endpoint).first?.words
                        == "127.0.0.1:\(server.port) closed the connection before TLS began.")
            }
        }
    }

    /// One that has heard this.
    private func dialogue(_ kind: StartTLS, _ said: String) -> PlainDialogue {
        var dialogue = PlainDialogue(kind)
        _ = dialogue.take(Array(said.utf8))
        return dialogue
    }

    private func expect(_ kind: StartTLS, _ piece: Int, _ said: String, says answer: String) {
        var dialogue = PlainDialogue(kind)
        var last = PlainDialogue.Step.more
        let bytes = Array(said.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) where last == .more {
            last = dialogue.take(bytes[start..<min(start + piece, bytes.count)])
        }
        #expect(last == .say(Array(answer.utf8)))
    }
}
