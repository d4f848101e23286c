import Foundation
import TestPeers
import Testing

/// `certflow serve`, as a service manager runs it.
@Suite("certflow serve", .timeLimit(.minutes(10)))
struct ServeTests {
    @Test(
        "serves with a certificate of its own, verified by the local root, and takes up its renewal without a restart")
    func ownCertificate() async throws {
        try await withServed { served, directory in
            let root = try await root(served, directory)
            #expect(try await get("/healthz", served, root, directory) == "ok\n")
            #expect(try await get("/readyz", served, root, directory) == "ok\n")
            let before = try await serial(served, directory)
            try await served.program.succeed("renew", "certflow-server")
            try await until("the renewed certificate is served") {
                try await serial(served, directory) != before
            }
            #expect(try await get("/healthz", served, root, directory) == "ok\n")
            let metrics = try await get("/metrics", served, root, directory)
            #expect(metrics.contains("certflow_certificates 1\n"), "\(metrics)")
            // The local authority's certificates live 90 days.
            #expect(metrics.contains("certflow_certificates_ending{within_days=\"60\"} 0\n"))
            #expect(metrics.contains("certflow_certificates_ending{within_days=\"90\"} 1\n"))
            #expect(metrics.contains("certflow_attempts_total{stage=\"renewal\",outcome=\"stored\"} 2\n"), "\(metrics)")
        }
    }

    @Test("a second runner of the home is refused while it serves")
    func oneRunner() async throws {
        try await withServed { served, _ in
            let second = try await served.program.run(["serve", "--listen", "127.0.0.1:0"])
            #expect(second.status == 1 && second.errors.contains("runner"), "\(second.errors)")
        }
    }

    @Test("what is done at the command line is done by the server's runner")
    func besides() async throws {
        try await withServed { served, _ in
            try await served.program.succeed(
                "apply", "-", input: "certificates: [{name: a.test, subjects: [a.test], issuer: local-authority}]\n")
            try await until("its first version is there") {
                try await served.program.run(["show", "a.test"]).output.contains("ersion 1")
            }
        }
    }

    @Test("accounts and tokens: a token reads the API until it is revoked, its account until it is disabled")
    func tokens() async throws {
        try await withServed { served, directory in
            let (program, root) = (served.program, try await root(served, directory))
            let link = try await program.succeed("account", "add", "ada", "--role", "operator")
            #expect(link.contains("/setup?code="))
            let token = try await program.succeed("token", "issue", "ada", "--name", "t", "--role", "viewer")
                .trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(try await status("/api/v1/certificates", token, served, root, directory) == "200")
            #expect(try await status("/api/v1/certificates", token + "x", served, root, directory) == "401")
            try await program.succeed("account", "change", "ada", "--disable")
            try await until("the account's end counts") {
                try await status("/api/v1/certificates", token, served, root, directory) == "401"
            }
            try await program.succeed("account", "change", "ada", "--enable")
            try await until("the account counts again") {
                try await status("/api/v1/certificates", token, served, root, directory) == "200"
            }
            try await program.succeed("token", "revoke", "ada", "t")
            try await until("the revoked token counts no more") {
                try await status("/api/v1/certificates", token, served, root, directory) == "401"
            }
            let audit = try await program.succeed("audit", "list", "--output", "json")
            for kind in ["account.added", "token.issued", "account.changed", "token.revoked"] {
                #expect(audit.contains(kind), "\(kind)")
            }
            #expect(!audit.contains(token))
            let taken = try await program.run(["account", "change", "ada", "--role", "king"])
            #expect(taken.status == 2)
        }
    }

    // MARK: Parts

    private func withServed(_ body: (ServedProgram, URL) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let program = BuiltProgram(
                home: directory.appending(path: "home"), environment: ServedProgram.environment)
            try await program.succeed("init")
            try await ServedProgram.withRunning(program, log: directory.appending(path: "serve.log")) { served in
                try await body(served, directory)
            }
        }
    }

    private func root(_ served: ServedProgram, _ directory: URL) async throws -> String {
        let root = directory.appending(path: "root.pem").path
        try await served.program.succeed("issuer", "show", "local-authority", "--format", "pem", "--out", root)
        return root
    }

    private func get(
        _ path: String, _ served: ServedProgram, _ root: String, _ directory: URL
    ) async throws -> String {
        try await Curl.program.run(["-sS", "--fail", "--cacert", root, served.url + path], in: directory)
    }

    private func status(
        _ path: String, _ token: String, _ served: ServedProgram, _ root: String, _ directory: URL
    ) async throws -> String {
        try await Curl.program.run(
            [
                "-sS", "--cacert", root, "-o", "/dev/null", "-w", "%{http_code}", "-H",
                "Authorization: Bearer \(token)",
                served.url + path,
            ], in: directory)
    }

    /// Of the certificate that a new connection is shown.
    private func serial(_ served: ServedProgram, _ directory: URL) async throws -> String {
        let place = served.url.replacing("https://", with: "")
        let said = try await OpenSSL.program.run(
            ["s_client", "-connect", place, "-servername", "localhost", "-showcerts"], in: directory)
        return said.firstMatch(of: #/-----BEGIN CERTIFICATE-----[^-]+/#).map { String($0.0) } ?? ""
    }
}
