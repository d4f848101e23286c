import Foundation
import TestPeers
import Testing

@Suite("backup and restore")
struct BackupTests {
    @Test("a backup beside a living runner is one tar file for its owner, and restores to the same home")
    func besideRunner() async throws {
        try await withPublished { certflow, directory in
            let archive = directory.appending(path: "backup.tar").path
            _ = try await certflow.staying(["run", "--watch"]) { _ in
                try await certflow.succeed("backup", archive, "--with-key")
            }
            let rights = try FileManager.default.attributesOfItem(atPath: archive)[.posixPermissions] as? Int
            #expect(rights == 0o600)
            let listing = try await PeerProgram("tar", package: "tar").run(["-tf", archive], in: directory)
            #expect(listing.contains("certflow-backup/master.key"))
            #expect(listing.contains("certflow-backup/profiles/publishing/files.yaml"))
            let before = try await certflow.succeed("status", "--output", "json")
            let restored = BuiltProgram(home: directory.appending(path: "restored"))
            #expect(try await restored.succeed("restore", archive).contains("1 certificate"))
            let after = try await restored.succeed("status", "--output", "json")
            #expect(Self.facts(after) == Self.facts(before))
            let key = try await certflow.succeed("export", "www.example.com", "--format", "privateKey")
            #expect(try await restored.succeed("export", "www.example.com", "--format", "privateKey") == key)
            #expect(try Self.leftovers(directory).isEmpty)
        }
    }

    @Test("without --with-key the master key is not in the backup, and has to be given to restore it")
    func withoutKey() async throws {
        try await withPublished { certflow, directory in
            let archive = directory.appending(path: "backup.tar").path
            #expect(try await certflow.succeed("backup", archive).contains("NOT in it"))
            let key = try Data(contentsOf: certflow.home.appending(path: "master.key"))
            #expect(try Data(contentsOf: URL(filePath: archive)).range(of: key) == nil)
            let restored = BuiltProgram(home: directory.appending(path: "restored"))
            let without = try await restored.run(["restore", archive])
            #expect(without.status == 1 && without.errors.contains("--key"))
            let wrong = directory.appending(path: "wrong.key")
            try Data(repeating: 7, count: 32).write(to: wrong)
            let mistaken = try await restored.run(["restore", archive, "--key", wrong.path])
            #expect(mistaken.status == 1 && mistaken.errors.contains("master key"))
            #expect(try Self.leftovers(directory).isEmpty)
            try await restored.succeed("restore", archive, "--key", certflow.home.appending(path: "master.key").path)
            try await restored.succeed("export", "www.example.com", "--format", "bundle")
        }
    }

    @Test("a restored home issues and publishes nothing where a target holds something newer, until it is taken in")
    func newerOnTarget() async throws {
        try await withPublished { certflow, directory in
            let archive = directory.appending(path: "backup.tar").path
            try await certflow.succeed("backup", archive, "--with-key")
            // The old home goes on: another version, for one more name, is issued and published.
            let flows = Sample.flows.replacing("[www.example.com]", with: "[www.example.com, example.com]")
            try await certflow.succeed("apply", "-", input: flows)
            try await certflow.succeed("run")
            let live = directory.appending(path: "tls/www.example.com/live")
            let newer = try Data(contentsOf: live.appending(path: "fullchain.pem"))
            let restored = BuiltProgram(home: directory.appending(path: "restored"))
            let report = try await restored.succeed("restore", archive)
            #expect(report.contains("www.example.com -> files/default") && report.contains("certflow import"))
            // Even asked for another version it waits.
            try await restored.succeed("apply", "-", input: flows)
            let run = try await restored.run(["run"])
            #expect(run.status == 1 && run.output.contains("The target holds"), "it looks, and tells what it sees")
            #expect(try Data(contentsOf: live.appending(path: "fullchain.pem")) == newer)
            #expect(try await Self.version(restored) == 1)
            try await restored.succeed(
                "import", live.appending(path: "fullchain.pem").path, live.appending(path: "privkey.pem").path,
                "--name",
                "www.example.com")
            #expect(try await Self.version(restored) == 2)
            #expect(try Data(contentsOf: live.appending(path: "fullchain.pem")) == newer)
        }
    }

    @Test(
        "a damaged or cut backup is refused with its fault, and nothing is left of it",
        arguments: ["cut", "changed", "other"])
    func damaged(harm: String) async throws {
        try await withPublished { certflow, directory in
            let archive = directory.appending(path: "backup.tar")
            try await certflow.succeed("backup", archive.path, "--with-key")
            var bytes = try Data(contentsOf: archive)
            switch harm {
            case "cut": bytes = bytes.prefix(bytes.count / 2)
            case "changed": bytes[bytes.count / 2] ^= 1
            default: bytes = Data("certificates: []\n".utf8)
            }
            try bytes.write(to: archive)
            let restored = BuiltProgram(home: directory.appending(path: "restored"))
            let outcome = try await restored.run(["restore", archive.path])
            #expect(outcome.status == 1 && outcome.errors.contains("can't be used"))
            #expect(!FileManager.default.fileExists(atPath: restored.home.path))
            #expect(try Self.leftovers(directory).isEmpty)
        }
    }

    @Test("a home that is not empty, or that has a runner, is never restored over")
    func notEmpty() async throws {
        try await withPublished { certflow, directory in
            let archive = directory.appending(path: "backup.tar").path
            try await certflow.succeed("backup", archive, "--with-key")
            let outcome = try await certflow.run(["restore", archive])
            #expect(outcome.status == 1 && outcome.errors.contains("not empty"))
            let again = try await certflow.run(["backup", archive])
            #expect(again.status == 1 && again.errors.contains("--force"))
            try await certflow.succeed("status")
        }
    }

    /// The restore's own directories that a failure must not leave behind.
    private static func leftovers(_ directory: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).filter {
            $0.contains(".restoring-") || $0.hasPrefix(".certflow-") || $0.hasPrefix(".backup")
        }
    }

    private struct Status: Decodable {
        var name: String
        var version: Int
        var notAfter: String?
    }

    private static func facts(_ status: String) -> [String] {
        let certificates = (try? JSONDecoder().decode([Status].self, from: Data(status.utf8))) ?? []
        return certificates.map { "\($0.name) \($0.version) \($0.notAfter ?? "")" }
    }

    private static func version(_ certflow: BuiltProgram) async throws -> Int? {
        let status = try await certflow.succeed("status", "--output", "json")
        return try JSONDecoder().decode([Status].self, from: Data(status.utf8)).first?.version
    }

    /// A home whose one certificate was published once.
    private func withPublished(_ body: (BuiltProgram, URL) async throws -> Void) async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, tls in
            try await certflow.succeed("run")
            try await body(certflow, tls.deletingLastPathComponent())
        }
    }
}
