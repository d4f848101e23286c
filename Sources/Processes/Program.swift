import Foundation
import PluginKit

/// Finds programs by name in `Processes.searchPath`, or checks one that is named by its absolute path.
enum Program {
    /// File systems can hang; that must not cost a thread of the shared pool.
    private static let queue = DispatchQueue(label: "certflow.programs", attributes: .concurrent)

    /// - Returns: an absolute path to an executable file.
    static func find(_ name: String) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try search(name) }) }
        }
    }

    private static func search(_ name: String) throws(PluginFailure) -> String {
        if name.hasPrefix("/") {
            if let failure = obstacle(at: name) { throw failure }
            return name
        }
        guard !name.contains("/") else { throw .relativeProgram(name) }
        var near: PluginFailure?
        for directory in Processes.searchPath.split(separator: ":") {
            let path = "\(directory)/\(name)"
            guard let failure = obstacle(at: path) else { return path }
            if failure.code != PluginFailure.programMissing(path).code { near = near ?? failure }
        }
        throw near ?? .programNotFound(name)
    }

    private static func obstacle(at path: String) -> PluginFailure? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return errno == ENOENT || errno == ENOTDIR ? .programMissing(path) : .programUnreadable(path, errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return .notAProgram(path) }
        guard access(path, X_OK) == 0 else { return .notExecutable(path) }
        return nil
    }
}
