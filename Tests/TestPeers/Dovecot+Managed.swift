import Foundation

extension Dovecot {
    /// One that speaks IMAP, with one certificate. Needs root, as on a server.
    public struct Managed: ManagedPeer {
        /// Of IMAP over TLS.
        public let port: Int
        public let configuration: URL
        private let directory: URL

        /// What to run on free ports, whose files need not be there yet.
        public init(chain: URL, key: URL, in directory: URL) throws {
            port = try FreePort.next()
            configuration = directory.appending(path: "dovecot-\(port).conf")
            self.directory = directory
            let text = """
                protocols = imap
                listen = 127.0.0.1
                base_dir = \(directory.path)/run
                state_dir = \(directory.path)/state
                log_path = /dev/stderr
                ssl = yes
                ssl_cert = <\(chain.path)
                ssl_key = <\(key.path)
                passdb {
                  driver = static
                  args = nopassword=y
                }
                userdb {
                  driver = static
                  args = uid=nobody gid=nogroup home=\(directory.path)
                }
                service imap-login {
                  service_count = 0
                  inet_listener imap {
                    port = 0
                  }
                  inet_listener imaps {
                    port = \(port)
                  }
                }

                """
            try text.write(to: configuration, atomically: true, encoding: .utf8)
        }

        public var test: [String] { ["doveconf", "-n", "-c", configuration.path] }
        public var reload: [String] { ["doveadm", "-c", configuration.path, "reload"] }
        public var mistake: String { "nonsense = yes" }

        public func withRunning<Result: Sendable>(
            isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
        ) async throws -> Result {
            let place = Loopback(address: "127.0.0.1", port: port)
            return try await Dovecot.program.serve(
                ["-F", "-c", configuration.path], in: directory, until: { place?.accepts ?? false }
            ) { try await body() }
        }
    }
}
