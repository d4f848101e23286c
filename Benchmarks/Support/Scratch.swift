import ArgumentParser
import Foundation

/// Where a benchmark puts its files: on the disk that is to be measured.
struct ScratchOptions: ParsableArguments {
    @Option(help: "A directory on the disk to measure; what is made below it is removed again.")
    var directory = FileManager.default.currentDirectoryPath + "/.build"

    /// A new directory, removed with all in it after `body`.
    func withDirectory(_ body: (String) async throws -> Void) async throws {
        let path = "\(directory)/benchmark-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }
}
