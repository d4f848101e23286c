import Foundation
import PluginKit
import TestPeers
import Testing

@testable import Profiles

/// Files of operators: what keeps one from being read is named, and nothing blocks.
@Suite struct SourceFileTests {
    private func problem(_ read: () throws(OptionProblem) -> SourceFile) -> OptionProblem? {
        do throws(OptionProblem) {
            _ = try read()
            return nil
        } catch {
            return error
        }
    }

    @Test("bytes that are no UTF-8 are named with the place of the first")
    func notUTF8() {
        let bytes = Data("a: b\nc: ä".utf8) + [0xE4, 0x0A]
        let problem = problem { () throws(OptionProblem) in try SourceFile(bytes: bytes, path: "a.yaml") }
        #expect(problem?.position == SourcePosition(file: "a.yaml", line: 2, column: 5))
        #expect(problem?.message.contains("not UTF-8") == true)
        #expect(problem?.remedy.contains("encoding UTF-8") == true)
    }

    @Test("1 MiB is read, and one byte more is not")
    func size() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "a.yaml").path
            let most = Data(repeating: UInt8(ascii: "#"), count: SourceFile.limit)
            try most.write(to: URL(fileURLWithPath: path))
            #expect(try SourceFile(reading: path).text.utf8.count == SourceFile.limit)
            try (most + [0x0A]).write(to: URL(fileURLWithPath: path))
            let problem = problem { () throws(OptionProblem) in try SourceFile(reading: path) }
            #expect(problem?.message.contains("larger than 1 MiB") == true)
            #expect(problem?.remedy.contains("Split it") == true)
        }
        let text = String(repeating: "#", count: SourceFile.limit + 1)
        #expect(throws: OptionProblem.self) { try YAMLReader.read(SourceFile(text, path: "a.yaml")) }
    }

    @Test("a file that is missing, a directory and a pipe that nobody writes are problems, at once")
    func notReadable() async throws {
        try await withTemporaryDirectory { directory in
            let missing = problem { () throws(OptionProblem) in try SourceFile(reading: directory.path + "/none.yaml") }
            #expect(missing?.message.contains("No such file") == true)
            #expect(missing?.position.file == directory.path + "/none.yaml")
            let folder = problem { () throws(OptionProblem) in try SourceFile(reading: directory.path) }
            #expect(folder?.message.contains("not a regular file") == true)
            let pipe = directory.path + "/pipe.yaml"
            #expect(mkfifo(pipe, 0o600) == 0)
            let blocked = problem { () throws(OptionProblem) in try SourceFile(reading: pipe) }
            #expect(blocked?.message.contains("not a regular file") == true)
        }
    }
}
