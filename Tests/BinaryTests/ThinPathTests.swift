import Foundation
import TestPeers
import Testing

@Suite("the main job, from the command line")
struct ThinPathTests {
    @Test("a new certificate is issued, published and shown by the next status")
    func thinPath() async throws {
        try await withTemporaryDirectory { directory in
            let certflow = BuiltProgram(home: directory.appending(path: "home"))
            try await certflow.succeed("init")
            let tls = directory.appending(path: "tls")
            try FileManager.default.createDirectory(at: tls, withIntermediateDirectories: false)
            try Sample.profile(directory: tls).write(
                to: certflow.home.appending(path: "profiles/publishing/files.yaml"), atomically: true, encoding: .utf8)
            try await certflow.succeed("apply", "-", input: Sample.flows)
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

/// What tests of the built program publish.
enum Sample {
    /// A publishing profile "files" that writes below `directory`.
    static func profile(directory: URL) -> String {
        """
        profile: files
        publisher: filesystem
        with:
          directory: \(directory.path)/{{certificate.name}}
          layout: versioned
          files:
            - {name: fullchain.pem, content: fullchain}
            - {name: privkey.pem, content: privateKey}
        """
    }

    /// One certificate, renewed by the local authority, published by "files".
    static let flows = """
        certificates:
          - name: www.example.com
            subjects: [www.example.com]
            issuer: local-authority
            flow:
              publication: {enabled: true, profiles: [files]}
        """
}
