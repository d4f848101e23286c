import Foundation

/// A real browser, driven by Playwright's Python.
public enum Chromium {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let program = PeerProgram(
        "python3", in: repository.appending(path: ".build/peers/playwright/bin"),
        installation: "packaging/install-packages test")

    /// Runs one of the scripts in Tests/ServerTests/Browser to its end, which has to be a good one.
    /// - Returns: what it said.
    public static func run(_ script: String, _ arguments: [String], in directory: URL) async throws -> String {
        let path = repository.appending(path: "Tests/ServerTests/Browser/\(script)").path
        return try await program.run(["-B", path] + arguments, in: directory)
    }
}
