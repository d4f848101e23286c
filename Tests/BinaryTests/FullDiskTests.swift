import FaultKit
import Foundation
import TestPeers
import Testing

@Suite("a disk that is full, and one that may only be read")
struct FullDiskTests {
    /// What people do that writes to the home.
    @Test(
        "a full disk is named, with what to do, and nothing is half done",
        arguments: [["apply", "flows.yaml"], ["import", "www.crt", "www.key"], ["backup", "../outside.tar"]])
    func full(arguments: [String]) async throws {
        try await withHome { certflow, directory in
            let before = try await HomePicture(certflow)
            let outcome = try await FaultRun(
                BuiltProgram.path(), arguments,
                environment: ["CERTFLOW_HOME": certflow.home.path, "HOME": directory.path, "TZ": "UTC"],
                workingDirectory: directory.path, prefixes: [certflow.home.path],
                roles: [PathRole("wal", "certflow.db-wal")],
                fault: Fault(.noSpace, at: 1, label: "write wal", persists: true)
            ).run()
            #expect(outcome.ending == .exited(1), "\(outcome.output)\(outcome.errors)")
            #expect(outcome.errors.contains("full") && outcome.errors.contains("Free space"), "\(outcome.errors)")
            let differences = try await HomePicture(certflow).differences(from: before)
            #expect(differences == [])
            // With room again the same is done.
            try await certflow.succeed("apply", directory.appending(path: "flows.yaml").path)
            #expect(try await certflow.succeed("run").contains("version 1 published"))
        }
    }

    @Test("an export to a full disk leaves no file, and says so")
    func fullExport() async throws {
        try await withHome { certflow, directory in
            try await certflow.succeed("apply", directory.appending(path: "flows.yaml").path)
            try await certflow.succeed("run")
            let out = directory.appending(path: "out")
            try FileManager.default.createDirectory(at: out, withIntermediateDirectories: false)
            let outcome = try await FaultRun(
                BuiltProgram.path(),
                ["export", "www.example.com", "--format", "bundle", "--out", out.appending(path: "b.pem").path],
                environment: ["CERTFLOW_HOME": certflow.home.path, "HOME": directory.path, "TZ": "UTC"],
                workingDirectory: directory.path, prefixes: [out.path], fault: Fault(.noSpace, at: 1, persists: true)
            ).run()
            #expect(outcome.ending == .exited(1))
            #expect(
                outcome.errors.contains("No space left") && outcome.errors.contains("Free space"), "\(outcome.errors)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: out.path).isEmpty)
        }
    }

    @Test(
        "a home that may only be read is named, with what to do, and stays as it is",
        arguments: [["apply", "flows.yaml"], ["run"], ["init"]])
    func readOnly(arguments: [String]) async throws {
        try await withHome { certflow, directory in
            let before = try await HomePicture(certflow)
            let outcome = try await ReadOnlyHome(certflow.home).run(arguments, in: directory)
            #expect(outcome.status == 1, "\(outcome.output)")
            #expect(
                outcome.output.contains(certflow.home.path) || outcome.output.contains("database"), "\(outcome.output)")
            #expect(outcome.output.contains("write access"), "\(outcome.output)")
            let differences = try await HomePicture(certflow).differences(from: before)
            #expect(differences == [])
        }
    }

    /// A home with a profile and, beside it, what to apply and to import.
    private func withHome(_ body: (BuiltProgram, URL) async throws -> Void) async throws {
        try await Sample.withHome { certflow, tls in
            let directory = tls.deletingLastPathComponent()
            try Sample.flows.write(to: directory.appending(path: "flows.yaml"), atomically: true, encoding: .utf8)
            let foreign = try await ForeignCertificates(in: directory)
            try await foreign.issue("www")
            try await body(certflow, directory)
        }
    }
}
