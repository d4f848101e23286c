import Foundation

/// A PostgreSQL with an empty database cluster, which begins without TLS.
public enum PostgreSQL {
    private static let package = "postgresql-15"
    private static let binaries = URL(filePath: "/usr/lib/postgresql/15/bin")
    private static let installation = "RUNLEVEL=1 apt-get install -y --no-install-recommends \(package)"
    private static let shell = PeerProgram("setpriv", package: "util-linux")

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
        var account: [String] = []
        if geteuid() == 0 {
            guard let owner = getpwnam("postgres") else { throw PeerFailure("`\(installation)` makes its account.") }
            for place in [home, chain, key] { chown(place.path, owner.pointee.pw_uid, owner.pointee.pw_gid) }
            // It has to get there.
            chmod(directory.path, 0o711)
            account = ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        }
        let data = home.appending(path: "data").path
        try await shell.run(account + ["--", initdb, "-D", data, "--no-sync", "-A", "trust"], in: home)
        return try await FreePort.start { port in
            let settings = [
                "listen_addresses=127.0.0.1", "unix_socket_directories=", "ssl=on", "ssl_cert_file=\(chain.path)",
                "ssl_key_file=\(key.path)", "fsync=off",
            ]
            let place = Loopback(address: "127.0.0.1", port: port)
            return try await shell.serve(
                account + ["--", server, "-D", data, "-p", "\(port)"] + settings.flatMap { ["-c", $0] }, in: home,
                until: { place?.accepts ?? false }
            ) { try await body(port) }
        }
    }
}
