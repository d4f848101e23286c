import Foundation
import TestPeers
import Testing

@Suite("a revoked version, from the command line")
struct RevocationTests {
    @Test("is replaced at once by one with a new key, on the targets as well")
    func revoked() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, tls in
            try await certflow.succeed("run")
            let key = tls.appending(path: "www.example.com/live/privkey.pem")
            let first = try Data(contentsOf: key)
            let unknown = try await certflow.run(["revoked", "www.example.com", "--version", "7"])
            #expect(unknown.status == 1 && unknown.errors.contains("no version 7"))
            let output = try await certflow.succeed("revoked", "www.example.com", "--reason", "the key was copied")
            #expect(output.contains("version 2 issued"))
            #expect(try await certflow.succeed("run").contains("version 2 published"))
            #expect(try Data(contentsOf: key) != first)
            let history = try await certflow.succeed("history", "www.example.com")
            #expect(history.contains("version 1 was revoked (the key was copied)"))
            #expect(try await certflow.succeed("run").contains("Nothing was due."))
        }
    }

    @Test("is replaced with auto-renewal off as well where it was issued here, and published")
    func issuedHere() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, tls in
            try await certflow.succeed("run")
            let certificate = tls.appending(path: "www.example.com/live/fullchain.pem")
            let first = try Data(contentsOf: certificate)
            let off = Sample.flows.replacing("flow:\n", with: "flow:\n      renewal: {enabled: false}\n")
            try await certflow.succeed("apply", "-", input: off)
            #expect(try await certflow.succeed("revoked", "www.example.com").contains("version 2 issued"))
            #expect(try await certflow.succeed("run").contains("version 2 published"))
            #expect(try Data(contentsOf: certificate) != first)
        }
    }

    @Test("is not replaced where it was imported and auto-renewal is off, which is said with what to do")
    func imported() async throws {
        try await withTemporaryDirectory { directory in
            let certflow = BuiltProgram(home: directory.appending(path: "home"))
            try await certflow.succeed("init")
            let foreign = try await ForeignCertificates(in: directory)
            try await foreign.issue("www.example.com")
            try await certflow.succeed(
                "import", foreign.path("www.example.com.crt"), foreign.path("www.example.com.key"))
            let output = try await certflow.succeed("revoked", "www.example.com")
            #expect(output.contains("not replaced") && output.contains("auto-renewal of www.example.com is off"))
            #expect(!(try await certflow.succeed("run")).contains("version 2"))
            #expect(try await certflow.succeed("renew", "www.example.com").contains("version 2 issued"))
        }
    }
}
