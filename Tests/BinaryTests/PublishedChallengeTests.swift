import Foundation
import TestPeers
import Testing

@Suite("http-01 through a publishing profile, from the command line")
struct PublishedChallengeTests {
    private static let flows = """
        certificates:
          - name: www.example.com
            subjects: [www.example.com, example.com]
            issuer: pebble
            flow:
              publication: {enabled: true, profiles: [files]}
          - name: mail.example.com
            subjects: [mail.example.com, imap.example.com]
            issuer: pebble
        """

    private struct Stage {
        let certflow: BuiltProgram
        let pebble: Pebble
        /// Where the web server's answers come from, and a second place that challenges are published to.
        let places: [URL]

        /// - Parameter directories: where challenges are published to.
        func write(publishingTo directories: [String]) throws {
            let targets = directories.enumerated().map { "  - {name: web-\($0 + 1), directory: \($1)}" }
            let profile = """
                profile: challenges
                publisher: filesystem
                with:
                  layout: flat
                  files:
                    - {name: "{{challenge.token}}", content: challenge}
                targets:
                \(targets.joined(separator: "\n"))
                """
            try certflow.write(profile, "publishing/challenges")
        }

        func write(issuingBy publishing: String) throws {
            let profile = """
                profile: pebble
                issuer: acme
                with:
                  directory: \(pebble.directoryURL.absoluteString)
                  staging: \(pebble.directoryURL.absoluteString)
                  caBundle: \(pebble.bundle.path)
                  acceptTerms: true
                  http01: {publishing: \(publishing)}
                """
            try certflow.write(profile, "issuing/pebble")
        }

        /// What lies at the places, hidden files left out.
        func files() throws -> [String] {
            try places.flatMap { try FileManager.default.contentsOfDirectory(atPath: $0.path) }
                .filter { !$0.hasPrefix(".") }
        }
    }

    /// A home whose issuer is pebble, which asks an nginx on this machine.
    private func withStage(_ body: (Stage) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let web = directory.appending(path: "web")
            let places = [web.appending(path: ".well-known/acme-challenge"), directory.appending(path: "second")]
            for place in places {
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            }
            try await Nginx.withPages(web, in: directory) { port in
                try await Challtestsrv.withRunning(in: directory) { dns in
                    let settings = Pebble.Settings.with {
                        $0.httpPort = port
                        $0.dnsServer = dns.dnsServer
                    }
                    try await Pebble.withRunning(settings, in: directory) { pebble in
                        try await Sample.withHome { certflow, _ in
                            let stage = Stage(certflow: certflow, pebble: pebble, places: places)
                            try stage.write(publishingTo: places.map(\.path))
                            try stage.write(issuingBy: "challenges")
                            try await body(stage)
                        }
                    }
                }
            }
        }
    }

    @Test("names of several certificates are proved at once, and nothing but what was there stays at the targets")
    func proved() async throws {
        try await withStage { stage in
            let certflow = stage.certflow
            try "page".write(
                to: try #require(stage.places.first).appending(path: "other"), atomically: true, encoding: .utf8)
            try await certflow.succeed("apply", "-", input: Self.flows)
            let check = try await certflow.succeed("issuer", "check", "pebble")
            #expect(check.contains("the publishing profile challenges takes the files"))
            let targets = try await certflow.succeed("profile", "check", "challenges")
            #expect(targets.contains("web-1") && targets.contains("web-2"))
            try await certflow.succeed("renew", "www.example.com", "--rehearse")
            let output = try await certflow.succeed("run")
            #expect(output.components(separatedBy: "version 1 issued by pebble").count == 3)
            #expect(try stage.files() == ["other"])
        }
    }

    @Test("a target that does not take the answer is named, and profiles stand only where they fit")
    func refused() async throws {
        try await withStage { stage in
            let certflow = stage.certflow
            try await certflow.succeed("apply", "-", input: Self.flows)
            try stage.write(publishingTo: [try #require(stage.places.first).path, "/nowhere/here/challenges"])
            let failed = try await certflow.run(["renew", "www.example.com"])
            #expect(failed.status == 1)
            #expect(failed.errors.contains("challenges/web-2") && failed.errors.contains("/nowhere"))
            try stage.write(issuingBy: "files")
            let issuer = try await certflow.run(["issuer", "check", "pebble"])
            #expect((issuer.output + issuer.errors).contains("can't answer challenges"))
            let wrong = Self.flows.replacing("[files]", with: "[challenges]")
            let flow = try await certflow.run(["apply", "-"], input: wrong)
            #expect(flow.status == 1 && flow.errors.contains("is for challenges"))
        }
    }
}
