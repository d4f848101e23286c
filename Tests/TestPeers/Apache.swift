import Foundation

/// An Apache httpd that serves one certificate.
public struct Apache: ManagedPeer {
    public static let program = PeerProgram("apache2", package: "apache2")
    private static let modules = "/usr/lib/apache2/modules"

    public let port: Int
    public let configuration: URL
    private let directory: URL

    /// What to run on a free port, whose files need not be there yet.
    public init(chain: URL, key: URL, in directory: URL) throws {
        port = try FreePort.next()
        configuration = directory.appending(path: "apache-\(port).conf")
        self.directory = directory
        let modules = ["mpm_event", "authz_core", "socache_shmcb", "ssl"].map {
            "LoadModule \($0)_module \(Self.modules)/mod_\($0).so"
        }
        let text = """
            ServerRoot \(directory.path)
            DefaultRuntimeDir \(directory.path)
            PidFile \(directory.path)/apache-\(port).pid
            ErrorLog /dev/stderr
            ServerName localhost
            \(modules.joined(separator: "\n"))
            User www-data
            Group www-data
            Listen 127.0.0.1:\(port)
            <VirtualHost 127.0.0.1:\(port)>
              SSLEngine on
              SSLCertificateFile \(chain.path)
              SSLCertificateKeyFile \(key.path)
            </VirtualHost>

            """
        try text.write(to: configuration, atomically: true, encoding: .utf8)
    }

    public var test: [String] { ["apache2", "-t", "-f", configuration.path] }
    public var reload: [String] { ["apache2", "-f", configuration.path, "-k", "graceful"] }
    public var mistake: String { "Nonsense on" }

    public func withRunning<Result: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async throws -> Result {
        let place = Loopback(address: "127.0.0.1", port: port)
        return try await Self.program.serve(
            ["-D", "FOREGROUND", "-f", configuration.path], in: directory, until: { place?.accepts ?? false }
        ) { try await body() }
    }
}
