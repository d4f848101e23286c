import Foundation
import TestPeers
import Testing

@Suite("the main job, from the command line")
struct ThinPathTests {
    @Test("a new certificate is issued, published and shown by the next status")
    func thinPath() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, tls in
            let output = try await certflow.succeed("run")
            #expect(output.contains("version 1 published"))
            let live = tls.appending(path: "www.example.com/live")
            let chain = try String(contentsOf: live.appending(path: "fullchain.pem"), encoding: .utf8)
            #expect(chain.contains("BEGIN CERTIFICATE"))
            let status = try await certflow.succeed("status", "--output", "json")
            #expect(status.contains("\"published\" : true"))
            #expect(try await certflow.succeed("run").contains("Nothing was due."))
        }
    }
}
