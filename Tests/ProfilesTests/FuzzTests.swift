import Foundation
import PluginKit
import Testing

@testable import Profiles

/// Mutations of valid files: nothing traps, every problem has a place in its file, and it is told in good time. A trap
/// would end the whole test run.
@Suite struct FuzzTests {
    private static let texts = [Valid.publishing, Valid.issuing, Valid.flows, Valid.home]
    /// What YAML, templates and our formats give a meaning to.
    private static let fragments = [
        "\t", "\n", "  ", "- ", ": ", "? ", "[", "]", "{", "}", ",", "\"", "'", "#", "&a ", "*a", "!t ", "|", ">", "%",
        "@", "`", "---\n", "...\n", "<<: ", "{{", "}}", "\\", "\u{0}", "\u{FEFF}", "\u{85}", "\u{2028}", "é", "😀", "~",
        "null", "-1", "99999999999999999999", "all", "0s",
    ]

    private func mutate(_ text: String, _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let at = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 0...20, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.removeSubrange(at..<end)
            case 1: bytes.insert(contentsOf: bytes[at..<end], at: at)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
            case 3: bytes.removeSubrange(at...)
            case 4:
                let other = Array((Self.texts.randomElement(using: &random) ?? "").utf8)
                let from = Int.random(in: 0..<other.count, using: &random)
                bytes.insert(contentsOf: other[from..<min(other.count, from + 40)], at: at)
            default: bytes.insert(contentsOf: (Self.fragments.randomElement(using: &random) ?? "").utf8, at: at)
            }
        }
        return bytes
    }

    /// Reads the bytes as each format.
    private func problems(_ bytes: [UInt8]) -> [OptionProblem] {
        do throws(OptionProblem) {
            let source = try SourceFile(bytes: Data(bytes), path: "fuzz.yaml")
            let publishing = PublishingProfile.read(source, registry: Backends.registry)
            let issuing = IssuingProfile.read(source, registry: Backends.registry)
            #expect((publishing.profile == nil) == !publishing.problems.isEmpty)
            #expect((issuing.profile == nil) == !issuing.problems.isEmpty)
            return publishing.problems + issuing.problems
                + FlowsFile.parse([source], profiles: Valid.profiles).problems + HomeConfiguration.read(source).problems
        } catch {
            return [error]
        }
    }

    @Test("any mutation of a valid file is read or named with a place in it", arguments: 0..<40)
    func mutations(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<40 {
            let bytes = mutate(Self.texts.randomElement(using: &random) ?? "", &random)
            let lines = String(decoding: bytes, as: UTF8.self).unicodeScalars.filter {
                ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0)
            }.count
            for problem in problems(bytes) {
                #expect(!problem.message.isEmpty && !problem.remedy.isEmpty)
                #expect((1...lines + 2).contains(problem.position.line), "\(problem)")
                #expect(problem.position.column >= 1, "\(problem)")
            }
        }
    }

    @Test("bytes at random are read or refused")
    func noise() {
        var random = SeededGenerator(seed: 1)
        for length in 0..<300 {
            _ = problems((0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
            _ = problems(
                (0..<length).map { _ in
                    Array("ab:-[]{},\"' \n\t#&*!|>?%@".utf8).randomElement(using: &random) ?? 32
                })
        }
    }

    @Test(
        "1 MiB of anything takes seconds at most, even unoptimised",
        arguments: [
            "[", "[]", "{a: ", "- ", "? ", "a: b\n", "- a\n", "- &a x\n", "&a *a ", "%TAG ! x\n", "\"", "'", "{{", "}}",
            ":",
            "\n", "#", "a", "*", "&", "|\n", "!", "\\", "é",
        ])
    func large(unit: String) {
        let text = String(repeating: unit, count: SourceFile.limit / unit.utf8.count)
        let time = cost { _ = FlowsFile.parse(text, file: "fuzz.yaml") }
        #expect(time < 20, "\(time) s for \(unit)")
    }

    @Test(
        "a long file that makes sense, or has a mistake in every line, takes seconds at most, even unoptimised",
        arguments: [
            ("certificates:\n  - name: a\n    issuer: own\n    subjects:\n", "    - n#.example\n", false),
            ("certificates:\n  - name: a\n    issuer: own\n    subjects: [a]\n    labels:\n", "      l#: x\n", false),
            ("certificates:\n", "  - {name: n#, subjects: [n#.example], issuer: own}\n", false),
            ("certificates:\n  - flow:\n      publication:\n        profiles:\n", "        - p#\n", true),
            ("certificates:\n", "  - {flow: {window: {timeZone: Europe/B#}}}\n", true),
            ("certificates:\n  - name: a\n", "    k#: x\n", true), ("profile: p\n", "k#: x\n", true),
            ("profile: p\npublisher: blind\ntargets:\n", "  - {name: t#, x: y}\n", true),
            ("profile: p\npublisher: remote\ntargets:\n", "  - {name: t#, host: \"{{target.x}}\"}\n", true),
        ])
    func long(head: String, line: String, isWrong: Bool) {
        var text = head
        var count = 0
        while text.utf8.count < SourceFile.limit / 4 {
            text += line.replacing("#", with: String(count))
            count += 1
        }
        let source = SourceFile(text, path: "long.yaml")
        var problems: [OptionProblem] = []
        let time = cost {
            problems =
                head.hasPrefix("profile")
                ? PublishingProfile.read(source, registry: Backends.registry).problems
                : FlowsFile.parse([source], profiles: Valid.profiles).problems
        }
        #expect(isWrong ? problems.count >= count : problems.isEmpty, "\(problems.prefix(3))")
        #expect(time < 10, "\(time) s")
    }

    /// Depth times length is the worst that the parser can be asked for.
    @Test("a long list far down in brackets takes seconds at most, even unoptimised")
    func deepAndLong() {
        let text = String(repeating: "[", count: 990) + String(repeating: "a,", count: 500_000)
        let time = cost { _ = FlowsFile.parse(text, file: "fuzz.yaml") }
        #expect(time < 60, "\(time) s")
    }

    /// The processor time of this thread, so that what else runs does not count.
    private func cost(_ body: () -> Void) -> Double {
        func seconds() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = seconds()
        body()
        return seconds() - start
    }
}
