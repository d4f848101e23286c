import Crypto
import Foundation
import PluginKit

/// The directory of a web server, written through descriptors: each component of a path is opened in the one before and
/// never through a link, so that nobody can lead a file elsewhere.
struct Webroot: Sendable {
    private static let below = [".well-known", "acme-challenge"]
    /// Others may remove an empty directory just when we want to write into it.
    private static let mostTries = 5
    /// A key authorization is far smaller: what is larger is not ours.
    private static let largest = 1024

    let root: String

    init(_ root: String) { self.root = root }

    /// The directories that `write` would make, relative to the root.
    func missing() throws -> [String] {
        var current = try openRoot()
        for (index, name) in Self.below.enumerated() {
            guard let next = try Self.open(name, in: current, shown(index)) else {
                return (index..<Self.below.count).map { Self.below[...$0].joined(separator: "/") }
            }
            current = next
        }
        return []
    }

    /// Puts a file there in one step, readable by all.
    func write(_ text: String, as token: String) throws {
        for attempt in 1...Self.mostTries {
            var current = try openRoot()
            var isGone = false
            for (index, name) in Self.below.enumerated() {
                guard let next = try Self.make(name, in: current, shown(index)) else {
                    isGone = true
                    break
                }
                current = next
            }
            if !isGone, try write(text, as: token, in: current) { return }
            guard attempt < Self.mostTries else { break }
        }
        throw PluginFailure.webroot(path(token), ENOENT)
    }

    /// Removes a file where its content is ours, and those of the directories that are empty. Nothing of it being there
    /// is no failure.
    func remove(_ token: String, where digest: Data, _ made: [String]) throws {
        var parents = [try openRoot()]
        for (index, name) in Self.below.enumerated() {
            guard let parent = parents.last, let next = try Self.open(name, in: parent, shown(index)) else { break }
            parents.append(next)
        }
        if parents.count > Self.below.count, let directory = parents.last {
            directory.lend { _ = unlinkat($0, Self.temporary(token), 0) }
            if try isOurs(token, digest, in: directory) {
                let status = directory.lend { unlinkat($0, token, 0) }
                guard status == 0 || errno == ENOENT else { throw PluginFailure.webroot(path(token), errno) }
            }
        }
        for index in Self.below.indices.reversed() where made.contains(Self.below[...index].joined(separator: "/")) {
            guard index < parents.count else { continue }
            // Not empty: somebody else's files are in it.
            guard parents[index].lend({ unlinkat($0, Self.below[index], AT_REMOVEDIR) }) == 0 else { break }
        }
    }

    // MARK: Steps

    private func openRoot() throws -> OpenFile {
        guard let top = OpenFile(Glibc.open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) else {
            throw PluginFailure.webroot("/", errno)
        }
        var current = top
        var shown = ""
        for name in root.split(separator: "/") {
            shown += "/\(name)"
            guard let next = try Self.open(String(name), in: current, shown) else {
                throw PluginFailure.webroot(shown, ENOENT)
            }
            current = next
        }
        return current
    }

    /// Nil where there is no such directory.
    private static func open(_ name: String, in directory: OpenFile, _ shown: String) throws -> OpenFile? {
        let raw = directory.lend { openat($0, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
        if let opened = OpenFile(raw) { return opened }
        let code = errno
        if code == ENOENT { return nil }
        var found = stat()
        let isLink =
            directory.lend { fstatat($0, name, &found, AT_SYMLINK_NOFOLLOW) } == 0 && found.st_mode & S_IFMT == S_IFLNK
        throw isLink ? PluginFailure.webrootLink(shown) : PluginFailure.webroot(shown, code)
    }

    /// Nil where it was removed again meanwhile.
    private static func make(_ name: String, in directory: OpenFile, _ shown: String) throws -> OpenFile? {
        if let found = try open(name, in: directory, shown) { return found }
        let status = directory.lend { mkdirat($0, name, 0o755) }
        let code = errno
        guard status == 0 || code == EEXIST else {
            if code == ENOENT { return nil }
            throw PluginFailure.webroot(shown, code)
        }
        let made = try open(name, in: directory, shown)
        if status == 0 { made?.lend { _ = fchmod($0, 0o755) } }  // whatever the process masks
        return made
    }

    /// - Returns: false where the directory is gone.
    private func write(_ text: String, as token: String, in directory: OpenFile) throws -> Bool {
        let temporary = Self.temporary(token)
        directory.lend { _ = unlinkat($0, temporary, 0) }
        let raw = directory.lend {
            openat($0, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        guard let file = OpenFile(raw) else {
            if errno == ENOENT { return false }
            throw PluginFailure.webroot(path(token), errno)
        }
        do {
            try file.lend { descriptor in
                guard fchmod(descriptor, 0o644) == 0 else { throw PluginFailure.webroot(path(token), errno) }
                var rest = Array(text.utf8)[...]
                while !rest.isEmpty {
                    let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { throw PluginFailure.webroot(path(token), count == 0 ? EIO : errno) }
                    rest = rest.dropFirst(count)
                }
            }
            let status = directory.lend { renameat($0, temporary, $0, token) }
            guard status == 0 else { throw PluginFailure.webroot(path(token), errno) }
        } catch {
            directory.lend { _ = unlinkat($0, temporary, 0) }
            throw error
        }
        return true
    }

    private func isOurs(_ token: String, _ digest: Data, in directory: OpenFile) throws -> Bool {
        let raw = directory.lend { openat($0, token, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
        guard let file = OpenFile(raw) else { return false }
        var content = [UInt8](repeating: 0, count: Self.largest + 1)
        let count = file.lend { read($0, &content, content.count) }
        guard (0...Self.largest).contains(count) else { return false }
        return Data(SHA256.hash(data: content.prefix(count))) == digest
    }

    /// The same for every try, so that what a crash left behind is found.
    static func temporary(_ token: String) -> String {
        let name = SHA256.hash(data: Data(token.utf8)).prefix(8).map { String($0, radix: 16) }.joined(separator: "-")
        return ".certflow-\(name).part"
    }

    private func shown(_ index: Int) -> String { ([root] + Self.below[...index]).joined(separator: "/") }
    private func path(_ token: String) -> String { ([root] + Self.below).joined(separator: "/") }
}

/// One open file or directory, closed when the last holder lets go of it.
private final class OpenFile {
    private let raw: Int32

    /// Nil where `raw` is no descriptor; `errno` then tells why.
    init?(_ raw: Int32) {
        guard raw >= 0 else { return nil }
        self.raw = raw
    }

    deinit { close(raw) }

    /// Lends the number; it stays open until `body` has returned.
    func lend<Result>(_ body: (Int32) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(raw) }
    }
}

extension PluginFailure {
    static func webroot(_ path: String, _ code: Int32) -> PluginFailure {
        let reason = String(cString: strerror(code))
        let isPermission = [EACCES, EPERM, EROFS].contains(code)
        let isSetup = isPermission || [ENOENT, ENOTDIR, ENAMETOOLONG].contains(code)
        return PluginFailure(
            isSetup ? .configuration : .transient, code: "acme.webroot",
            message: "`http01.webroot`: certflow could not write into \(path): \(reason).",
            remedy: isPermission
                ? "Let the user that runs certflow write there (under systemd also `ReadWritePaths=`)."
                : "Set `http01.webroot` to the directory that the web server serves.")
    }

    static func webrootLink(_ path: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.webroot-link",
            message: "`http01.webroot`: \(path) is a symbolic link, which is not followed.",
            remedy: "Set `http01.webroot` to the real path, or replace the link by a directory.")
    }
}
