import Foundation

/// Files that are created together: closes each exactly once, whatever happens. Not `Sendable`: one call has it.
final class FileBatch {
    private let kernel: Kernel
    private var directories: [String: OpenDirectory] = [:]
    private var open: [(descriptor: Int32, path: String)] = []
    /// The paths in the tree, for who has to remove them again.
    private(set) var created: [String] = []

    init(_ kernel: Kernel) { self.kernel = kernel }

    deinit {
        for file in open { _ = Glibc.close(file.descriptor) }
    }

    /// A directory of the tree, found and judged once for all files of the batch; nil where it is missing.
    func directory(_ path: String, of tree: POSIXFileTree) throws -> OpenDirectory? {
        if let found = directories[path] { return found }
        guard let opened = try tree.openDirectory(path) else { return nil }
        let directory = OpenDirectory(opened)
        directories[path] = directory
        return directory
    }

    func add(_ descriptor: Int32, _ path: String, shownAs shown: String) {
        open.append((descriptor, shown))
        created.append(path)
    }

    /// Makes all content durable and closes all files.
    ///
    /// A sync that failed is never repeated: the next one may report success though the data is lost. Who called
    /// removes the files.
    func finish() throws {
        for file in open { try kernel.call(.synchronize, file.path) { fsync(file.descriptor) } }
        while let file = open.popLast() { try Descriptor(file.descriptor).close(kernel, file.path) }
    }
}

/// A directory that several files share.
final class OpenDirectory {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}
