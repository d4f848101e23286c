import Foundation

/// Holds a served API against its OpenAPI description.
public enum Schemathesis {
    private static let environment = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".build/peers/schemathesis")
    public static let program = PeerProgram(
        "python3", in: environment.appending(path: "bin"), installation: "packaging/install-packages test")

    /// Sends requests made from the description, and checks that no answer is an error of the server, or other than
    /// described.
    /// - Returns: what it reported.
    /// - Throws: `PeerFailure` with its report where a check failed.
    @discardableResult
    public static func check(
        _ url: String, token: String, examples: Int, seed: Int = 1, in directory: URL
    ) async throws -> String {
        let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
        return try await program.run(
            [
                "-m", "schemathesis.cli", "run", url, "--header", "Authorization: Bearer \(token)", "--checks", checks,
                "--max-examples", String(examples), "--seed", String(seed), "--phases", "examples,coverage,fuzzing",
                "--suppress-health-check", "all", "--warnings", "off", "--no-color",
            ], in: directory)
    }
}
