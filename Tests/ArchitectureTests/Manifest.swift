import Foundation
import Subprocess
import TestPeers

/// What Package.swift says, as SwiftPM itself reads it.
struct Manifest: Decodable {
    struct Target: Decodable {
        var name: String
        var type: String
        var path: String?
        var dependencies: [Dependency]

        var folder: String { path ?? "Sources/\(name)" }
    }

    /// `{"byName": ["X", null]}`, `{"product": ["X", "package", ...]}` or `{"target": ["X", null]}`.
    struct Dependency: Decodable {
        var name: String

        init(from decoder: any Decoder) throws {
            let values = try decoder.singleValueContainer().decode([String: [Loose]].self)
            name = values.values.first?.first?.text ?? ""
        }

        private struct Loose: Decodable {
            var text: String?
            init(from decoder: any Decoder) throws { text = try? decoder.singleValueContainer().decode(String.self) }
        }
    }

    var targets: [Target]

    /// Every target that is neither a test nor a system library and lies in Sources or Plugins.
    var modules: [Target] {
        targets.filter {
            ["regular", "executable"].contains($0.type)
                && ($0.folder.hasPrefix("Sources/") || $0.folder.hasPrefix("Plugins/"))
        }
    }

    static func read() async throws -> Manifest {
        try await withTemporaryDirectory { directory in
            let outcome = try await Subprocess.run(
                .name("swift"),
                arguments: [
                    "package", "--package-path", Checkout.root.path, "--scratch-path", directory.path, "dump-package",
                ], output: .string(limit: 4 << 20), error: .string(limit: 1 << 16))
            guard outcome.terminationStatus.isSuccess else { throw PeerFailure(outcome.standardError) }
            return try JSONDecoder().decode(Manifest.self, from: Data(outcome.standardOutput.utf8))
        }
    }
}
