import Foundation

/// A second ACME server, of other authors than `Pebble`: it gives advice about renewal (RFC 9773), closes each
/// connection after one answer, makes accounts only for those who name a mail address, and lets every challenge pass
/// without a look. Each one is a new authority.
public struct Acme2certifier: Sendable {
    private static let environment = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".build/peers/acme2certifier")
    public static let program = PeerProgram(
        "python3", in: environment.appending(path: "bin"), installation: "packaging/install-packages test")

    public let directoryURL: URL
    /// The authority of its own HTTPS certificate (PEM), which clients have to trust. None of what it issues.
    public let bundle: URL
    /// The root of what it issues (PEM); it comes last in each chain.
    public let root: URL
    /// Serial numbers of what was revoked are in it.
    private let list: URL

    /// Runs it beside `body`.
    ///
    /// - Parameters:
    ///   - days: how long certificates are valid.
    ///   - isRenewalUrgent: its advice is to renew at once, whatever was issued.
    ///   - directory: takes its files.
    public static func withRunning<Result: Sendable>(
        days: Int = 90, isRenewalUrgent: Bool = false, in directory: URL, isolation: isolated (any Actor)? = #isolation,
        _ body: (Acme2certifier) async throws -> Result
    ) async throws -> Result {
        let certificate = try await LoopbackCertificate.make(in: directory)
        let own = directory.appending(path: "acme2certifier-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: false)
        let authority = try await Authority.make(in: own)
        try settings(authority, days: days, isRenewalUrgent: isRenewalUrgent, in: own)
            .write(to: own.appending(path: "acme_srv.cfg"), atomically: true, encoding: .utf8)
        try server.write(to: own.appending(path: "serve.py"), atomically: true, encoding: .utf8)
        return try await FreePort.start { port in
            guard let place = Loopback(address: "127.0.0.1", port: port),
                let url = URL(string: "https://127.0.0.1:\(port)/directory")
            else { throw PeerFailure("No such port: \(port)") }
            return try await program.serve(
                ["-B", "serve.py", "\(port)", certificate.chain.path, certificate.key.path], in: own,
                environment: [
                    "ACME_SRV_CONFIGFILE": own.appending(path: "acme_srv.cfg").path,
                    // Without it no challenge passes unseen.
                    "ACME2CERTIFIER_I_KNOW_THE_RISK": "1",
                ], until: { place.accepts }
            ) {
                try await body(
                    Acme2certifier(
                        directoryURL: url, bundle: certificate.authority, root: authority.root.chain,
                        list: authority.list))
            }
        }
    }

    /// Whether a certificate was revoked.
    /// - Parameter serial: in hexadecimal digits, without leading zeros.
    public func isRevoked(serial: String) async throws -> Bool {
        let text = try await OpenSSL.program.run(
            ["crl", "-in", list.path, "-noout", "-text"], in: list.deletingLastPathComponent())
        return text.split(separator: "\n").contains { line in
            guard line.contains("Serial Number:"), let digits = line.split(separator: ":").last else { return false }
            return digits.trimmingCharacters(in: .whitespaces).drop { $0 == "0" }.lowercased() == serial
        }
    }

    private static func settings(
        _ authority: Authority, days: Int, isRenewalUrgent: Bool, in directory: URL
    ) -> String {
        """
        [DBhandler]
        handler: wsgi
        dbfile: \(directory.path)/acme.db
        [Challenge]
        challenge_validation_disable: True
        [CAhandler]
        handler_module: acme2certifier.cahandlers.openssl_ca_handler
        issuing_ca_key: \(authority.intermediate.key.path)
        issuing_ca_cert: \(authority.certificate.path)
        issuing_ca_crl: \(authority.list.path)
        ca_cert_chain_list: ["\(authority.root.chain.path)"]
        cert_save_path: \(directory.path)
        cert_validity_days: \(days)
        [Directory]
        tos_url: https://127.0.0.1/terms
        [Renewalinfo]
        renewal_force: \(isRenewalUrgent ? "True" : "False")

        """
    }

    /// Its own server speaks no TLS.
    private static let server = """
        import socketserver, ssl, sys, wsgiref.simple_server
        from acme2certifier.share.acme2certifier_wsgi import application

        class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
            daemon_threads = True
            request_queue_size = 64

            def server_bind(self):
                socketserver.TCPServer.server_bind(self)
                self.server_name, self.server_port = self.server_address
                self.setup_environ()

        class Handler(wsgiref.simple_server.WSGIRequestHandler):
            def address_string(self):
                return self.client_address[0]

            def get_environ(self):
                return super().get_environ() | {"HTTPS": "on"}

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
        server.set_app(application)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.serve_forever()

        """
}

/// Root, intermediate and an empty list of what was revoked, made with `openssl`.
private struct Authority {
    let root: OpenSSL.Certificate
    let intermediate: OpenSSL.Certificate
    let certificate: URL
    let list: URL

    static func make(in directory: URL) async throws -> Authority {
        let openssl = OpenSSL(in: directory)
        let root = try await openssl.certificate("second-root.test", .ecdsa, isAuthority: true)
        let intermediate = try await openssl.certificate("second.test", .ecdsa, isAuthority: true, signedBy: root)
        let configuration = """
            [ca]
            default_ca = own
            [own]
            database = \(directory.path)/index.txt
            default_md = sha256
            default_crl_days = 30

            """
        let file = directory.appending(path: "ca.cnf")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        try Data().write(to: directory.appending(path: "index.txt"))
        let list = directory.appending(path: "crl.pem")
        try await OpenSSL.program.run(
            [
                "ca", "-config", file.path, "-gencrl", "-keyfile", intermediate.key.path, "-cert",
                intermediate.chain.path, "-out", list.path,
            ], in: directory)
        return Authority(root: root, intermediate: intermediate, certificate: intermediate.chain, list: list)
    }
}
