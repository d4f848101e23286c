import Foundation
import TestPeers

/// An nginx that takes files below `/tls/` from the user of the profile `nginx-dav`.
enum DAVServer {
    /// Runs it beside `body`, which is handed its port and where it keeps what it takes.
    static func withRunning<Result: Sendable>(
        _ certificate: OpenSSL.Certificate, in directory: URL, isolation: isolated (any Actor)? = #isolation,
        _ body: (_ port: Int, _ root: URL) async throws -> Result
    ) async throws -> Result {
        let root = directory.appending(path: "srv")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: false)
        let users = directory.appending(path: "users")
        try "certflow:{PLAIN}dav-s3cret-canary\n".write(to: users, atomically: true, encoding: .utf8)
        // The worker may run as another user than the test.
        for (path, mode) in [(directory, 0o755), (root, 0o777), (users, 0o644)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path.path)
        }
        let directives = """
            location /tls/ { root \(root.path); dav_methods PUT DELETE; create_full_put_path on;
                auth_basic tls; auth_basic_user_file \(users.path); }
            """
        return try await Nginx.withServer(directives, certificate, hasHTTP2: false, in: directory) { port in
            try await body(port, root)
        }
    }
}
