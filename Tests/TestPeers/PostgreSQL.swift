import Foundation

/// A PostgreSQL with an empty database cluster, which begins without TLS.
public enum PostgreSQL {
    private static let package = "postgresql-15"
    static let binaries = URL(filePath: "/usr/lib/postgresql/15/bin")
    static let installation = "RUNLEVEL=1 apt-get install -y --no-install-recommends \(package)"

    /// Runs it beside `body`, which is handed the port. It refuses to run as root, so root runs it as `postgres`.
    public static func withRunning<Result: Sendable>(
        _ certificate: OpenSSL.Certificate, in directory: URL, _ body: (_ port: Int) async throws -> Result
    ) async throws -> Result {
        let server = try PeerProgram("postgres", in: binaries, installation: installation).path()
        let initdb = try PeerProgram("initdb", in: binaries, installation: installation).path()
        let home = directory.appending(path: "postgresql")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: false)
        let (chain, key) = (home.appending(path: "chain.pem"), home.appending(path: "key.pem"))
        try FileManager.default.copyItem(at: certificate.chain, to: chain)
        try FileManager.default.copyItem(at: certificate.key, to: key)
        chmod(key.path, 0o600)
        let account = try ServiceAccount("postgres", installation: installation)
        for place in [home, chain, key] { account.own(place) }
        account.pass(directory)
        let data = home.appending(path: "data").path
        try await ServiceAccount.shell.run(
            account.running([initdb, "-D", data, "--no-sync", "-A", "trust"]), in: home)
        return try await FreePort.start { port in
            let settings = [
                "listen_addresses=127.0.0.1", "unix_socket_directories=", "ssl=on", "ssl_cert_file=\(chain.path)",
                "ssl_key_file=\(key.path)", "fsync=off",
            ]
            let place = Loopback(address: "127.0.0.1", port: port)
            return try await ServiceAccount.shell.serve(
                account.running([server, "-D", data, "-p", "\(port)"] + settings.flatMap { ["-c", $0] }), in: home,
                until: { place?.accepts ?? false }
            ) { try await body(port) }
        }
    }
}
