import Foundation
import TestPeers
import Testing

@Suite("existing certificates in, bundles out")
struct ImportTests {
    @Test("files, PKCS#12 and certbot's directory are taken at once, and stand in the status")
    func manySources() async throws {
        try await withForeign { certflow, foreign in
            try await foreign.issue("pem.example.com")
            try await foreign.issue("p12.example.com")
            try await foreign.bundle("p12.example.com", passphrase: "open sesame")
            try await foreign.issue("certbot.example.com")
            try foreign.certbot("certbot.example.com")
            try "open sesame\n".write(toFile: foreign.path("passphrase"), atomically: true, encoding: .utf8)
            let output = try await certflow.succeed(
                "import", foreign.path("pem.example.com.crt"), foreign.path("pem.example.com.key"),
                foreign.path("p12.example.com.p12"), foreign.path("letsencrypt"), "--passphrase-file",
                foreign.path("passphrase"))
            #expect(output.contains("certflow flows"))
            let status = try await certflow.succeed("status", "--output", "json")
            for name in ["pem.example.com", "p12.example.com", "certbot.example.com"] {
                #expect(status.contains("\"name\" : \"\(name)\""))
            }
            let again = try await certflow.succeed("import", foreign.path("letsencrypt"), "--output", "json")
            #expect(again.contains("\"effect\" : \"known\""))
        }
    }

    @Test("what can't be taken is named with its reason, and the rest is taken")
    func partly() async throws {
        try await withForeign { certflow, foreign in
            try await foreign.issue("good.example.com")
            try await foreign.issue("old.example.com", days: -1)
            try await foreign.issue("keyless.example.com")
            let files = ["good.example.com.crt", "good.example.com.key", "old.example.com.crt", "old.example.com.key"]
            let outcome = try await certflow.run(
                ["import", "--output", "json"] + files.map(foreign.path) + [foreign.path("keyless.example.com.crt")])
            #expect(outcome.status == 3)
            let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
            #expect(report.items.filter { $0.effect == "created" }.compactMap(\.certificate) == ["good.example.com"])
            #expect(
                Set(report.items.compactMap(\.code)) == ["chain.expired", "import.certificate-without-key"])
            let status = try await certflow.succeed("status", "--output", "json")
            #expect(status.contains("good.example.com"))
            #expect(!status.contains("old.example.com"))
        }
    }

    @Test("where nothing could be taken the command fails, and the home stays as it was")
    func nothing() async throws {
        try await withForeign { certflow, foreign in
            try await foreign.issue("old.example.com", days: -1)
            let before = try await certflow.succeed("status", "--output", "json")
            let outcome = try await certflow.run(
                ["import", foreign.path("old.example.com.crt"), foreign.path("old.example.com.key")])
            #expect(outcome.status == 1)
            #expect(outcome.output.contains("old.example.com.crt"))
            #expect(outcome.output.contains("ended at"))
            #expect(try await certflow.succeed("status", "--output", "json") == before)
        }
    }

    @Test("a dry run takes nothing")
    func dryRun() async throws {
        try await withForeign { certflow, foreign in
            try await foreign.issue("www.example.com")
            let output = try await certflow.succeed(
                "import", foreign.path("www.example.com.crt"), foreign.path("www.example.com.key"), "--dry-run")
            #expect(output.contains("www.example.com"))
            #expect(!(try await certflow.succeed("status")).contains("www.example.com"))
        }
    }

    @Test("an imported certificate is renewed by the issuer that was named")
    func renewed() async throws {
        try await withForeign { certflow, foreign in
            try await foreign.issue("www.example.com", days: 2)
            try await certflow.succeed(
                "import", foreign.path("www.example.com.crt"), foreign.path("www.example.com.key"), "--issuer",
                "local-authority", "--name", "web")
            #expect(try await certflow.succeed("flows", "web").contains("renewal: {enabled: true"))
            let outcome = try await certflow.run(
                ["import", foreign.path("www.example.com.crt"), "--issuer", "local-autority"])
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("local-authority"))
        }
    }

    @Test("OpenSSL and Java read back what is exported as PKCS#12; the file is its owner's alone")
    func exported() async throws {
        try await withForeign { certflow, foreign in
            try await foreign.issue("www.example.com")
            try await certflow.succeed(
                "import", foreign.path("www.example.com.crt"), foreign.path("www.example.com.key"))
            try "changeit\n".write(toFile: foreign.path("passphrase"), atomically: true, encoding: .utf8)
            let store = foreign.path("out.p12")
            let arguments = [
                "export", "www.example.com", "--format", "pkcs12", "--passphrase-file", foreign.path("passphrase"),
                "--out", store,
            ]
            #expect(try await certflow.run(arguments).status == 0)
            let rights = try FileManager.default.attributesOfItem(atPath: store)[.posixPermissions] as? Int
            #expect(rights == 0o600)
            let key = try await foreign.openssl([
                "pkcs12", "-in", store, "-passin", "pass:changeit", "-nodes", "-nocerts",
            ])
            #expect(key.contains("BEGIN PRIVATE KEY"))
            let listing = try await PeerProgram("keytool", package: "openjdk-17-jre-headless").run(
                ["-list", "-storetype", "PKCS12", "-keystore", store, "-storepass", "changeit"], in: foreign.directory)
            #expect(listing.contains("PrivateKeyEntry"))
            // What is there is never overwritten by accident.
            let before = try Data(contentsOf: URL(filePath: store))
            let again = try await certflow.run(arguments)
            #expect(again.status == 1)
            #expect(again.errors.contains("--force"))
            #expect(try Data(contentsOf: URL(filePath: store)) == before)
        }
    }

    @Test("every PEM form comes out as it went in; one without a chain says so")
    func forms() async throws {
        try await withForeign { certflow, foreign in
            try await foreign.issue("www.example.com")
            try await certflow.succeed(
                "import", foreign.path("www.example.com.crt"), foreign.path("www.example.com.key"))
            let leaf = try String(contentsOfFile: foreign.path("www.example.com.crt"), encoding: .utf8)
            let certificate = try await certflow.succeed("export", "www.example.com", "--format", "certificate")
            #expect(certificate.filter { !$0.isWhitespace } == leaf.filter { !$0.isWhitespace })
            #expect(try await certflow.succeed("export", "www.example.com", "--format", "fullchain") == certificate)
            let bundle = try await certflow.succeed("export", "www.example.com", "--format", "bundle")
            #expect(bundle.contains("BEGIN PRIVATE KEY") && bundle.hasSuffix(certificate))
            let chain = try await certflow.run(["export", "www.example.com", "--format", "chain"])
            #expect(chain.status == 1 && chain.output.isEmpty)
            #expect(try await certflow.run(["export", "nobody", "--format", "der"]).errors.contains("nobody"))
            let version = try await certflow.run(["export", "www.example.com", "--format", "der", "--version", "7"])
            #expect(version.errors.contains("no version 7"))
        }
    }

    private struct Report: Decodable {
        struct Item: Decodable {
            var effect: String
            var certificate: String?
            var code: String?
        }
        var items: [Item]
    }

    private func withForeign(_ body: (BuiltProgram, ForeignCertificates) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let certflow = BuiltProgram(home: directory.appending(path: "home"))
            try await certflow.succeed("init")
            try await body(certflow, try await ForeignCertificates(in: directory))
        }
    }
}
