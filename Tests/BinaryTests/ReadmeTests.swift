import Foundation
import Subprocess
import TestPeers
import Testing

@Suite("the README")
struct ReadmeTests {
    @Test("its commands run as written, one after the other, in an empty directory")
    func commands() async throws {
        let blocks = try Self.blocks("sh")
        #expect(blocks.count > 5)
        let program = URL(fileURLWithPath: try BuiltProgram.path()).deletingLastPathComponent().path
        try await withTemporaryDirectory { directory in
            let script = "set -euo pipefail\n" + blocks.joined(separator: "\n")
            let outcome = try await Subprocess.run(
                .path("/bin/bash"), arguments: ["-x", "-c", script],
                environment: .inherit.updating(["PATH": "\(program):/usr/sbin:/usr/bin:/sbin:/bin"]),
                workingDirectory: .init(directory.path), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20)
            )
            let tail = "\(outcome.standardOutput)\n\(outcome.standardError)".suffix(4000)
            #expect(outcome.terminationStatus.isSuccess, "\(tail)")
        }
    }

    /// The fenced blocks in one language.
    private static func blocks(_ language: String) throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        return text.split(separator: "```").enumerated().compactMap { index, part in
            guard !index.isMultiple(of: 2), part.hasPrefix("\(language)\n") else { return nil }
            return String(part.dropFirst(language.count + 1))
        }
    }
}
