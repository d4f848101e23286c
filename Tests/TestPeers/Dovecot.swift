import Foundation

/// A mail server that speaks IMAP, POP3 and SMTP (submission), and begins each without TLS.
public enum Dovecot {
    public static let program = PeerProgram(
        "dovecot", package: "dovecot-imapd dovecot-pop3d dovecot-submissiond")

    public struct Ports: Sendable {
        public var imap: Int
        public var pop3: Int
        public var submission: Int
    }

    /// Runs it beside `body`; needs root, as on a server.
    public static func withRunning<Result: Sendable>(
        _ certificate: OpenSSL.Certificate, in directory: URL, _ body: (Ports) async throws -> Result
    ) async throws -> Result {
        try await FreePort.start { imap in
            let ports = Ports(imap: imap, pop3: try FreePort.next(), submission: try FreePort.next())
            let file = directory.appending(path: "dovecot-\(imap).conf")
            try text(ports, certificate, directory).write(to: file, atomically: true, encoding: .utf8)
            let places = [ports.imap, ports.pop3, ports.submission].compactMap {
                Loopback(address: "127.0.0.1", port: $0)
            }
            return try await program.serve(
                ["-F", "-c", file.path], in: directory, until: { places.allSatisfy(\.accepts) }
            ) { try await body(ports) }
        }
    }

    private static func text(_ ports: Ports, _ certificate: OpenSSL.Certificate, _ directory: URL) -> String {
        """
        protocols = imap pop3 submission
        listen = 127.0.0.1
        base_dir = \(directory.path)/run-\(ports.imap)
        state_dir = \(directory.path)/state-\(ports.imap)
        log_path = /dev/stderr
        ssl = yes
        ssl_cert = <\(certificate.chain.path)
        ssl_key = <\(certificate.key.path)
        submission_relay_host = 127.0.0.1
        passdb {
          driver = static
          args = nopassword=y
        }
        userdb {
          driver = static
          args = uid=nobody gid=nogroup home=\(directory.path)
        }
        \(listener("imap", ports.imap, besides: "imaps"))
        \(listener("pop3", ports.pop3, besides: "pop3s"))
        \(listener("submission", ports.submission))

        """
    }

    private static func listener(_ name: String, _ port: Int, besides other: String? = nil) -> String {
        let off = other.map { "\n  inet_listener \($0) {\n    port = 0\n  }" } ?? ""
        return "service \(name)-login {\n  inet_listener \(name) {\n    port = \(port)\n  }\(off)\n}"
    }
}
