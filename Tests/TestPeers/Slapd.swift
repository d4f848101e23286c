import Foundation

/// An LDAP server without entries, which begins without TLS.
public enum Slapd {
    public static let program = PeerProgram("slapd", package: "slapd")

    /// Runs it beside `body`, which is handed the port.
    public static func withRunning<Result: Sendable>(
        _ certificate: OpenSSL.Certificate, in directory: URL, _ body: (_ port: Int) async throws -> Result
    ) async throws -> Result {
        try await FreePort.start { port in
            let file = directory.appending(path: "slapd-\(port).conf")
            let text = """
                include /etc/ldap/schema/core.schema
                pidfile \(directory.path)/slapd-\(port).pid
                TLSCertificateFile \(certificate.chain.path)
                TLSCertificateKeyFile \(certificate.key.path)

                """
            try text.write(to: file, atomically: true, encoding: .utf8)
            let place = Loopback(address: "127.0.0.1", port: port)
            return try await program.serve(
                ["-h", "ldap://127.0.0.1:\(port)", "-f", file.path, "-d", "0"], in: directory,
                until: { place?.accepts ?? false }
            ) { try await body(port) }
        }
    }
}
