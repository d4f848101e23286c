import Foundation

/// The files below some directories, in memory: what a power loss may leave, or what a run started from.
///
/// Owners, times and extended attributes are not kept; sockets and FIFOs are left out.
public struct DiskTree: Sendable, Hashable {
    public enum Node: Sendable {
        case directory(mode: UInt32)
        case file([UInt8], mode: UInt32)
        case link(String)
    }

    /// Nodes by absolute path.
    public internal(set) var nodes: [String: Node]

    init(nodes: [String: Node] = [:]) { self.nodes = nodes }

    /// Reads what is there now.
    ///
    /// - Throws: ``FaultKitError`` where something cannot be read.
    public init(reading prefixes: [String]) throws {
        self.init()
        for prefix in prefixes { try read(canonicalPath(prefix)) }
    }

    /// The modes of all nodes by path; 0777 for links.
    public var modes: [String: UInt32] {
        nodes.mapValues { node in
            switch node {
            case .directory(let mode), .file(_, let mode): mode
            case .link: 0o777
            }
        }
    }

    private mutating func read(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw FaultKitError.call("lstat", on: path, error: errno) }
        let mode = status.st_mode & 0o7777
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            nodes[path] = .directory(mode: mode)
            for name in try FileManager.default.contentsOfDirectory(atPath: path) { try read(path + "/" + name) }
        case S_IFREG:
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw FaultKitError.call("read", on: path, error: errno)
            }
            nodes[path] = .file([UInt8](bytes), mode: mode)
        case S_IFLNK:
            nodes[path] = .link(try FileManager.default.destinationOfSymbolicLink(atPath: path))
        default: break
        }
    }

    /// Makes `directory` hold what the tree has below `prefix`, and nothing else.
    ///
    /// `directory` may be the prefix itself: programs whose files name absolute paths need the image in its place.
    ///
    /// - Throws: ``FaultKitError``, or what Foundation throws, where it cannot be written.
    public func write(_ prefix: String, to directory: String) throws {
        let files = FileManager.default
        if files.fileExists(atPath: directory) { try files.removeItem(atPath: directory) }
        var modes: [(path: String, mode: UInt32)] = []
        let below = nodes.filter { $0.key == prefix || $0.key.hasPrefix(prefix + "/") }
        for (path, node) in below.sorted(by: { $0.key < $1.key }) {
            let place = directory + path.dropFirst(prefix.count)
            switch node {
            case .directory(let mode):
                try files.createDirectory(atPath: place, withIntermediateDirectories: true)
                modes.append((place, mode))
            case .file(let bytes, let mode):
                guard files.createFile(atPath: place, contents: Data(bytes)) else {
                    throw FaultKitError.call("create", on: place, error: errno)
                }
                modes.append((place, mode))
            case .link(let target):
                try files.createSymbolicLink(atPath: place, withDestinationPath: target)
            }
        }
        // Children first: a directory may end up closed to writing.
        for (path, mode) in modes.reversed() where chmod(path, mode) != 0 {
            throw FaultKitError.call("chmod", on: path, error: errno)
        }
    }
}

extension DiskTree.Node: Hashable {
    // By whole buffers: images are many, and a debug build takes arrays byte by byte.
    public static func == (one: Self, other: Self) -> Bool {
        switch (one, other) {
        case (.directory(let one), .directory(let other)): one == other
        case (.link(let one), .link(let other)): one == other
        case (.file(let one, let mode), .file(let other, let otherMode)):
            mode == otherMode && one.count == other.count
                && one.withUnsafeBytes { left in
                    other.withUnsafeBytes { right in
                        guard let left = left.baseAddress, let base = right.baseAddress else { return true }
                        return memcmp(left, base, right.count) == 0
                    }
                }
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .directory(let mode): hasher.combine(mode)
        case .link(let target): hasher.combine(target)
        case .file(let bytes, let mode):
            hasher.combine(mode)
            bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        }
    }
}
