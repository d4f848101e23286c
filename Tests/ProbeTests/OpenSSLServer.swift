import Foundation
import TestPeers

/// `openssl s_server`: one certificate, and whatever it is told about protocols.
enum OpenSSLServer {
    static func withRunning<Result: Sendable>(
        _ certificate: OpenSSL.Certificate, _ options: [String], in directory: URL,
        _ body: (_ port: Int) async throws -> Result
    ) async throws -> Result {
        try await FreePort.start { port in
            let arguments =
                ["s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificate.chain.path]
                + ["-key", certificate.key.path, "-quiet"] + options
            let place = Loopback(address: "127.0.0.1", port: port)
            return try await OpenSSL.program.serve(arguments, in: directory, until: { place?.accepts ?? false }) {
                try await body(port)
            }
        }
    }
}
