import Foundation
import PluginKit

/// A directory that is read and never written. What a link in it leads to is read only where that lies in the same
/// directory: certbot's `live` links do, a planted one would not.
struct SourceTree {
    /// Lists longer than this are cut: a hundred thousand certificates of one program.
    private static let longestList = 100_000

    /// The path as the operator wrote it: what messages name.
    let path: String
    private let realPath: String

    /// - Throws: `CertificateFailure` (`import.unreadable-file`) where it can't be opened or is no directory.
    init(_ path: String) throws(CertificateFailure) {
        let shown = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let descriptor = open(shown, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadableFile(shown, because: ImportFile.reason(errno)) }
        defer { close(descriptor) }
        guard let real = Self.realPath(of: descriptor) else {
            throw .unreadableFile(shown, because: "its real path can't be found")
        }
        self.path = shown
        realPath = real
    }

    /// The tree one level up, for a path that named a part of what was meant.
    func parent() throws(CertificateFailure) -> SourceTree { try SourceTree(path + "/..") }

    /// The last component of its real path.
    var name: String { realPath.split(separator: "/").last.map(String.init) ?? "" }

    /// The names in a directory below, sorted; empty where there is none.
    /// - Throws: `CertificateFailure` (`import.unreadable-file`) where it is there and can't be listed.
    func entries(of directory: String = "") throws(CertificateFailure) -> [String] {
        let shown = full(directory)
        let descriptor = open(shown, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return [] }
            throw .unreadableFile(shown, because: ImportFile.reason(errno))
        }
        defer { close(descriptor) }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd/\(descriptor)") else {
            throw .unreadableFile(shown, because: "it can't be listed")
        }
        return names.sorted().prefix(Self.longestList).map { $0 }
    }

    /// A link to a directory counts: whether it leads outside is for `read` to find out, and to say.
    func holdsDirectory(_ relative: String) -> Bool {
        var status = stat()
        return stat(full(relative), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether something of this name is there, a broken link too.
    func holds(_ relative: String) -> Bool {
        var status = stat()
        return lstat(full(relative), &status) == 0
    }

    func full(_ relative: String) -> String { relative.isEmpty ? path : "\(path)/\(relative)" }

    /// A regular file.
    /// - Throws: `CertificateFailure` (`import.missing-file`, `import.link-outside`, `import.unreadable-file`,
    ///   `input.too-large`).
    func read(_ relative: String) throws(CertificateFailure) -> ImportFile {
        let shown = full(relative)
        // Non-blocking: a FIFO in the way must not hold us up.
        let descriptor = open(shown, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno != ENOENT || holds(relative) else { throw .missingFile(shown) }
            throw .unreadableFile(shown, because: ImportFile.reason(errno))
        }
        defer { close(descriptor) }
        // Asked of the open file, not of its path: what is checked is what is read.
        guard let real = Self.realPath(of: descriptor), real.hasPrefix(realPath + "/") || realPath == "/" else {
            throw .linkOutside(shown, leadsTo: Self.realPath(of: descriptor) ?? "an unknown place")
        }
        return try ImportFile(reading: descriptor, as: shown)
    }

    /// A settings file as text; empty where it can't be read.
    func text(_ relative: String) -> String {
        guard let file = try? read(relative) else { return "" }
        return file.content.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    private static func realPath(of descriptor: Int32) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
    }
}
