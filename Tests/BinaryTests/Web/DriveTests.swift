import Foundation
import TestPeers
import Testing

/// The main job, as an operator does it in a browser.
@Suite("The main job in a browser", .timeLimit(.minutes(15)))
struct DriveTests {
    private static let (first, second) = ("www.drive.test", "keys.drive.test")

    @Test("a flow set through every tab renews, publishes and serves; so does one set by keyboard alone")
    func mainJob() async throws {
        try await withTemporaryDirectory { directory in
            let program = BuiltProgram(
                home: directory.appending(path: "home"), environment: ServedProgram.environment)
            try await program.succeed("init")
            let tls = directory.appending(path: "tls")
            let nginx = try await prepare(program, tls, directory)
            try await nginx.withRunning {
                try await ServedProgram.withRunning(program, log: directory.appending(path: "serve.log")) { served in
                    let said = try await Chromium.run(
                        "drive.py",
                        [
                            served.url, served.code, pictures(directory).path, Self.first, "nginx", Self.second,
                            "files",
                        ], in: directory)
                    #expect(said.contains("all seen"), "\(said)")
                }
            }
            let status = try await program.succeed("status", "--output", "json")
            #expect(
                status.components(separatedBy: "\"serving\" : \"serving\"").count == 3, "both are served: \(status)")
            let audit = try await program.run(["audit", "verify"])
            #expect(audit.status == 0, "\(audit.output)\(audit.errors)")
        }
    }

    /// Where pictures go: kept where somebody wants to look at them.
    private func pictures(_ directory: URL) -> URL {
        ProcessInfo.processInfo.environment["CERTFLOW_PICTURES"].map { URL(filePath: $0) }
            ?? directory.appending(path: "pictures")
    }

    /// Two certificates with a version each, profiles to publish them by, and a server that has the first version of one.
    private func prepare(_ program: BuiltProgram, _ tls: URL, _ directory: URL) async throws -> Nginx.Managed {
        try await program.succeed(
            "apply", "-",
            input: """
                certificates:
                  - {name: \(Self.first), subjects: [\(Self.first)], issuer: local-authority}
                  - {name: \(Self.second), subjects: [\(Self.second)], issuer: local-authority}
                """)
        try await program.succeed("run")
        let place = tls.appending(path: Self.first)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let (chain, key) = (place.appending(path: "fullchain.pem"), place.appending(path: "privkey.pem"))
        try await program.succeed("export", Self.first, "--format", "fullchain", "--out", chain.path)
        try await program.succeed("export", Self.first, "--format", "privateKey", "--out", key.path)
        let nginx = try Nginx.Managed(chain: chain, key: key, in: directory)
        try write(
            "nginx", program,
            """
            profile: nginx
            publisher: filesystem
            with:
              directory: \(tls.path)/{{certificate.name}}
              layout: flat
              files:
                - {name: fullchain.pem, content: fullchain}
                - {name: privkey.pem, content: privateKey}
            test: {command: [\(nginx.test.joined(separator: ", "))], timeout: 20s}
            reload: {command: [\(nginx.reload.joined(separator: ", "))], timeout: 20s}
            prove:
              tls: {connect: "127.0.0.1:\(nginx.port)", serverName: "{{certificate.name}}", within: 1m}
            """)
        try write(
            "files", program,
            """
            profile: files
            publisher: filesystem
            with:
              directory: \(tls.path)/{{certificate.name}}
              layout: versioned
              files:
                - {name: bundle.pem, content: bundle, mode: "0600"}
            prove: {readBack: true}
            """)
        return nginx
    }

    private func write(_ name: String, _ program: BuiltProgram, _ text: String) throws {
        let file = program.home.appending(path: "profiles/publishing/\(name).yaml")
        try text.write(to: file, atomically: true, encoding: .utf8)
    }
}
