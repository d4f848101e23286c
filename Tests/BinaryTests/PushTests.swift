import Foundation
import TestPeers
import Testing

@Suite("the program pushes certificates to a real Caddy")
struct PushTests {
    private static let canary = "s3cret-canary-of-push"

    private struct Rendering: Decodable {
        struct Request: Decodable {
            var name: String
            var method: String
            var url: String
            var headers: [String]
            var body: String?
        }
        var requests: [Request]
    }

    @Test("published, proved, replaced and rolled back; what would be sent is shown without key and secret")
    func push() async throws {
        try await withTemporaryDirectory { directory in
            try await Caddy.withRunning(in: directory) { caddy in
                let certflow = BuiltProgram(home: directory.appending(path: "home"))
                try await certflow.succeed("init")
                try certflow.write(profile(caddy), "publishing/caddy")
                try await certflow.succeed("secret", "set", "canary", input: Self.canary)
                try await certflow.succeed("apply", "-", input: Sample.flows.replacing("[files]", with: "[caddy]"))
                var said = try await certflow.succeed("run")
                let first = try await served(caddy, in: directory)
                let own = try await certflow.succeed("show", "www.example.com", "--output", "json")
                #expect(first.count > 8 && own.contains(first), "\(first) is served, and certflow has \(own)")
                said += try await certflow.succeed("profile", "check", "caddy")
                try await rendered(certflow, caddy)

                said += try await certflow.succeed("renew", "www.example.com", "--force", "--reason", "again")
                said += try await certflow.succeed("run")
                let second = try await served(caddy, in: directory)
                #expect(second != first)
                said += try await certflow.succeed("rollback", "www.example.com", "--reason", "back")
                #expect(try await served(caddy, in: directory) == first)
                said += try await certflow.succeed("history", "www.example.com")
                #expect(!said.contains(Self.canary) && !said.contains("PRIVATE KEY"))
                try await findNoCanary(in: certflow.home)
            }
        }
    }

    @Test("a version whose test fails is taken back by publishing the one before, and is not served any more")
    func takenBack() async throws {
        try await withTemporaryDirectory { directory in
            try await Caddy.withRunning(in: directory) { caddy in
                let certflow = BuiltProgram(home: directory.appending(path: "home"))
                try await certflow.succeed("init")
                try certflow.write(profile(caddy), "publishing/caddy")
                try await certflow.succeed("secret", "set", "canary", input: Self.canary)
                try await certflow.succeed("apply", "-", input: Sample.flows.replacing("[files]", with: "[caddy]"))
                try await certflow.succeed("run")
                let first = try await served(caddy, in: directory)
                try certflow.write(
                    profile(caddy) + "\ntest: {command: [/bin/false], timeout: 10s}\n", "publishing/caddy")
                _ = try await certflow.run(["renew", "www.example.com", "--force", "--reason", "again"])
                _ = try await certflow.run(["run"])
                let after = try await served(caddy, in: directory)
                #expect(after == first)
                let history = try await certflow.succeed("history", "www.example.com", "--output", "json")
                #expect(history.contains("rolled") && history.contains("/bin/false"), "\(history)")
            }
        }
    }

    private func profile(_ caddy: Caddy) -> String {
        """
        profile: caddy
        publisher: http
        with:
          server: http://localhost:\(caddy.adminPort)
          plaintext: true
          place: /config/apps/tls/certificates
          headers: {X-Canary: "{{secret.canary}}"}
          contents:
            - {name: chain, content: fullchain}
            - {name: key, content: privateKey}
          requests:
            - name: load
              method: POST
              path: "{{target.place}}"
              json: {load_pem: [{certificate: "{{content.chain}}", key: "{{content.key}}"}]}
          inspect:
            - {path: "{{target.place}}", certificate: {pointer: /load_pem/0/certificate}}
        prove:
          tls: {connect: "127.0.0.1:\(caddy.port)", serverName: www.example.com, within: 30s}
        """
    }

    private func rendered(_ certflow: BuiltProgram, _ caddy: Caddy) async throws {
        let table = try await certflow.succeed("profile", "render", "caddy", "www.example.com")
        #expect(table.contains("POST http://localhost:\(caddy.adminPort)/config/apps/tls/certificates"))
        #expect(table.contains("X-Canary: (secret)") && table.contains("\"key\":\"(secret)\""))
        let json = try await certflow.succeed("profile", "render", "caddy", "www.example.com", "--output", "json")
        let rendering = try #require(try JSONDecoder().decode([Rendering].self, from: Data(json.utf8)).first)
        #expect(rendering.requests.map(\.name) == ["request 1 (load)", "inspection 1"])
        #expect(rendering.requests.map(\.method) == ["POST", "GET"])
        #expect(rendering.requests.first?.body?.contains("BEGIN CERTIFICATE") == true)
        for text in [table, json] { #expect(!text.contains("PRIVATE KEY") && !text.contains(Self.canary)) }
    }

    /// What `openssl` is shown: the certificate's serial number.
    private func served(_ caddy: Caddy, in directory: URL) async throws -> String {
        let said = try await OpenSSL.program.run(
            ["s_client", "-connect", "127.0.0.1:\(caddy.port)", "-servername", "www.example.com", "-no_ign_eof"],
            in: directory)
        let file = directory.appending(path: "served-\(UUID().uuidString).pem")
        try said.write(to: file, atomically: true, encoding: .utf8)
        return try await OpenSSL.serial(of: file)
    }

    private func findNoCanary(in home: URL) async throws {
        let files = FileManager.default.enumerator(at: home, includingPropertiesForKeys: [.isRegularFileKey])
        while let file = files?.nextObject() as? URL {
            guard let bytes = try? Data(contentsOf: file) else { continue }
            #expect(bytes.range(of: Data(Self.canary.utf8)) == nil, "\(file.path)")
        }
    }
}
