import Foundation

extension Nginx {
    /// One that a master process runs, as on a server: it serves one certificate from where it lies.
    public struct Managed: ManagedPeer {
        public let port: Int
        public let configuration: URL
        private let directory: URL

        /// What to run on a free port, whose files need not be there yet.
        public init(chain: URL, key: URL, in directory: URL) throws {
            port = try FreePort.next()
            configuration = directory.appending(path: "nginx-\(port).conf")
            self.directory = directory
            let text = """
                daemon off; worker_processes 2; pid \(directory.path)/nginx-\(port).pid;
                events { worker_connections 64; }
                http { access_log off; \(temporaryPaths(directory).joined(separator: "\n"))
                server { listen 127.0.0.1:\(port) ssl; return 204;
                ssl_certificate \(chain.path); ssl_certificate_key \(key.path); } }
                """
            try text.write(to: configuration, atomically: true, encoding: .utf8)
        }

        public var test: [String] { ["nginx", "-t"] + common }
        public var reload: [String] { ["nginx", "-s", "reload"] + common }
        public var mistake: String { "nonsense;" }
        private var common: [String] { ["-e", "stderr", "-p", directory.path, "-c", configuration.path] }

        public func withRunning<Result: Sendable>(
            isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
        ) async throws -> Result {
            let place = Loopback(address: "127.0.0.1", port: port)
            return try await Nginx.program.serve(common, in: directory, until: { place?.accepts ?? false }) {
                try await body()
            }
        }
    }
}
