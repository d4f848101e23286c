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
            try await certflow.succeed("revoked", "www.example.com", "--reason", "the key was copied")
            let output = try await certflow.succeed("run")
            #expect(output.contains("version 2 issued") && output.contains("version 2 published"))
            #expect(try Data(contentsOf: key) != first)
            let history = try await certflow.succeed("history", "www.example.com")
            #expect(history.contains("version 1 was revoked (the key was copied)"))
            #expect(try await certflow.succeed("run").contains("Nothing was due."))
        }
    }
}
