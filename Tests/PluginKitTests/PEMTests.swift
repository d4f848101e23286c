import Foundation
import PluginKit
import Testing

@Suite("Certificates in files")
struct PEMTests {
    private func pem(_ words: String, label: String = "CERTIFICATE") -> String {
        "-----BEGIN \(label)-----\n\(Data(words.utf8).base64EncodedString())\n-----END \(label)-----\n"
    }

    private func certificates(_ content: Artifact.Content, _ text: String) -> [String]? {
        content.certificates(in: Secret(text: text))?.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("are found in their order, among keys and words, with any line ends")
    func found() {
        let text = "a comment\n" + pem("key", label: "PRIVATE KEY") + pem("leaf") + "\n" + pem("above")
        #expect(certificates(.bundle, text) == ["leaf", "above"])
        #expect(certificates(.fullchain, text.replacingOccurrences(of: "\n", with: "\r\n")) == ["leaf", "above"])
        #expect(certificates(.certificate, text.replacingOccurrences(of: "\n", with: " \t\n")) == ["leaf", "above"])
    }

    @Test(
        "that are cut short or malformed are none",
        arguments: [
            "", "words", "-----BEGIN CERTIFICATE-----\nbGVhZg==\n",
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----", "-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nbGVhZg==\n-----END CERTIFICATE-----",
        ])
    func malformed(text: String) {
        #expect(certificates(.fullchain, text) == nil)
    }

    @Test("in DER are one whole sequence")
    func der() {
        func isOne(_ bytes: [UInt8]) -> Bool { Artifact.Content.der.certificates(in: Secret(bytes)) != nil }
        #expect(isOne([0x30, 0x01, 0x00]))
        #expect(isOne([0x30, 0x81, 0x80] + [UInt8](repeating: 0, count: 128)))
        #expect(isOne([0x30, 0x82, 0x01, 0x00] + [UInt8](repeating: 0, count: 256)))
        for bytes: [UInt8] in [[], [0x30], [0x31, 0x00], [0x30, 0x02, 0x00], [0x30, 0x00, 0x00], [0x30, 0x80]] {
            #expect(!isOne(bytes))
        }
        #expect(!isOne([0x30, 0x88] + [UInt8](repeating: 0xff, count: 8)))
    }

    @Test("are not looked for where none are shown", arguments: [Artifact.Content.pkcs12, .privateKey, .chain])
    func none(content: Artifact.Content) {
        #expect(certificates(content, pem("leaf")) == nil)
    }

    @Test("a mebibyte of junk is passed over quickly")
    func junk() {
        let text = String(repeating: "-----BEGIN CERTIFICATE ----\n", count: 40_000)
        let elapsed = ContinuousClock().measure { #expect(certificates(.fullchain, text) == nil) }
        #expect(elapsed < .seconds(10))
    }
}
