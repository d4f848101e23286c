import Foundation

extension PostgreSQL {
    /// One that serves a certificate from where it lies.
    public struct Managed: ManagedPeer {
        /// It begins in plain text there.
        public let port: Int
        private let home: URL
        private let account: ServiceAccount

        /// Who it runs as.
        public var user: String { account.name }
        public var configuration: URL { data.appending(path: "postgresql.conf") }
        public var test: [String] { [tool("postgres"), "-C", "ssl_cert_file", "-D", data.path] }
        public var reload: [String] {
            ["setpriv"] + account.running([tool("pg_ctl"), "reload", "-D", data.path])
        }
        public var mistake: String { "nonsense = on" }
        private var data: URL { home.appending(path: "data") }

        /// Makes a cluster to be run on a free port; the files of the certificate need not be there yet.
        public init(chain: URL, key: URL, in directory: URL) async throws {
            port = try FreePort.next()
            home = directory.appending(path: "postgresql")
            account = try ServiceAccount("postgres", installation: PostgreSQL.installation)
            let initdb = try PeerProgram("initdb", in: PostgreSQL.binaries, installation: PostgreSQL.installation)
                .path()
            try FileManager.default.createDirectory(at: home, withIntermediateDirectories: false)
            account.pass(directory)
            account.own(home)
            try await ServiceAccount.shell.run(
                account.running([initdb, "-D", data.path, "--no-sync", "-A", "trust"]), in: home)
            let text = """
                listen_addresses = '127.0.0.1'
                port = \(port)
                unix_socket_directories = ''
                fsync = off
                ssl = on
                ssl_cert_file = '\(chain.path)'
                ssl_key_file = '\(key.path)'

                """
            try Data(text.utf8).write(to: configuration)
        }

        public func withRunning<Result: Sendable>(
            isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
        ) async throws -> Result {
            let place = Loopback(address: "127.0.0.1", port: port)
            return try await ServiceAccount.shell.serve(
                account.running([tool("postgres"), "-D", data.path]), in: home, until: { place?.accepts ?? false }
            ) { try await body() }
        }

        private func tool(_ name: String) -> String { PostgreSQL.binaries.appending(path: name).path }
    }
}
