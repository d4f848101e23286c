import Foundation
import PluginKit
import Testing

@testable import Profiles

/// YAML text becomes nodes that know their places, or one problem that a person can act on.
@Suite struct YAMLReaderTests {
    private func read(_ text: String) throws -> OptionNode? { try YAMLReader.read(SourceFile(text, path: "a.yaml")) }

    private func problem(_ source: SourceFile) -> [OptionProblem] {
        do throws(OptionProblem) {
            _ = try YAMLReader.read(source)
            return []
        } catch {
            return [error]
        }
    }

    @Test("every key and value knows its line and column, counted in characters from 1")
    func positions() throws {
        let root = try #require(try read("ä: x\nlist:\n  - one\n  - {b: \"two\"}\n"))
        let list = try #require(root["list"])
        guard case .group(let entries) = root.value, case .list(let items) = list.value else {
            Issue.record("no group of a list: \(root)")
            return
        }
        #expect(entries.map(\.keyPosition) == [place(1, 1), place(2, 1)])
        #expect(root["ä"]?.position == place(1, 4))
        #expect(items.map(\.position) == [place(3, 5), place(4, 5)])
        #expect(items.last?["b"]?.position == place(4, 9))
        #expect(items.last?["b"]?.value == .scalar("two"))
    }

    private func place(_ line: Int, _ column: Int) -> SourcePosition {
        SourcePosition(file: "a.yaml", line: line, column: column)
    }

    @Test(
        "a value is the text that was written, whatever YAML would make of it",
        arguments: ["on", "0640", "1e3", "2027-03-09", "12:30", "yes", "0x1F", ".inf"])
    func textsStay(text: String) throws {
        #expect(try read("a: \(text)\n")?["a"]?.value == .scalar(text))
    }

    @Test("a value that is not there is empty, and quotes make a text of it", arguments: ["", "~", "null"])
    func nothing(text: String) throws {
        #expect(try read("a: \(text)\n")?["a"]?.value == .scalar(""))
        #expect(try read("a: \"\(text)\"\n")?["a"]?.value == .scalar(text))
    }

    @Test("a text without a document is nothing", arguments: ["", "\n\n", "# only a comment\n"])
    func noDocument(text: String) throws { #expect(try read(text) == nil) }

    @Test("lines may end as on Windows, and the file may begin with a byte order mark")
    func otherEditors() throws {
        let source = try SourceFile(bytes: Data("\u{FEFF}a: b\r\nc: d\r\n".utf8), path: "a.yaml")
        let root = try YAMLReader.read(source)
        #expect(root?["a"]?.position == place(1, 4))
        #expect(root?["c"]?.position == place(2, 4))
        #expect(root?["c"]?.value == .scalar("d"))
    }

    static let mistakes = [
        Mistake("a: 1\nb: 2\n▸a: 3\n", "`a` stands here again; line 1", "Keep one"),
        Mistake("x:\n  - {a: 1, b: 2, ▸a: 3}\n", "`a` stands here again", "Keep one"),
        Mistake("a: 1\nb: {a: 2}\n▸\"a\": 3\n", "`a` stands here again; line 1", "Keep one"),
        Mistake("a:\n▸\tb: c\n", "A tab", "spaces"),
        Mistake("a: b\n▸---\nc: d\n", "A second document", "file of its own"),
        Mistake("a: &x [1]\nb: ▸*x\n", "`*x` is an alias", "Write the value out"),
        Mistake("a: ▸&x [1]\n", "`&x` is an anchor", "Remove it"),
        Mistake("▸&x a: 1\n", "`&x` is an anchor", "Remove it"),
        Mistake("a: ▸*x\n", "means an alias", "in quotes: \"*x\""),
        Mistake("a: [▸*.example.com, b]\n", "means an alias", "in quotes: \"*.example.com\""),
        Mistake("a: {b: 1}\nc:\n  ▸<<: {b: 1}\n", "merge key", "Write the merged keys out"),
        Mistake("a: ▸!thing x\n", "is a tag", "Remove it"),
        Mistake("a: ▸!!binary aGk=\n", "is a tag", "Remove it"),
        Mistake("▸%YAML 1.2\n---\na: b\n", "directive", "Remove it"),
        Mistake("? ▸[a, b]\n: c\n", "A key must be a word", "in quotes"),
        Mistake("a: ▸@home\n", "`@` at the start", "in quotes: \"@home\""),
        Mistake("a: ▸`date`\n", "at the start of a text", "in quotes"),
        Mistake("a: ▸\"b\nc: d\n", "The quote that opens here", "Close it"),
        Mistake("a: \"▸\\q\"\n", "escape is not known", "single quotes"),
        Mistake("a: b▸: c\n", "A value can't begin here", "in quotes"),
        Mistake("a: b\n▸just words\nc: d\n", "no `key: value`", "colon"),
        Mistake("a:\n    b: c\n  ▸d: e\n", "does not line up", "Indent it like"),
        Mistake("a:\n  - b\n  ▸c: d\n", "does not line up", "Indent it like"),
        Mistake("a: [b, c\nd▸: e\n", "list that begins in line 1", "close the list with `]`"),
        Mistake("a: {b: c\nd▸: e}\n", "group that begins in line 1", "close the group with `}`"),
        Mistake("a: {b: c}▸}\n", "`}` closes nothing", "Remove it"),
        Mistake("a: [▸,]\n", "can't be read as YAML", "Check quotes, brackets"),
        Mistake("a: x▸\u{1B}[2J\n", "U+001B", "escape"),
        Mistake("a: b\nc: x▸\u{FEFF}\n", "U+FEFF", "Remove it"),
    ]

    @Test("what can't be read is named with its place and with what to write instead", arguments: mistakes)
    func mistake(_ mistake: Mistake) { mistake.expect(in: problem(mistake.source)) }

    @Test(
        "brackets or indentation without end are refused, not followed", arguments: ["[", "{a: ", "- ", "? ", "[a: "])
    func deep(opening: String) {
        let text = String(repeating: opening, count: 200_000 / opening.utf8.count)
        let problem = problem(SourceFile(text, path: "a.yaml")).first
        #expect(problem?.message.contains("nested too deeply") == true, "\(String(describing: problem))")

    }

    @Test("64 groups and lists within each other are read, and no more")
    func depth() {
        func nested(_ levels: Int) -> SourceFile {
            SourceFile(
                String(repeating: "[", count: levels) + String(repeating: "]", count: levels), path: "a.yaml")
        }
        #expect(problem(nested(64)).isEmpty)
        #expect(problem(nested(65)).first?.position == place(1, 65))
    }

    @Test("indentation that would lead the parser far down is refused before it starts")
    func indentation() {
        let lines = (0..<500).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        let problem = problem(SourceFile(lines, path: "a.yaml")).first
        #expect(problem?.position == place(130, 129))
        #expect(problem?.message.contains("nested too deeply") == true)
    }

    @Test("a few lines of aliases can't stand for billions of values, not even as keys")
    func bombs() {
        let anchors = (1...30).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
        let bombs = [
            "a0: &a0 [x]\n" + anchors, "a0: &a0 [x]\n" + anchors + "? *a30\n: y\n",
            "a0: &a0 {x: y}\n" + anchors + "b: {<<: *a30}\n", "- &a [*a]\n",
        ]
        for bomb in bombs {
            #expect(problem(SourceFile(bomb, path: "a.yaml")).first?.message.contains("alias") == true)
        }
    }

    @Test("text that only looks like anchors and aliases is read")
    func harmlessSigns() throws {
        let root = try read("a: \"R&D and *.example.com, *D\"\nb: x & y * z # *.b\n")
        #expect(root?["a"]?.value == .scalar("R&D and *.example.com, *D"))
        #expect(root?["b"]?.value == .scalar("x & y * z"))
    }
}
