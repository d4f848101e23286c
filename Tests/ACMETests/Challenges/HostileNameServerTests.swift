import Foundation
import PluginKit
import Synchronization
import Testing

@testable import ACME

@Suite("name servers that do not keep to the rules")
struct HostileNameServerTests {
    private static let secret = "Y2VydGZsb3cgdGVzdCBrZXk="

    private func options(_ server: ScriptedNameServer, key: String = secret) -> Options {
        let group: [String: Options.Value] = [
            "server": .text(server.place), "resolver": .text(server.place), "keyName": .text("acme-key"),
            "key": .secret(Secret(text: key)),
        ]
        return Options(["dns01": .list([.group(Options(group))])])
    }

    /// What a proper primary says to a query: the zone is example.test, and there are no aliases.
    private static func proper(_ request: DNSMessage) -> DNSMessage {
        var answer = request
        answer.flags = 0x8400
        guard let zone = DNSName("example.test"), let question = request.questions.first else { return answer }
        let soa = DNSRecord(
            name: zone, type: DNSType.soa, recordClass: DNSClass.internet, ttl: 5, content: .other([]))
        if question.type == DNSType.soa, question.name == zone {
            answer.answers = [soa]
        } else {
            answer.authorities = [soa]
        }
        return answer
    }

    /// Presents against a server that answers queries properly, and updates by `update`.
    private func present(
        key: String = secret, _ update: @escaping @Sendable (_ request: DNSMessage) throws -> [UInt8]?,
        _ check: (ChallengeBench, any ChallengeSolver, Challenge) async -> Void
    ) async throws {
        try await ScriptedNameServer.withRunning { bytes, _ in
            guard let request = try? DNSMessage(bytes) else { return nil }
            if request.opcode == DNSMessage.Opcode.update { return try? update(request) }
            return try? Self.proper(request).encoded()
        } _: { server in
            let bench = ChallengeBench()
            let solver = try await bench.solver(options(server), .dns01, "www.example.test")
            await check(bench, solver, ChallengeBench.challenge(.dns01, "www.example.test"))
            await bench.listeners.close()
        }
    }

    private static func reply(_ request: DNSMessage, _ code: UInt16 = 0) -> DNSMessage {
        DNSMessage(id: request.id, flags: 0xA800 | code, questions: request.questions)
    }

    private static func key(_ base64: String = secret) throws -> TSIGKey {
        try #require(
            TSIGKey(name: DNSName("acme-key") ?? .root, algorithm: .sha256, base64: Secret(text: base64)))
    }

    private static var now: UInt64 { UInt64(Date().timeIntervalSince1970) }

    @Test("a yes that is not signed counts for nothing")
    func unsigned() async throws {
        try await present {
            try Self.reply($0).encoded()
        } _: { bench, solver, challenge in
            await ChallengeBench.expect(.auth, "acme.dns-answer-unproved") {
                try await solver.present(challenge, bench.journal)
            }
        }
    }

    @Test(
        "a yes that is signed by another key, or for no request of ours, counts for nothing", arguments: [true, false])
    func wronglySigned(isOtherKey: Bool) async throws {
        try await present { request in
            // Without our request's code under the signature, it could be one that was overheard earlier.
            let key = try Self.key(isOtherKey ? "b3RoZXI=" : Self.secret)
            return try TSIG.sign(Self.reply(request), with: key, at: Self.now).bytes
        } _: { bench, solver, challenge in
            await ChallengeBench.expect(.auth, "acme.dns-answer-unproved") {
                try await solver.present(challenge, bench.journal)
            }
        }
    }

    @Test(
        "each refusal has its class",
        arguments: [
            (1, .configuration, "acme.dns-no-updates"), (2, .transient, "acme.dns-failed"),
            (4, .configuration, "acme.dns-no-updates"), (5, .auth, "acme.dns-refused"),
            (9, .configuration, "acme.dns-not-served"), (10, .configuration, "acme.dns-not-served"),
            (15, .transient, "acme.dns-failed"),
        ] as [(UInt16, FailureClass, String)])
    func refusals(code: UInt16, kind: FailureClass, name: String) async throws {
        try await present {
            try Self.reply($0, code).encoded()
        } _: { bench, solver, challenge in
            await ChallengeBench.expect(kind, name) { try await solver.present(challenge, bench.journal) }
        }
    }

    @Test("noise, other messages and silence in place of an answer are told apart from a refusal")
    func noise() async throws {
        let answers: [(String, @Sendable (DNSMessage) throws -> [UInt8]?)] = [
            ("acme.dns-bad-answer", { _ in [] }), ("acme.dns-bad-answer", { _ in [1, 2, 3] }),
            ("acme.dns-bad-answer", { try $0.encoded() }),
            (
                "acme.dns-bad-answer",
                { request in
                    var other = Self.reply(request)
                    other.id &+= 1
                    return try other.encoded()
                }
            ), ("acme.dns-no-answer", { _ in nil }),
        ]
        for (code, answer) in answers {
            try await present(answer) { bench, solver, challenge in
                await ChallengeBench.expect(.transient, code) { try await solver.present(challenge, bench.journal) }
            }
        }
    }

    @Test("an answer that was cut off by UDP is asked for again by TCP")
    func truncated() async throws {
        let counts = Mutex((datagrams: 0, streams: 0))
        let name = try #require(DNSName("a.example.test"))
        try await ScriptedNameServer.withRunning { bytes, isDatagram in
            guard var answer = try? DNSMessage(bytes) else { return nil }
            counts.withLock { if isDatagram { $0.datagrams += 1 } else { $0.streams += 1 } }
            answer.flags = isDatagram ? 0x8600 : 0x8400
            answer.answers = [
                DNSRecord(
                    name: name, type: DNSType.txt, recordClass: DNSClass.internet, ttl: 1, content: .text("value"))
            ]
            return (try? answer.encoded()).map { isDatagram ? Array($0.dropLast(5)) : $0 }
        } _: { server in
            let loop = SharedLoop()
            let client = DNSClient(loop: loop, entropy: ChallengeBench.entropy, patience: .seconds(20))
            let answer = try await client.ask(
                DNSQuestion(name: name, type: DNSType.txt), of: try #require(HostPort(server.place)), recursive: false)
            #expect(answer.records(DNSType.txt, of: name).map(\.content) == [.text("value")])
            #expect(counts.withLock { $0 == (1, 1) })
            await loop.close()
        }
    }

    @Test("a server that never answers is given up, and is named")
    func silence() async throws {
        try await ScriptedNameServer.withRunning { _, _ in
            nil
        } _: { server in
            let bench = ChallengeBench(answerTime: .milliseconds(20))
            let solver = try await bench.solver(options(server), .dns01, "www.example.test")
            let failure = await ChallengeBench.expect(.transient, "acme.dns-no-answer") {
                try await solver.present(ChallengeBench.challenge(.dns01, "www.example.test"), bench.journal)
            }
            #expect(failure?.message.contains(server.place) == true)
            await bench.listeners.close()
        }
    }

    @Test("a cancelled order gives up a silent server, and says nothing else of it")
    func cancelled() async throws {
        try await ScriptedNameServer.withRunning { _, _ in
            nil
        } _: { server in
            let bench = ChallengeBench()
            let solver = try await bench.solver(options(server), .dns01, "www.example.test")
            await #expect(throws: CancellationError.self) {
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask {
                        _ = try await solver.present(
                            ChallengeBench.challenge(.dns01, "www.example.test"), bench.journal)
                    }
                    tasks.cancelAll()
                    try await tasks.waitForAll()
                }
            }
            await bench.listeners.close()
        }
    }
}

@Suite("TSIG")
struct TSIGTests {
    @Test("the signature of a known message is what another implementation computes")
    func vector() throws {
        let key = try #require(
            TSIGKey(
                name: DNSName("Acme-Key.") ?? .root, algorithm: .sha256,
                base64: Secret(text: "Y2VydGZsb3cgdGVzdCBrZXk=")))
        let message = DNSMessage.update(
            zone: try #require(DNSName("example.test")),
            [
                DNSRecord(
                    name: try #require(DNSName("_acme-challenge.example.test")), type: DNSType.txt,
                    recordClass: DNSClass.internet, ttl: 60, content: .text("value"))
            ], id: 0x1234)
        let signed = try TSIG.sign(message, with: key, at: 1_800_000_000)
        #expect(
            signed.code.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
                == "12ae137498f96c0b3741998a24cb6e2b8c6c5835c906ab848d4976a1d6c4f41c")
    }

    @Test("a signed answer is proved, and one changed bit anywhere in it is noticed")
    func changed() throws {
        let key = try #require(
            TSIGKey(name: DNSName("k") ?? .root, algorithm: .sha256, base64: Secret(text: "Y2VydGZsb3c=")))
        let request: [UInt8] = [1, 2, 3]
        let answer = DNSMessage(id: 1, flags: 0xA800, questions: [.init(name: try #require(DNSName("a.b")), type: 6)])
        let bytes = try TSIG.sign(answer, with: key, at: 1000, answering: request).bytes
        #expect(try TSIG.verdict(on: bytes, request: request, key: key, at: 1300) == .proved)
        #expect(try TSIG.verdict(on: bytes, request: request, key: key, at: 1301) == .unproved)
        #expect(try TSIG.verdict(on: bytes, request: [1, 2], key: key, at: 1000) == .unproved)
        // The first two bytes are the number, which is compared by itself: forwarders may change it (RFC 8945, 5.3).
        for index in bytes.indices.dropFirst(2) {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                let verdict = try? TSIG.verdict(on: damaged, request: request, key: key, at: 1000)
                guard verdict == .proved else { continue }
                // The case of letters in the names of key and algorithm means nothing.
                let signatures = try [damaged, bytes].map { try TSIG(#require(DNSMessage($0).additionals.last)) }
                #expect(bit == 5 && signatures[0] == signatures[1], "byte \(index), bit \(bit)")
            }
        }
    }
}
