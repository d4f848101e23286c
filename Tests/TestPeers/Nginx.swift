import Foundation

/// An nginx that serves certificates on loopback addresses.
public enum Nginx {
    public static let program = PeerProgram("nginx", package: "nginx-light")

    /// What it shows at some addresses to those who ask for some name.
    public struct Site: Sendable {
        var name: String
        var addresses: [String]
        var certificates: [OpenSSL.Certificate]

        /// - Parameters:
        ///   - name: the server name (SNI) that selects it; the first site of an address also takes all other names.
        ///   - certificates: one for each type of key.
        public init(_ name: String, at addresses: [String] = ["127.0.0.1"], _ certificates: [OpenSSL.Certificate]) {
            self.name = name
            self.addresses = addresses
            self.certificates = certificates
        }
    }

    /// Runs it beside `body`, which is handed the port.
    public static func withRunning<Result: Sendable>(
        _ sites: [Site], in directory: URL, isolation: isolated (any Actor)? = #isolation,
        _ body: (_ port: Int) async throws -> Result
    ) async throws -> Result {
        let addresses = Array(Set(sites.flatMap(\.addresses))).sorted()
        return try await FreePort.start(on: addresses) { port in
            let configuration = directory.appending(path: "nginx-\(port).conf")
            try text(sites, port, directory).write(to: configuration, atomically: true, encoding: .utf8)
            let arguments = ["-e", "stderr", "-p", directory.path, "-c", configuration.path]
            let places = addresses.compactMap { Loopback(address: $0, port: port) }
            return try await program.serve(arguments, in: directory, until: { places.allSatisfy(\.accepts) }) {
                try await body(port)
            }
        }
    }

    static func temporaryPaths(_ directory: URL) -> [String] {
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(directory.path)/\($0);" }
    }

    private static func text(_ sites: [Site], _ port: Int, _ directory: URL) -> String {
        let temporary = temporaryPaths(directory)
        let servers = sites.map { site in
            let listen = site.addresses.map { "listen \($0.contains(":") ? "[\($0)]" : $0):\(port) ssl;" }
            let certificates = site.certificates
                .map { "ssl_certificate \($0.chain.path); ssl_certificate_key \($0.key.path);" }
            return "server { server_name \(site.name); \((listen + certificates).joined(separator: " ")) return 204; }"
        }
        return """
            daemon off; master_process off; pid \(directory.path)/nginx-\(port).pid;
            events { worker_connections 64; }
            http { access_log off; \((temporary + servers).joined(separator: "\n")) }
            """
    }
}
