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

    /// One that a master process runs, as on a server: it serves one certificate from where it lies, and takes up what
    /// lies there then at each reload.
    public struct Managed: Sendable {
        public let port: Int
        private let common: [String]

        fileprivate init(_ port: Int, _ directory: URL, _ configuration: URL) {
            self.port = port
            common = ["-e", "stderr", "-p", directory.path, "-c", configuration.path]
        }

        /// The arguments of commands that look at its configuration, start it, and have it take up new files.
        public var test: [String] { ["nginx", "-t"] + common }
        public var reload: [String] { ["nginx", "-s", "reload"] + common }
        fileprivate var start: [String] { common }
    }

    /// What to run on a free port, whose files need not be there yet.
    public static func managed(chain: URL, key: URL, in directory: URL) throws -> Managed {
        let port = try FreePort.next()
        let configuration = directory.appending(path: "nginx-\(port).conf")
        let temporary = temporaryPaths(directory).joined(separator: "\n")
        let text = """
            daemon off; worker_processes 2; pid \(directory.path)/nginx-\(port).pid;
            events { worker_connections 64; }
            http { access_log off; \(temporary)
            server { listen 127.0.0.1:\(port) ssl; return 204;
            ssl_certificate \(chain.path); ssl_certificate_key \(key.path); } }
            """
        try text.write(to: configuration, atomically: true, encoding: .utf8)
        return Managed(port, directory, configuration)
    }

    /// Runs it beside `body`.
    public static func withRunning<Result: Sendable>(
        _ nginx: Managed, in directory: URL, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let place = Loopback(address: "127.0.0.1", port: nginx.port)
        return try await program.serve(nginx.start, in: directory, until: { place?.accepts ?? false }) {
            try await body()
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
