import CLinux
import Foundation
import PluginKit
import Synchronization

/// A directory of this machine as a file tree.
///
/// Its root is found once, component by component, and held open: whatever others rename above it afterwards, all work
/// of this tree goes to the directory that was judged. Below the root no link is followed, and each directory is judged
/// as those above it are.
///
/// Every call blocks: it belongs on threads of its own, never on the shared pool.
final class POSIXFileTree: FileTree {
    static let list = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    /// Absolute, without doubled or trailing slashes.
    let root: String
    let kernel: Kernel
    private let walk: PathWalk
    private let rootDescriptor = Mutex<Int32?>(nil)

    init(root: String, trust: Trust, kernel: Kernel = Kernel()) {
        self.root = root
        self.kernel = kernel
        walk = PathWalk(trust: trust, kernel: kernel)
    }

    deinit {
        rootDescriptor.withLock { root in
            if let root { _ = Glibc.close(root) }
        }
    }

    // MARK: Looking

    func kind(of path: String) async throws -> FileKind? {
        if path.isEmpty { return try openDirectory(path) == nil ? nil : .directory }
        let (parent, name) = try split(path)
        guard let directory = try openDirectory(parent) else { return nil }
        guard let found = try status(of: name, in: directory, shown(path)) else { return nil }
        switch found.st_mode & S_IFMT {
        case S_IFREG: return .file(Int(found.st_size))
        case S_IFDIR: return .directory
        case S_IFLNK:
            return .link(
                try directory.lend { try PathWalk.destination(of: $0, named: name, kernel, shown(path)) })
        default: return .other(Self.words(found.st_mode))
        }
    }

    func names(in directory: String) async throws -> [String]? {
        guard let opened = try openDirectory(directory) else { return nil }
        return try names(in: opened, shown(directory))
    }

    // MARK: Directories and names

    func makeDirectory(_ path: String, mode: UInt32) async throws -> Bool {
        guard path.isEmpty else {
            let (parent, name) = try split(path)
            guard let directory = try openDirectory(parent) else {
                throw FilesystemFailure.system(ENOENT, .makeDirectory, shown(path))
            }
            return try make(name, in: directory, mode: mode, shown(path))
        }
        guard let slash = root.lastIndex(of: "/"), root.count > 1 else { return false }
        let above = root[..<slash].isEmpty ? "/" : String(root[..<slash])
        guard let directory = try walk.open(above, acceptingSticky: true) else {
            throw FilesystemFailure.system(ENOENT, .makeDirectory, root)
        }
        let made = try make(String(root[root.index(after: slash)...]), in: directory, mode: mode, root)
        // Also where it stood there: an earlier try may have ended between making it and this sync.
        try synchronize(directory, above)
        return made
    }

    func setMode(_ mode: UInt32, ofDirectory path: String) async throws {
        let directory = try existing(path)
        try setMode(mode, of: directory, shown(path))
    }

    func rename(_ source: String, to path: String) async throws -> Bool {
        let (oldParent, old) = try split(source)
        let (newParent, new) = try split(path)
        let from = try existing(oldParent)
        guard newParent != oldParent else {
            try from.lend { from in try kernel.call(.rename, shown(path)) { renameat(from, old, from, new) } }
            return true
        }
        let to = try existing(newParent)
        try from.lend { from in
            try to.lend { to in try kernel.call(.rename, shown(path)) { renameat(from, old, to, new) } }
        }
        return true
    }

    func link(_ path: String, to destination: String) async throws -> Bool {
        let (parent, name) = try split(path)
        let directory = try existing(parent)
        // Only whom we trust may add names here, so a fixed name is safe, and what a crash leaves is used again.
        let new = ".certflow-link-\(name)"
        try directory.lend { directory in
            let make = { symlinkat(destination, directory, new) }
            if try kernel.call(.link, shown(path), unless: EEXIST, body: make) == nil {
                try kernel.call(.remove, shown(path)) { unlinkat(directory, new, 0) }
                try kernel.call(.link, shown(path), make)
            }
            try kernel.call(.rename, shown(path)) { renameat(directory, new, directory, name) }
        }
        return true
    }

    func synchronize(_ directory: String) async throws {
        try synchronize(try existing(directory), shown(directory))
    }

    func remove(_ path: String) async throws {
        let (parent, name) = try split(path)
        guard let directory = try openDirectory(parent) else { return }
        try remove(name, in: directory, shown(path))
    }

    // MARK: For the other parts of this tree

    /// A directory of this tree, judged on the way; nil where it is missing.
    func openDirectory(_ path: String) throws -> Descriptor? {
        guard var current = try openRoot() else { return nil }
        var shown = root
        for name in try components(path) {
            shown += "/\(name)"
            let opened = try current.lend { directory in
                try kernel.call(.open, shown, unless: ENOENT, ENOTDIR, ELOOP) { openat(directory, name, Self.list) }
            }
            guard let opened else {
                try refuseOtherThanDirectory(name, in: current, shown)
                return nil
            }
            let next = Descriptor(opened)
            let entered = try next.status(kernel, shown)
            let verdict = try next.lend { try walk.trust.judge(entered, $0, shown) }
            guard verdict == .exclusive else {
                throw FilesystemFailure.unsafeDirectory(
                    shown, "is writable by others", remedy: "Take that right away: `chmod go-w \(shown)`.")
            }
            current = next
        }
        return current
    }

    /// - Throws: `PluginFailure` where it is missing.
    func existing(_ directory: String) throws -> Descriptor {
        guard let opened = try openDirectory(directory) else {
            throw FilesystemFailure.system(ENOENT, .open, shown(directory))
        }
        return opened
    }

    private func refuseOtherThanDirectory(_ name: String, in parent: borrowing Descriptor, _ path: String) throws {
        guard let found = try status(of: name, in: parent, path) else { return }
        guard found.st_mode & S_IFMT == S_IFLNK else { throw FilesystemFailure.notADirectory(path) }
        let destination = try parent.lend { try PathWalk.destination(of: $0, named: name, kernel, path) }
        throw FilesystemFailure.plantedLink(path, to: destination)
    }

    /// The directory that holds `path`, and the name in it; the root itself has none.
    func split(_ path: String) throws -> (parent: String, name: String) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
        try check(name, of: path)
        return (slash.map { String(path[..<$0]) } ?? "", name)
    }

    func shown(_ path: String) -> String { path.isEmpty ? root : "\(root)/\(path)" }

    private func components(_ path: String) throws -> [String] {
        guard !path.isEmpty else { return [] }
        return try path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { part in
            let name = String(Substring(part))
            try check(name, of: path)
            return name
        }
    }

    private func check(_ name: String, of path: String) throws {
        guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(0) else {
            throw FilesystemFailure.badPath(shown(path))
        }
    }

    private func openRoot() throws -> Descriptor? {
        try rootDescriptor.withLock { held in
            if held == nil {
                guard let opened = try walk.open(root) else { return nil }
                held = try opened.lend { try kernel.call(.open, root, Self.duplicate($0)) }
            }
            guard let held else { return nil }
            return Descriptor(try kernel.call(.open, root, Self.duplicate(held)))
        }
    }

    private static func duplicate(_ directory: Int32) -> () -> Int32 {
        { openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    }

    static func words(_ mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFIFO: "a FIFO"
        case S_IFSOCK: "a socket"
        case S_IFCHR, S_IFBLK: "a device"
        default: "something else"
        }
    }
}
