import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import FilesystemPublisher

@Suite("Files that answer challenges")
struct ChallengeFilesTests {
    private let publisher = FilesystemPublisher(executor: BlockingExecutor())

    private func delivery(_ token: String, in directory: String) -> Delivery {
        let file = Options(["name": .text(token), "content": .artifact(0, .challenge)])
        let facts = VersionFacts(
            certificate: "www.example.com", number: 0, subjects: ["www.example.com"],
            fingerprint: Fingerprint(sha256: Data()), serial: "", notBefore: .distantPast, notAfter: .distantPast)
        return Delivery(
            id: "\(token)ffffffffffffffff", version: facts, target: "here",
            options: Options([
                "directory": .text(directory), "layout": .text("flat"), "files": .list([.group(file)]),
            ]),
            artifacts: [Artifact(content: .challenge, digest: Data(), bytes: Secret(text: "\(token).thumbprint"))],
            deadline: .distantFuture)
    }

    private func names(_ directory: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0 != ".certflow" }.sorted()
    }

    @Test("stand side by side, come and go at the same time, and leave nothing behind")
    func together() async throws {
        try await withTemporaryDirectory { directory in
            let tokens = (0..<16).map { "token-\($0)" }
            try await withThrowingTaskGroup { group in
                for token in tokens {
                    group.addTask {
                        let delivery = delivery(token, in: directory.path)
                        #expect(try await publisher.publish(delivery, MemoryJournal()).effect == .changed)
                        let text = try String(contentsOf: directory.appending(path: token), encoding: .utf8)
                        #expect(text == "\(token).thumbprint")
                        // Half of them stay while the others go.
                        if token.hasSuffix("5") || token < "token-2" { _ = try await publisher.withdraw(delivery) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try names(directory) == tokens.filter { !($0.hasSuffix("5") || $0 < "token-2") }.sorted())
            for token in tokens { _ = try await publisher.withdraw(delivery(token, in: directory.path)) }
            #expect(try names(directory) == [])
            let left = directory.appending(path: ".certflow").path
            #expect(try FileManager.default.contentsOfDirectory(atPath: left) == [])
        }
    }

    @Test("are removed once more without harm, and never where they are not ours")
    func foreign() async throws {
        try await withTemporaryDirectory { directory in
            let (own, other) = (delivery("own", in: directory.path), delivery("other", in: directory.path))
            for text in ["other", "page.html"] {
                try text.write(to: directory.appending(path: text), atomically: true, encoding: .utf8)
            }
            _ = try await publisher.withdraw(other)
            _ = try await publisher.publish(own, MemoryJournal())
            #expect(try await publisher.publish(own, MemoryJournal()).effect == .unchanged)
            #expect(try names(directory) == ["other", "own", "page.html"])
            try "changed".write(to: directory.appending(path: "own"), atomically: true, encoding: .utf8)
            _ = try await publisher.withdraw(own)
            #expect(try names(directory) == ["other", "own", "page.html"])
            _ = try await publisher.publish(own, MemoryJournal())
            for _ in 1...2 { _ = try await publisher.withdraw(own) }
            #expect(try names(directory) == ["other", "page.html"])
        }
    }
}
