import Curl
import Foundation
import PluginKit
import Testing

@testable import HTTPPublisher

@Suite("Whatever a server answers, nothing traps and nothing leaks")
struct HostileTextTests {
    /// Repeats: the same seed gives the same bytes.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    private static let samples = [
        #"{"a":[1,2.5e3,true,null,"x\u00e9\n"],"b":{"~/":"y"},"c":"-----BEGIN CERTIFICATE-----"}"#,
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "MIIBAAAA", "[[[[[[]]]]]]",
        "\u{30}\u{82}\u{01}",
    ].map { Array($0.utf8) }

    @Test("mutated answers are read or refused", arguments: 0..<8)
    func mutations(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let pointers = try ["", "/a/0", "/b/~0~1", "/c", "/a/99999999999999999999", "/a/-1"].map {
            AnswerSource.pointer(try #require(JSONPointer($0)), within: JSONPointer("/x"))
        }
        let sources = pointers + [.body, .header("X-One"), .cookie("a")]
        for _ in 0..<1500 {
            var bytes = Self.samples.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes.insert(.random(in: 0...255, using: &random), at: place)
                case 1 where place < bytes.count: bytes.remove(at: place)
                default: bytes.insert(contentsOf: Self.samples.randomElement(using: &random) ?? [], at: place)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let answer = HTTPResponse(
                status: 200, headers: [HTTPHeader("Set-Cookie", text), HTTPHeader("X-One", text)], body: Data(bytes))
            for source in sources {
                let value = source.value(in: answer)
                #expect(value?.utf8.allSatisfy { $0 >= 32 && $0 != 127 } ?? true)
                _ = FoundCertificates.read(source, in: answer)
            }
        }
    }

    @Test("no eight bytes of a secret come through, wherever a server puts pieces of it", arguments: 0..<8)
    func pieces(seed: UInt64) {
        var random = Seeded(state: seed)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=\n".utf8)
        for _ in 0..<200 {
            let secret = (0..<Int.random(in: 8...400, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? 65
            }
            var echo = Echo()
            echo.hide(secret)
            var body: [UInt8] = []
            for _ in 0..<4 {
                body += Array("<tag>".utf8)
                let start = Int.random(in: 0..<secret.count, using: &random)
                body += secret[start...].prefix(Int.random(in: 1...60, using: &random))
            }
            let shown = Array(echo.masked(String(decoding: body, as: UTF8.self)).utf8)
            for start in 0...(secret.count - 8) {
                let piece = Array(secret[start..<(start + 8)])
                #expect(shown.firstRange(of: piece) == nil)
            }
        }
    }

    @Test("a short secret is hidden whole, and what is harmless stays")
    func short() {
        var echo = Echo()
        echo.hide(Array("abc".utf8))
        #expect(echo.masked("xabcabcx ab c") == "x(secret)x ab c")
        #expect(echo.excerpt(Data("no such user".utf8)) == "no such user")
        #expect(Echo().excerpt(Data()).isEmpty)
    }
}
