import Foundation
import TestPeers
import Testing

@Suite("alerts")
struct AlertTests {
    /// Keeps the body of what is posted with the right token below `alerts`.
    private static let directives = """
        location /alert {
            if ($http_authorization != "Bearer s3cret") { return 401; }
            client_body_in_file_only on;
            proxy_pass_request_body off; proxy_set_header Content-Length "";
            proxy_pass https://127.0.0.1:{port}/taken;
        }
        location /taken { return 204; }
        """

    @Test("are posted to a web service with its token, and again later where it was refused")
    func webhook() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, tls in
            let directory = tls.deletingLastPathComponent()
            let openssl = OpenSSL(in: directory)
            let authority = try await openssl.certificate("alerts.test", .ecdsa, isAuthority: true)
            let own = try await openssl.certificate("localhost", .ecdsa, addresses: ["127.0.0.1"], signedBy: authority)
            try await Nginx.withServer(Self.directives, own, hasHTTP2: false, in: directory) { port in
                let settings = """
                    alerts:
                      webhook: {url: "https://127.0.0.1:\(port)/alert", token: {secret: hook}, caBundle: \(authority.chain.path)}
                    """
                try settings.write(
                    to: certflow.home.appending(path: "certflow.yaml"), atomically: true, encoding: .utf8)
                // The place that the profile names can't be made: the first failure is told of.
                try FileManager.default.removeItem(at: tls)
                let missing = try await certflow.run(["run"])
                #expect(missing.output.contains("There is no secret \"hook\""), "\(missing.output)\(missing.errors)")
                #expect(try posted(in: directory).isEmpty)
                try await certflow.succeed("secret", "set", "hook", input: "s3cret")
                #expect(try await certflow.succeed("doctor").contains("/alert."))
                _ = try await BuiltProgram.moved(home: certflow.home, by: .seconds(3600)).run(["run"])
                let bodies = try posted(in: directory)
                #expect(
                    bodies.contains { $0.contains("\"id\":\"certflow-") && $0.contains("www.example.com") }, "\(bodies)"
                )
            }
        }
    }

    @Test("are posted to no address of one link or of a metadata service, whatever the settings say")
    func refusedAddress() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, tls in
            try "alerts: {webhook: {url: \"https://[::ffff:169.254.169.254]/alert\"}}\n".write(
                to: certflow.home.appending(path: "certflow.yaml"), atomically: true, encoding: .utf8)
            try FileManager.default.removeItem(at: tls)
            let said = try await certflow.run(["run"])
            #expect(said.output.contains("which this request may not reach"), "\(said.output)\(said.errors)")
        }
    }

    private func posted(in directory: URL) throws -> [String] {
        let files = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: nil)?.allObjects ?? []
        return files.compactMap { $0 as? URL }.filter { $0.lastPathComponent.wholeMatch(of: /[0-9]{10}/) != nil }
            .compactMap { try? String(contentsOf: $0, encoding: .utf8) }
    }
}
