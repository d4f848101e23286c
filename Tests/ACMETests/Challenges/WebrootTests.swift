import Foundation
import PluginKit
import TestPeers
import Testing

@testable import ACME

@Suite("http-01 by files of a web server")
struct WebrootTests {
    private func options(_ root: URL) -> Options {
        Options(["http01": .group(Options(["webroot": .text(root.path)]))])
    }

    private func solver(_ bench: ChallengeBench, _ root: URL) async throws -> any ChallengeSolver {
        try await bench.solver(options(root), .http01, "www.example.test")
    }

    private func mode(_ file: URL) throws -> UInt32 {
        var found = stat()
        try #require(lstat(file.path, &found) == 0)
        return found.st_mode
    }

    private static let below = ".well-known/acme-challenge"

    @Test("a file is put there for all to read, and taken away with the directories that were made for it")
    func wholeWay() async throws {
        try await withTemporaryDirectory { root in
            let bench = ChallengeBench()
            let solver = try await solver(bench, root)
            let challenge = ChallengeBench.challenge(.http01, "www.example.test")
            let handle = try await solver.present(challenge, bench.journal)
            #expect(bench.journal.handles == [handle])
            let file = root.appending(path: "\(Self.below)/\(challenge.token)")
            #expect(try String(contentsOf: file, encoding: .utf8) == challenge.keyAuthorization)
            #expect(try mode(file) & 0o7777 == 0o644)
            #expect(try mode(root.appending(path: ".well-known")) & 0o7777 == 0o755)
            #expect(try mode(root.appending(path: Self.below)) & 0o7777 == 0o755)
            #expect(try await solver.propagated(challenge, handle))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: file.deletingLastPathComponent().path).count == 1)
            // A crash before the journal's answer: it is placed again.
            let again = try await solver.present(challenge, bench.journal)
            #expect(try String(contentsOf: file, encoding: .utf8) == challenge.keyAuthorization)
            try await solver.cleanUp(challenge, again)
            #expect(!FileManager.default.fileExists(atPath: file.path))
            try await solver.cleanUp(challenge, handle)
            #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).isEmpty)
            try await solver.cleanUp(challenge, handle)
        }
    }

    @Test("directories and files of others stay")
    func others() async throws {
        try await withTemporaryDirectory { root in
            let bench = ChallengeBench()
            let directory = root.appending(path: Self.below)
            try FileManager.default.createDirectory(
                at: root.appending(path: ".well-known"), withIntermediateDirectories: true)
            let solver = try await solver(bench, root)
            let challenges = (0..<2).map { _ in ChallengeBench.challenge(.http01, "www.example.test") }
            var handles: [Handle] = []
            for challenge in challenges { handles.append(try await solver.present(challenge, bench.journal)) }
            try await solver.cleanUp(challenges[0], handles[0])
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [challenges[1].token])
            let foreign = directory.appending(path: challenges[1].token)
            try "not ours".write(to: foreign, atomically: true, encoding: .utf8)
            try await solver.cleanUp(challenges[1], handles[1])
            #expect(try String(contentsOf: foreign, encoding: .utf8) == "not ours")
            try FileManager.default.removeItem(at: foreign)
            try await solver.cleanUp(challenges[0], handles[0])
            #expect(!FileManager.default.fileExists(atPath: directory.path))
            #expect(FileManager.default.fileExists(atPath: root.appending(path: ".well-known").path))
        }
    }

    @Test("many orders write and clean up beside each other")
    func atOnce() async throws {
        try await withTemporaryDirectory { root in
            let bench = ChallengeBench()
            let solver = try await solver(bench, root)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<40 {
                    tasks.addTask {
                        let challenge = ChallengeBench.challenge(.http01, "www.example.test")
                        let handle = try await solver.present(challenge, bench.journal)
                        let file = root.appending(path: "\(Self.below)/\(challenge.token)")
                        #expect(try String(contentsOf: file, encoding: .utf8) == challenge.keyAuthorization)
                        try await solver.cleanUp(challenge, handle)
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }

    @Test("a planted link is never followed, be it a directory, the file, or the file that it is made from")
    func links() async throws {
        try await withTemporaryDirectory { outside in
            let victim = outside.appending(path: "victim")
            try "precious".write(to: victim, atomically: true, encoding: .utf8)
            for component in [".well-known", Self.below] {
                try await withTemporaryDirectory { root in
                    let bench = ChallengeBench()
                    let link = root.appending(path: component)
                    try FileManager.default.createDirectory(
                        at: link.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: outside)
                    let failure = await ChallengeBench.expect(.configuration, "acme.webroot-link") {
                        try await solver(bench, root).present(
                            ChallengeBench.challenge(.http01, "www.example.test"), bench.journal)
                    }
                    #expect(failure?.message.contains(link.path) == true)
                }
            }
            try await withTemporaryDirectory { root in
                let bench = ChallengeBench()
                let directory = root.appending(path: Self.below)
                try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
                let challenge = ChallengeBench.challenge(.http01, "www.example.test")
                let file = directory.appending(path: challenge.token)
                try FileManager.default.createSymbolicLink(at: file, withDestinationURL: victim)
                let solver = try await solver(bench, root)
                let handle = try await solver.present(challenge, bench.journal)
                #expect(try mode(file) & S_IFMT == S_IFREG)
                try FileManager.default.removeItem(at: file)
                try FileManager.default.createSymbolicLink(at: file, withDestinationURL: victim)
                try await solver.cleanUp(challenge, handle)
                #expect(try mode(file) & S_IFMT == S_IFLNK)
            }
            #expect(try String(contentsOf: victim, encoding: .utf8) == "precious")
            #expect(try FileManager.default.contentsOfDirectory(atPath: outside.path) == ["victim"])
        }
    }

    @Test("a root that is missing, or is a link itself, is named")
    func badRoot() async throws {
        try await withTemporaryDirectory { directory in
            let bench = ChallengeBench()
            let challenge = ChallengeBench.challenge(.http01, "www.example.test")
            let missing = directory.appending(path: "missing")
            let failure = await ChallengeBench.expect(.configuration, "acme.webroot") {
                try await solver(bench, missing).present(challenge, bench.journal)
            }
            #expect(failure?.message.contains(missing.path) == true)
            let link = directory.appending(path: "link")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: directory)
            await ChallengeBench.expect(.configuration, "acme.webroot-link") {
                try await solver(bench, link).present(challenge, bench.journal)
            }
            let file = directory.appending(path: "file")
            try "".write(to: file, atomically: true, encoding: .utf8)
            await ChallengeBench.expect(.configuration, "acme.webroot") {
                try await solver(bench, file).present(challenge, bench.journal)
            }
        }
    }

    @Test("nothing is written where the note of it could not be stored")
    func lostLease() async throws {
        try await withTemporaryDirectory { root in
            let bench = ChallengeBench()
            bench.journal.refuse()
            await #expect(throws: ChallengeJournal.LeaseLost.self) {
                try await solver(bench, root).present(
                    ChallengeBench.challenge(.http01, "www.example.test"), bench.journal)
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: root.path)
            #expect(left.isEmpty)
        }
    }

    @Test("a cut-off file of a crash is cleared away with the rest")
    func leftovers() async throws {
        try await withTemporaryDirectory { root in
            let bench = ChallengeBench()
            let solver = try await solver(bench, root)
            let challenge = ChallengeBench.challenge(.http01, "www.example.test")
            let handle = try await solver.present(challenge, bench.journal)
            let directory = root.appending(path: Self.below)
            let file = directory.appending(path: challenge.token)
            try FileManager.default.moveItem(
                at: file, to: directory.appending(path: Webroot.temporary(challenge.token)))
            try await solver.cleanUp(challenge, handle)
            #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).isEmpty)
        }
    }
}
