import PluginKit
import Testing

@testable import ACME

@Suite("DNS messages")
struct DNSMessageTests {
    private static func name(_ text: String) throws -> DNSName { try #require(DNSName(text)) }

    /// A head with these counts, and what follows.
    private static func message(_ counts: [UInt8], _ body: [UInt8]) -> [UInt8] {
        [0x12, 0x34, 0x84, 0x00] + counts.flatMap { [0, $0] } + body
    }

    @Test("what is written is read back")
    func roundTrip() throws {
        var message = DNSMessage.update(
            zone: try Self.name("Example.TEST."),
            [
                DNSRecord(
                    name: try Self.name("a.example.test"), type: DNSType.txt, recordClass: DNSClass.internet, ttl: 60,
                    content: .text(String(repeating: "x", count: 600))),
                DNSRecord(
                    name: try Self.name("b.example.test"), type: DNSType.a, recordClass: DNSClass.internet, ttl: 1,
                    content: .address([192, 0, 2, 1])),
                DNSRecord(
                    name: try Self.name("c.example.test"), type: DNSType.cname, recordClass: DNSClass.internet, ttl: 0,
                    content: .name(try Self.name("d.example.test"))),
            ], id: 7)
        message.additionals = [
            DNSRecord(name: .root, type: 41, recordClass: 1232, ttl: 0, content: .other([1, 2, 3]))
        ]
        let read = try DNSMessage(message.encoded())
        #expect(read == message)
        #expect(read.questions.first?.name.description == "example.test.")
    }

    @Test("compressed names are read, and compared without regard to case")
    func compression() throws {
        // WWW.example at 12; then a CNAME record of it to "b" + pointer to "example".
        let bytes = Self.message(
            [1, 1, 0, 0],
            [3, 87, 87, 87, 7] + Array("example".utf8) + [0, 0, 5, 0, 1]
                + [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, 98, 0xC0, 16])
        let message = try DNSMessage(bytes)
        let alias = try #require(message.records(DNSType.cname, of: Self.name("www.EXAMPLE")).first)
        #expect(alias.content == .name(try Self.name("b.example")))
    }

    @Test(
        "hostile names are refused",
        arguments: [
            [0xC0, 12, 0, 1, 0, 1],  // to itself
            [0xC0, 14, 0xC0, 12, 0, 1, 0, 1],  // to each other
            [0xC0, 40, 0, 1, 0, 1],  // forward
            [0xC0],  // half a pointer
            [0xFF, 0xFF, 0, 1, 0, 1],  // past the end
            [0x40, 1, 0, 0, 1, 0, 1],  // an unknown form
            [0x80, 1, 0, 0, 1, 0, 1],
            [5, 97, 98],  // a label past the end
            [63],
            [1, 97, 0xC0, 12, 0, 1, 0, 1],  // one that grows with every round
        ] as [[UInt8]])
    func hostileNames(body: [UInt8]) {
        #expect(throws: DNSProblem.self) { try DNSMessage(Self.message([1, 0, 0, 0], body)) }
    }

    @Test("a name of more than 255 bytes is refused, be it by pointers")
    func longName() throws {
        let label = [UInt8](repeating: 97, count: 63)
        #expect(DNSName(labels: [label, label, label, label]) == nil)
        #expect(DNSName(labels: [label, label, label]) != nil)
        #expect(DNSName("a..b") == nil && DNSName("") == nil && DNSName(".") == nil)
        #expect(DNSName(String(repeating: "a", count: 64)) == nil)
        // Each name is the one before it with one label more.
        var body: [UInt8] = [63] + label + [0, 0, 1, 0, 1]
        var start = 12
        for _ in 0..<4 {
            let next = 12 + body.count
            body += [63] + label + [0xC0 | UInt8(start >> 8), UInt8(start & 255), 0, 1, 0, 1]
            start = next
        }
        #expect(throws: DNSProblem.badName) { try DNSMessage(Self.message([5, 0, 0, 0], body)) }
    }

    @Test(
        "lengths past the end or beside the content are refused",
        arguments: [
            [0, 0, 16, 0, 1, 0, 0, 0, 0, 0xFF, 0xFF, 1, 97],  // data past the end
            [0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 2, 5, 97],  // a string past its record
            [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 3, 1, 2, 3],  // an address of three bytes
            [0, 0, 28, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4],
            [0, 0, 5, 0, 1, 0, 0, 0, 0, 0, 3, 1, 97, 0, 0],  // a name with something behind it
            [0, 0, 5, 0, 1, 0, 0, 0, 0, 0, 1, 1, 97, 0],  // a name longer than its record
            [0, 0, 16, 0, 1, 0, 0],  // it ends in the middle
        ] as [[UInt8]])
    func hostileLengths(body: [UInt8]) {
        #expect(throws: DNSProblem.self) { try DNSMessage(Self.message([0, 1, 0, 0], body)) }
    }

    @Test("counts of records that are not there are refused at once")
    func counts() {
        #expect(throws: DNSProblem.truncated) {
            try DNSMessage([0, 0, 0x80, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        }
        for length in 0..<12 {
            #expect(throws: DNSProblem.truncated) { try DNSMessage([UInt8](repeating: 0, count: length)) }
        }
    }

    @Test("pointers that hop through a whole message end")
    func hops() {
        // Each pointer leads to the one before it: legal one by one, thousands in a row.
        var body: [UInt8] = [0]
        while body.count < 16_000 {
            let target = body.count == 1 ? 12 : 12 + body.count - 2
            body += [0xC0 | UInt8(target >> 8), UInt8(target & 255)]
        }
        let bytes = Self.message([0, 0, 0, 0], body)
        var reader = DNSReader(bytes)
        #expect(throws: DNSProblem.badName) {
            _ = try reader.take(bytes.count - 2)
            return try reader.name()
        }
    }

    @Test("10,000 messages of random bytes, and as many of a valid one with errors, never trap")
    func random() throws {
        var generator = SeededBytes(seed: 8555)
        let noise = generator.bytes(1 << 20)
        var valid = DNSMessage.update(
            zone: try Self.name("example.test"),
            (0..<20).map {
                DNSRecord(
                    name: DNSName("host\($0).example.test") ?? .root, type: [1, 2, 5, 16, 28][$0 % 5],
                    recordClass: 1, ttl: 60,
                    content: [
                        .address([1, 2, 3, 4]), .name(.root), .name(.root), .text("value"),
                        .address([UInt8](repeating: 7, count: 16)),
                    ][$0 % 5])
            }, id: 1)
        valid.flags |= 0x8000
        let key = try #require(
            TSIGKey(name: DNSName("k") ?? .root, algorithm: .sha256, base64: Secret(text: "Y2VydGZsb3c=")))
        let encoded = try TSIG.sign(valid, with: key, at: 0).bytes
        var read = 0
        for round in 0..<10_000 {
            let length = round % 20 == 0 ? 65_535 : Int.random(in: 0...700, using: &generator)
            let start = Int.random(in: 0...noise.count - length, using: &generator)
            var bytes = Array(noise[start..<start + length])
            for index in [4, 6, 8, 10] where round % 2 == 0 && bytes.count > 12 { bytes[index] = 0 }
            if (try? DNSMessage(bytes)) != nil { read += 1 }

            var damaged = encoded
            for _ in 0...Int.random(in: 0...3, using: &generator) {
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            if round % 3 == 0 { damaged.removeLast(Int.random(in: 0...damaged.count, using: &generator)) }
            if (try? DNSMessage(damaged)) != nil { read += 1 }
            #expect((try? TSIG.verdict(on: damaged, request: [], key: key, at: 0)) != .proved)
            let record = DNSRecord(
                name: .root, type: DNSType.tsig, recordClass: DNSClass.any, ttl: 0, content: .other(bytes))
            if (try? TSIG(record)) != nil { read += 1 }
        }
        #expect(read > 0 && read < 20_000)
    }
}
