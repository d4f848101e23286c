import Foundation

/// A Caddy that serves what its admin interface is given.
public struct Caddy: Sendable {
    public static let program = PeerProgram("caddy", package: "caddy")

    /// Of the admin interface, which speaks no TLS, and of what it serves.
    public let adminPort: Int
    public let port: Int

    /// Runs it beside `body`: with an empty `tls` app, and no certificate.
    public static func withRunning<Result: Sendable>(
        in directory: URL, isolation: isolated (any Actor)? = #isolation, _ body: (Caddy) async throws -> Result
    ) async throws -> Result {
        try await FreePort.start { adminPort in
            let caddy = Caddy(adminPort: adminPort, port: try FreePort.next())
            let configuration = directory.appending(path: "caddy-\(adminPort).json")
            try caddy.configuration(directory).write(to: configuration, atomically: true, encoding: .utf8)
            let places = [adminPort, caddy.port].compactMap { Loopback(address: "127.0.0.1", port: $0) }
            return try await program.serve(
                ["run", "--config", configuration.path], in: directory,
                environment: ["XDG_DATA_HOME": directory.path, "XDG_CONFIG_HOME": directory.path],
                until: { places.allSatisfy(\.accepts) }
            ) {
                try await body(caddy)
            }
        }
    }

    private func configuration(_ directory: URL) -> String {
        """
        {"admin": {"listen": "127.0.0.1:\(adminPort)", "config": {"persist": false}},
         "storage": {"module": "file_system", "root": "\(directory.path)/caddy"},
         "apps": {"tls": {}, "http": {"servers": {"web": {"listen": ["127.0.0.1:\(port)"],
           "automatic_https": {"disable": true}, "tls_connection_policies": [{}],
           "routes": [{"handle": [{"handler": "static_response", "body": "hello"}]}]}}}}}
        """
    }
}
