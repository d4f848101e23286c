import Foundation

/// An imitation of AWS.
public enum Moto {
    private static let environment = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".build/peers/moto")
    public static let program = PeerProgram(
        "python3", in: environment.appending(path: "bin"), installation: "packaging/install-packages test")

    /// Runs it beside `body`, which is handed the port.
    public static func withRunning<Result: Sendable>(
        _ certificate: LoopbackCertificate, in directory: URL, isolation: isolated (any Actor)? = #isolation,
        _ body: (_ port: Int) async throws -> Result
    ) async throws -> Result {
        try await FreePort.start { port in
            let place = Loopback(address: "127.0.0.1", port: port)
            return try await program.serve(
                [
                    "-B", "-m", "moto.server", "-H", "127.0.0.1", "-p", String(port), "-c", certificate.chain.path,
                    "-k",
                    certificate.key.path,
                ], in: directory, until: { place?.accepts ?? false }
            ) {
                try await body(port)
            }
        }
    }
}
