import Foundation

extension Nginx {
    /// Runs one HTTPS server on 127.0.0.1 beside `body`, which is handed the port.
    ///
    /// - Parameters:
    ///   - directives: what its server block says besides where it listens and what it shows; `{port}` stands for the port.
    ///   - hasHTTP2: offers HTTP/2 beside HTTP/1.1.
    public static func withServer<Result: Sendable>(
        _ directives: String, _ certificate: OpenSSL.Certificate, hasHTTP2: Bool, in directory: URL,
        isolation: isolated (any Actor)? = #isolation, _ body: (_ port: Int) async throws -> Result
    ) async throws -> Result {
        try await FreePort.start { port in
            let configuration = directory.appending(path: "nginx-\(port).conf")
            let text = """
                daemon off; master_process off; pid \(directory.path)/nginx-\(port).pid;
                events { worker_connections 1024; }
                http { access_log off; \(temporaryPaths(directory).joined(separator: "\n"))
                server { listen 127.0.0.1:\(port) ssl\(hasHTTP2 ? " http2" : "");
                ssl_certificate \(certificate.chain.path); ssl_certificate_key \(certificate.key.path);
                \(directives.replacing("{port}", with: String(port))) } }
                """
            try text.write(to: configuration, atomically: true, encoding: .utf8)
            let arguments = ["-e", "stderr", "-p", directory.path, "-c", configuration.path]
            let place = Loopback(address: "127.0.0.1", port: port)
            return try await program.serve(arguments, in: directory, until: { place?.accepts ?? false }) {
                try await body(port)
            }
        }
    }

    /// Runs one plain HTTP server on 127.0.0.1 beside `body`, which is handed the port.
    /// - Parameter root: whose files it serves.
    public static func withPages<Result: Sendable>(
        _ root: URL, in directory: URL, isolation: isolated (any Actor)? = #isolation,
        _ body: (_ port: Int) async throws -> Result
    ) async throws -> Result {
        try await FreePort.start { port in
            let configuration = directory.appending(path: "nginx-\(port).conf")
            let text = """
                daemon off; master_process off; pid \(directory.path)/nginx-\(port).pid;
                events { worker_connections 64; }
                http { access_log off; default_type text/plain; \(temporaryPaths(directory).joined(separator: "\n"))
                server { listen 127.0.0.1:\(port); root \(root.path); } }
                """
            try text.write(to: configuration, atomically: true, encoding: .utf8)
            let arguments = ["-e", "stderr", "-p", directory.path, "-c", configuration.path]
            let place = Loopback(address: "127.0.0.1", port: port)
            return try await program.serve(arguments, in: directory, until: { place?.accepts ?? false }) {
                try await body(port)
            }
        }
    }
}
