import Foundation
import TestPeers
import Testing

@Suite("the demo of `make run`")
struct DemoTests {
    @Test("issues and publishes on a home of its own, stays, and goes on there at its second start")
    func demo() async throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let script = root.appending(path: "packaging/demo/run").path
        try await withTemporaryDirectory { directory in
            for _ in 1...2 {
                let socket = directory.appending(path: "demo/home/runner.sock").path
                try? FileManager.default.removeItem(atPath: socket)
                try await PeerProgram("bash", package: "bash").serve(
                    [script, try BuiltProgram.path()], in: directory,
                    until: { FileManager.default.fileExists(atPath: socket) && Self.isWatching(directory) }
                ) {
                    for name in ["www.demo.test", "intranet.demo.test"] {
                        let chain = directory.appending(path: "demo/published/\(name)/live/fullchain.pem")
                        let text = try String(contentsOf: chain, encoding: .utf8)
                        #expect(text.contains("BEGIN CERTIFICATE"))
                    }
                }
            }
            let status = try await BuiltProgram(home: directory.appending(path: "demo/home")).succeed("status")
            #expect(status.contains("version 1") && !status.contains("version 2"), "nothing is issued twice")
        }
    }

    /// Whether the runner that stays has taken the home: `run` before it has ended by then.
    private static func isWatching(_ directory: URL) -> Bool {
        let lock = directory.appending(path: "demo/home/runner.lock")
        return (try? String(contentsOf: lock, encoding: .utf8))?.contains("--watch") == true
    }
}
