import Foundation

/// One etcd with TLS, and its JSON gateway.
public enum Etcd {
    public static let program = PeerProgram("etcd", package: "etcd-server")

    /// Runs it beside `body`, which is handed the port for clients.
    public static func withRunning<Result: Sendable>(
        _ certificate: LoopbackCertificate, in directory: URL, isolation: isolated (any Actor)? = #isolation,
        _ body: (_ port: Int) async throws -> Result
    ) async throws -> Result {
        try await FreePort.start { port in
            let peers = "http://127.0.0.1:\(try FreePort.next())"
            let clients = "https://127.0.0.1:\(port)"
            let place = Loopback(address: "127.0.0.1", port: port)
            return try await program.serve(
                [
                    "--name", "one", "--data-dir", directory.appending(path: "etcd-\(port)").path,
                    "--listen-client-urls", clients, "--advertise-client-urls", clients, "--listen-peer-urls", peers,
                    "--initial-advertise-peer-urls", peers, "--initial-cluster", "one=\(peers)", "--cert-file",
                    certificate.chain.path, "--key-file", certificate.key.path,
                ], in: directory, until: { place?.accepts ?? false }
            ) {
                try await body(port)
            }
        }
    }
}
