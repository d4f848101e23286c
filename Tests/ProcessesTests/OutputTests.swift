import Foundation
import PluginKit
import Processes
import Testing

@Suite("Output", .timeLimit(.minutes(30)))
struct OutputTests {
    private func output(_ script: String, limit: Int = 65_536, hiding: [Secret] = []) async throws -> String {
        try await Processes(outputLimit: limit).run(.script(script), redacting: hiding).output
    }

    @Test("that is too long keeps its beginning and its end, and says how much is missing")
    func cut() async throws {
        let said = try await output("seq 1 1000000")
        #expect(said.utf8.count <= 65_536 && said.utf8.count > 65_000)
        #expect(said.hasPrefix("1\n2\n3\n") && said.hasSuffix("\n999999\n1000000\n"))
        let line = try #require(said.firstMatch(of: /\n\[(\d+) of (\d+) bytes are cut out here\]\n/))
        let kept = said.utf8.count - line.output.0.utf8.count
        #expect(Int(line.output.2) == 6_888_896)
        #expect(Int(line.output.1) == 6_888_896 - kept)
    }

    @Test("at the limit is whole, one byte more is cut", arguments: [65_536, 65_537])
    func edge(count: Int) async throws {
        let said = try await output("head -c \(count) /dev/zero | tr '\\0' x")
        #expect(said.contains("cut out here") == (count > 65_536))
        #expect(said.utf8.count <= 65_536)
    }

    @Test("that is no UTF-8 is repaired, and stays within the limit though that makes it longer")
    func invalid() async throws {
        #expect(try await output(#"printf 'a\377\376b\303'"#) == "a\u{FFFD}\u{FFFD}b\u{FFFD}")
        let garbage = try await output("head -c 60000 /dev/zero | tr '\\0' '\\377'")
        #expect(garbage.utf8.count <= 65_536 && garbage.contains("\n[the middle is cut out here]\n"))
    }

    @Test("is cut between characters")
    func cutCharacters() async throws {
        for shift in 0..<4 {
            let said = try await output(
                "printf %0\(shift)d 0 | head -c \(shift); yes 😀 | tr -d '\\n' | head -c 4000", limit: 1000)
            #expect(!said.contains("\u{FFFD}"))
            #expect(said.contains("cut out here"))
        }
    }

    @Test("shows a word in place of each known secret")
    func secrets() async throws {
        let secrets = ["hunter2\n", "correct horse", "", " \n", "orse bat"].map(Secret.init(text:))
        let said = try await output("echo 'hunter2, xhunter2x; correct horse battery'; echo Hunter2", hiding: secrets)
        #expect(said == "(secret), x(secret)x; (secret)tery\nHunter2\n")
    }

    @Test("shows no line of a key in PEM form, however a program indents it")
    func pem() async throws {
        let lines = ["MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg", "QmFzZTY0QmFzZTY0QmFzZTY0", "c2hvcnQtb25l"]
        let key = Secret(
            text: "-----BEGIN PRIVATE KEY-----\n\(lines.joined(separator: "\n"))\n-----END PRIVATE KEY-----\n")
        let said = try await output(
            "for line in \(lines.joined(separator: " ")); do echo \"  > $line\"; done", hiding: [key])
        #expect(said == "  > (secret)\n  > (secret)\n  > (secret)\n")
    }

    @Test("shows no part of a secret that lies where the output is cut")
    func secretsAtTheCut() async throws {
        // Longer than the slack at the cut, and without a period that would make a part of one the end of another.
        let secret = (100..<136).map { String($0) }.joined()
        for shift in 0..<secret.utf8.count {
            let script = "printf '%0\(shift + 1)d' 0; yes \(secret) | tr -d '\\n' | head -c 32400; echo end"
            let said = try await output(script, limit: 1000, hiding: [Secret(text: secret)])
            let rest = said.replacing("(secret)", with: "").replacing(/\[.* cut out here\]/, with: "")
            #expect(rest.allSatisfy { $0 == "0" || $0 == "\n" || "end".contains($0) }, "\(shift): \(rest)")
            #expect(said.contains("cut out here") && said.hasSuffix("(secret)end\n"))
        }
    }
}
