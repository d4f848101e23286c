import Foundation
import Testing

@testable import FaultKit

/// A program in C from Fixtures, compiled when a test first wants it and kept beside the test program.
struct CProgram {
    let path: String

    init(_ name: String) async throws {
        let source = try #require(Bundle.module.url(forResource: name, withExtension: "c", subdirectory: "Fixtures"))
        let text = try Data(contentsOf: source)
        let place = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "FaultKitFixtures")
        path = place.appending(path: "\(name)-\(Self.digest(text))").path
        if FileManager.default.isExecutableFile(atPath: path) { return }

        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let scratch = try ScratchDirectory()
        defer { scratch.remove() }
        let built = path + "-" + UUID().uuidString
        let compiler = ChildProcess(
            program: "/usr/bin/cc",
            arguments: ["-O1", "-pthread", "-o", built, source.path] + (name == "insert" ? ["-lsqlite3"] : []),
            environment: ["PATH": "/usr/bin:/bin"], workingDirectory: nil, input: "", scratch: scratch.path)
        let result = try await compiler.run(timeout: .seconds(120))
        try #require(result.ending == .exited(0), "cc could not compile \(name).c: \(result.errors)")
        // Another test may have built the same meanwhile: one name, whole at any time.
        try #require(rename(built, path) == 0)
    }

    private static func digest(_ data: Data) -> String {
        let digest = data.reduce(into: UInt64(0xcbf2_9ce4_8422_2325)) { $0 = ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(digest, radix: 16)
    }
}

/// Runs `body` with an empty directory that is removed afterwards.
func withScratch<R>(_ body: (String) async throws -> R) async throws -> R {
    let scratch = try ScratchDirectory()
    defer { scratch.remove() }
    return try await body(scratch.path)
}

func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
}

func names(in directory: String) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: directory))
}
