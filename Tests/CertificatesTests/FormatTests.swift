import Foundation
import PluginKit
import Testing

@testable import Certificates

@Suite struct FormatTests {
    @Test("base64 of any length is that of Foundation, and comes back")
    func base64() throws {
        var generator = SeededGenerator(seed: 1)
        for length in 0..<200 {
            let bytes = generator.bytes(length)
            var text: [UInt8] = []
            Base64.encode(bytes, lineLength: 64, into: &text)
            let options: Data.Base64EncodingOptions = [.lineLength64Characters, .endLineWithLineFeed]
            let expected = Data(bytes).base64EncodedString(options: options)
            #expect(String(decoding: text, as: UTF8.self) == (length == 0 ? "" : expected + "\n"))
            #expect(decode(text) == bytes)
        }
    }

    @Test(
        "text that is not base64 is refused",
        arguments: ["A", "AA", "AAA", "AA=", "A===", "AAAA=", "AA==AA", "AA=A", "A*AA", "AAA\u{e9}", "=", "AAAA===="])
    func refusesBase64(text: String) { #expect(decode(Array(text.utf8)) == nil) }

    private func decode(_ text: [UInt8]) -> [UInt8]? {
        text.withUnsafeBytes { Base64.decode($0) }
    }

    @Test("PEM blocks are found between other text, with CRLF, headers and blanks")
    func findsBlocks() throws {
        let text = """
            Bag Attributes: friendlyName: x
            -----BEGIN CERTIFICATE-----
            AQID
            BAU=
            -----END CERTIFICATE-----
            between\r
            -----BEGIN RSA PRIVATE KEY-----\r
            Proc-Type: 4,ENCRYPTED\r
            DEK-Info: AES-256-CBC,00\r
            \r
             CQ== \r
            -----END RSA PRIVATE KEY-----\r
            -----BEGIN X-----
            -----END X-----
            """.replacingOccurrences(of: "BEGIN X-", with: "BEGIN EMPTY-").replacingOccurrences(
                of: "END X-", with: "END EMPTY-")
        let blocks = try PEM.blocks(in: Data(text.utf8))
        #expect(blocks.map(\.label) == ["CERTIFICATE", "RSA PRIVATE KEY", "EMPTY"])
        #expect(blocks.map(\.isEncrypted) == [false, true, false])
        #expect(blocks.map { $0.content.withBytes { Array($0) } } == [[1, 2, 3, 4, 5], [9], []])
    }

    @Test(
        "a block may stand in one line, or begin in the line of its label",
        arguments: [
            "-----BEGIN X-----AQID-----END X-----", "-----BEGIN X-----AQ\nID\n-----END X-----",
            "-----BEGIN X-----  \r\nAQID\r\n-----END X-----", "-----BEGIN X-----\nA: b\nAQID\n-----END X-----",
            "-----BEGIN X-----\nA: b\nC: d\n\nAQID\n-----END X-----",
        ])
    func findsTightBlocks(text: String) throws {
        let blocks = try PEM.blocks(in: Data(text.utf8))
        #expect(blocks.map { $0.content.withBytes { Array($0) } } == [[1, 2, 3]])
    }

    @Test(
        "a cut or damaged block is a failure, not half a block",
        arguments: [
            "-----BEGIN CERTIFICATE-----\nAQID", "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE",
            "-----BEGIN CERTIFICATE-----\nAQID\n-----END KEY-----", "-----BEGIN CERTIFICATE", "-----BEGIN ",
            "-----BEGIN cert-----\nAQID\n-----END cert-----",
            "-----BEGIN CERTIFICATE-----\nAQI\n-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\nA\u{0}ID\n-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\nAQID\n-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----",
        ])
    func refusesDamage(text: String) {
        expect(.inputDamaged) { () throws(CertificateFailure) in try PEM.blocks(in: Data(text.utf8)) }
    }

    @Test("more blocks than the limit are refused")
    func refusesManyBlocks() throws {
        let block = PEM.encode("X", [1])
        let most = Data((0..<InputLimits.blocks).flatMap { _ in block })
        #expect(try PEM.blocks(in: most).count == InputLimits.blocks)
        expect(.inputTooMany) { () throws(CertificateFailure) in try PEM.blocks(in: most + block) }
    }

    @Test("the outline of DER is accepted when its lengths fit into each other")
    func outline() {
        let good: [[UInt8]] = [
            [0x05, 0x00], [0x30, 0x03, 0x02, 0x01, 0x00], [0x04, 0x81, 0x80] + [UInt8](repeating: 7, count: 128),
        ]
        for bytes in good { #expect(DEROutline.accepts(bytes, elements: 10)) }
        let bad: [[UInt8]] = [
            [], [0x30], [0x30, 0x80, 0x00, 0x00], [0x30, 0x05, 0x02, 0x01, 0x00], [0x05, 0x00, 0x05, 0x00],
            [0x30, 0x03, 0x02, 0x05, 0x00], [0x30, 0x84, 0, 0, 0, 1, 0], [0x1F], [0x1F, 0x81],
            [0x1F, 0x81, 0x81, 0x01, 0x00],
            [0x30, 0x02, 0x04, 0x83], [0x04, 0x83, 0xFF, 0xFF, 0xFF],
        ]
        for bytes in bad { #expect(!DEROutline.accepts(bytes, elements: 10), "\(bytes)") }
    }

    @Test("elements and depth are counted")
    func outlineLimits() {
        let three: [UInt8] = [0x30, 0x04, 0x05, 0x00, 0x05, 0x00]
        #expect(DEROutline.accepts(three, elements: 3))
        #expect(!DEROutline.accepts(three, elements: 2))
        let nested: [UInt8] = [0x30, 0x04, 0x30, 0x02, 0x30, 0x00]
        #expect(DEROutline.accepts(nested, elements: 9, depth: 4))
        #expect(!DEROutline.accepts(nested, elements: 9, depth: 3))
    }

    @Test("several elements in a row are split, up to the limit")
    func splits() {
        let bytes: [UInt8] = [0x05, 0x00, 0x02, 0x01, 0x07, 0x30, 0x00]
        #expect(DEROutline.split(bytes, limit: 3)?.map { Array($0) } == [[5, 0], [2, 1, 7], [0x30, 0]])
        #expect(DEROutline.split(bytes, limit: 2) == nil)
        #expect(DEROutline.split(bytes.dropLast(), limit: 3) == nil)
        #expect(DEROutline.split([UInt8](), limit: 3)?.isEmpty == true)
    }
}
