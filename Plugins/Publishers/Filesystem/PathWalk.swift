import CLinux
import Foundation
import PluginKit

/// Opens a directory by its absolute path, one component at a time, each judged before the next is looked up in it: what
/// was judged is what was opened.
///
/// A link on the way is followed only where root or the user that runs certflow made it, in a directory that nobody
/// else may write to; all others are refused.
struct PathWalk {
    private static let mostLinks = 16
    private static let look = shim_open_path | O_NOFOLLOW | O_CLOEXEC

    let trust: Trust
    let kernel: Kernel

    /// - Parameter sticky: whether the directory itself may be one that everybody can add to, like `/tmp`.
    /// - Returns: the directory, open for listing and syncing; nil where it, or one on the way, is missing.
    /// - Throws: `PluginFailure` where others could have led the way elsewhere.
    func open(_ path: String, acceptingSticky sticky: Bool = false) throws -> Descriptor? {
        var current = try root()
        var shown = ""
        var verdict = try judge(current, "/")
        var links = 0
        var rest = Self.components(path)
        while let name = rest.popLast() {
            if name == "." { continue }
            let next = "\(shown)/\(name)"
            guard
                let raw = try current.lend({ directory in
                    try kernel.call(.open, next, unless: ENOENT) { openat(directory, name, Self.look) }
                })
            else { return nil }
            let opened = Descriptor(raw)
            let found = try opened.status(kernel, next)
            switch found.st_mode & S_IFMT {
            case S_IFLNK:
                let destination = try opened.lend { try Self.destination(of: $0, kernel, next) }
                guard verdict == .exclusive, trust.isOwnLink(found) else {
                    throw FilesystemFailure.plantedLink(next, to: destination)
                }
                links += 1
                guard links <= Self.mostLinks else { throw FilesystemFailure.tooManyLinks(path) }
                rest += Self.components(destination)
                if destination.hasPrefix("/") {
                    current = try root()
                    shown = ""
                    verdict = try judge(current, "/")
                }
            case S_IFDIR:
                verdict = try opened.lend { try trust.judge(found, $0, next) }
                current = opened
                shown = next
            default: throw FilesystemFailure.notADirectory(next)
            }
        }
        guard sticky || verdict == .exclusive else {
            throw FilesystemFailure.unsafeDirectory(
                path, "is writable by others", remedy: "Name a directory below it that is root's or certflow's alone.")
        }
        return Descriptor(
            try current.lend { directory in
                try kernel.call(.open, path) { openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
            })
    }

    /// Where the link that `descriptor` was opened to look at points.
    static func destination(of descriptor: Int32, named name: String = "", _ kernel: Kernel, _ path: String) throws
        -> String
    {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try kernel.call(.look, path) { readlinkat(descriptor, name, &buffer, buffer.count) }
        return String(decoding: buffer.prefix(count).lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private func root() throws -> Descriptor {
        Descriptor(try kernel.call(.open, "/") { Glibc.open("/", Self.look) })
    }

    private func judge(_ directory: borrowing Descriptor, _ path: String) throws -> Trust.Verdict {
        let found = try directory.status(kernel, path)
        return try directory.lend { try trust.judge(found, $0, path) }
    }

    /// The last first, so that the next is taken from the end.
    private static func components(_ path: String) -> [String] {
        path.split(separator: "/").map(String.init).reversed()
    }
}
