import Foundation
import Subprocess
import TestPeers

/// A home that the program may read and not write, whoever runs the test: root gives up its right to write anywhere.
struct ReadOnlyHome {
    private let home: URL

    init(_ home: URL) { self.home = home }

    /// Runs the built program on it.
    /// - Returns: how it ended, and both of its output streams.
    func run(_ arguments: [String], in directory: URL) async throws -> (status: Int, output: String) {
        try setWritable(false)
        defer { try? setWritable(true) }
        let drops = geteuid() == 0 ? ["--bounding-set=-dac_override,-dac_read_search"] : []
        let outcome = try await Subprocess.run(
            .path("/usr/bin/setpriv"), arguments: Arguments(drops + ["--", try BuiltProgram.path()] + arguments),
            environment: .inherit.updating(["CERTFLOW_HOME": home.path]), workingDirectory: .init(directory.path),
            input: .none, output: .string(limit: 1 << 20), error: .combinedWithOutput)
        guard case .exited(let status) = outcome.terminationStatus else { return (-1, outcome.standardOutput) }
        return (Int(status), outcome.standardOutput)
    }

    private func setWritable(_ isWritable: Bool) throws {
        let manager = FileManager.default
        for name in [""] + (try manager.subpathsOfDirectory(atPath: home.path)) {
            let path = home.appending(path: name).path
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            let mode = isWritable ? status.st_mode | 0o200 : status.st_mode & ~0o222
            chmod(path, mode & 0o777)
        }
    }
}
