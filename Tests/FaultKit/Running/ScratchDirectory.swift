import Foundation

/// A directory of one's own, with its canonical path.
public struct ScratchDirectory: Sendable {
    public let path: String

    /// A place where files are kept in memory and syncs cost nothing; the system's temporary directory where there is
    /// none.
    public static let inMemory = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : onDisk
    /// The system's temporary directory.
    public static let onDisk = NSTemporaryDirectory()

    /// - Parameter parent: an existing directory, here or in memory or on disk.
    public init(in parent: String = ScratchDirectory.inMemory) throws {
        let parent = try canonicalPath(parent)
        path = parent + "/faults-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    public func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// The path as the kernel sees it, links resolved, as traces have it.
func canonicalPath(_ path: String) throws -> String {
    guard let resolved = realpath(path, nil) else {
        throw FaultKitError.call("realpath", on: path, error: errno)
    }
    defer { free(resolved) }
    return String(cString: resolved)
}
