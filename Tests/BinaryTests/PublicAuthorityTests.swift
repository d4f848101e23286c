import Foundation
import TestPeers
import Testing

@Suite("certificates from an ACME authority, from the command line")
struct PublicAuthorityTests {
    private static let flows = """
        certificates:
          - name: www.example.com
            subjects: [www.example.com]
            issuer: pebble
            fallback: {issuer: local-authority, after: 5d}
            flow:
              publication: {enabled: true, profiles: [files]}
        """

    private func withHome(_ body: (BuiltProgram, Pebble) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try await Pebble.withRunning(.with { $0.alwaysValid = true }, in: directory) { pebble in
                try await Sample.withHome { certflow, _ in
                    let profile = """
                        profile: pebble
                        issuer: acme
                        with:
                          directory: \(pebble.directoryURL.absoluteString)
                          staging: \(pebble.directoryURL.absoluteString)
                          caBundle: \(pebble.bundle.path)
                          acceptTerms: true
                          contact: [certificates@example.com]
                          http01: {listen: ["127.0.0.1:\(try FreePort.next())"]}
                        """
                    try certflow.write(profile, "issuing/pebble")
                    try await certflow.succeed("apply", "-", input: Self.flows)
                    try await body(certflow, pebble)
                }
            }
        }
    }

    private func serial(_ certflow: BuiltProgram, _ version: Int) async throws -> String {
        struct Form: Decodable {
            struct Version: Decodable {
                var number: Int
                var serial: String
            }
            var versions: [Version]
        }
        let output = try await certflow.succeed("show", "www.example.com", "--output", "json")
        let form = try JSONDecoder().decode(Form.self, from: Data(output.utf8))
        return try #require(form.versions.first { $0.number == version }?.serial)
    }

    @Test("a rehearsal goes the whole way and stores no version, then the renewal issues one")
    func rehearsal() async throws {
        try await withHome { certflow, _ in
            let rehearsal = try await certflow.succeed("renew", "www.example.com", "--rehearse", "--reason", "new CA")
            #expect(rehearsal.contains("nothing was stored") && rehearsal.contains("www.example.com"))
            #expect(rehearsal.contains("finalizing") && rehearsal.contains("in all"))
            #expect(try await certflow.succeed("show", "www.example.com").contains("no version yet"))
            #expect(try await certflow.succeed("issuer", "account", "show", "pebble").contains("no account yet"))
            let account = try await certflow.succeed("issuer", "account", "show", "pebble", "--rehearsal")
            #expect(account.contains("valid") && account.contains("certificates@example.com"))
            #expect(try await certflow.succeed("run").contains("version 1 issued by pebble"))
            let history = try await certflow.succeed("history", "www.example.com")
            #expect(history.contains("rehearsal at pebble: succeeded (new CA)"))
            #expect(try await certflow.succeed("explain", "www.example.com").contains("local-authority after 5d"))
        }
    }

    @Test("a revoked version is revoked at the CA and replaced at once; asked again it counts as done")
    func revocation() async throws {
        try await withHome { certflow, pebble in
            try await certflow.succeed("run")
            let first = try await serial(certflow, 1)
            let output = try await certflow.succeed(
                "revoke", "www.example.com", "--reason", "keyCompromise", "--note", "it was copied", "--yes")
            #expect(output.contains("Version 1 of www.example.com is revoked at pebble"))
            #expect(output.contains("version 2 issued by pebble"))
            #expect(try await pebble.status(ofSerial: first) == .revoked(reason: 1))
            #expect(try await pebble.status(ofSerial: try await serial(certflow, 2)) == .valid)
            let again = try await certflow.succeed(
                "revoke", "www.example.com", "--version", "1", "--reason", "keyCompromise", "--yes")
            #expect(again.contains("Version 1") && !again.contains("version 3"))
            let history = try await certflow.succeed("history", "www.example.com")
            #expect(history.contains("version 1 was revoked by pebble (it was copied)"))
            #expect(try await certflow.succeed("run").contains("version 2 published"))
        }
    }

    @Test("beside a living runner it is that one which replaces what was revoked")
    func besideRunner() async throws {
        try await withHome { certflow, pebble in
            try await certflow.succeed("run")
            let first = try await serial(certflow, 1)
            _ = try await certflow.staying(["run", "--watch"]) { _ in
                try await certflow.succeed("renew", "www.example.com", "--rehearse")
                try await certflow.succeed("revoke", "www.example.com", "--reason", "superseded", "--yes")
                #expect(try await certflow.succeed("show", "www.example.com").contains("version 2"))
            }
            #expect(try await pebble.status(ofSerial: first) == .revoked(reason: 4))
        }
    }

    @Test("an account is shown, gets a new key, and is closed; the next renewal makes another")
    func account() async throws {
        try await withHome { certflow, _ in
            try await certflow.succeed("run")
            struct Form: Decodable {
                var url: String
                var status: String
                var thumbprint: String
            }
            func form() async throws -> Form {
                let output = try await certflow.succeed("issuer", "account", "show", "pebble", "--output", "json")
                return try JSONDecoder().decode(Form.self, from: Data(output.utf8))
            }
            let before = try await form()
            #expect(before.status == "valid")
            try await certflow.succeed("issuer", "account", "rollover", "pebble", "--reason", "yearly")
            let after = try await form()
            #expect(after.url == before.url && after.thumbprint != before.thumbprint)
            try await certflow.succeed("renew", "www.example.com", "--force")
            try await certflow.succeed("issuer", "account", "deactivate", "pebble", "--yes")
            #expect(try await certflow.succeed("issuer", "account", "show", "pebble").contains("no account yet"))
            try await certflow.succeed("renew", "www.example.com", "--force")
            #expect(try await form().url != before.url)
            let audit = try await certflow.succeed("audit", "list")
            #expect(audit.contains("account key at pebble changed") && audit.contains("account at pebble deactivated"))
        }
    }
}
