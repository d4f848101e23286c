import Crypto
import Foundation
import Runner
import Storage

/// Writes a home, with a consistent copy of its database, into one tar archive.
struct BackupWriter {
    /// A file of the archive, and where its content is read.
    private struct Source {
        var path: String
        var file: String
        var size: Int64
        var digest: String
    }

    private static let chunk = 1 << 16

    let opened: OpenedHome
    let archive: String
    let withKey: Bool
    let madeAt: Date

    /// - Returns: what stands in it.
    /// - Throws: `DeskRefusal`, `StorageError`.
    func write(replacing: Bool) async throws -> BackupManifest {
        var file = try NewFile(archive)
        let copy = URL(fileURLWithPath: archive).deletingLastPathComponent().path + "/.certflow-\(Randomness.hex(4)).db"
        defer { unlink(copy) }
        // SQLite would make it readable for all; an empty file of ours it takes as it is.
        let descriptor = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw NewFile.notWritten(copy, errno) }
        close(descriptor)
        try await opened.ledger.backUp(to: copy)
        var sources = [try source("certflow.db", copy)]
        for path in try others() { sources.append(try source(path, "\(opened.home.path)/\(path)")) }
        let manifest = BackupManifest(
            format: BackupManifest.format, version: Version.text, home: opened.home.path,
            madeAt: madeAt.ISO8601Format(), withKey: withKey,
            newestEvent: try await opened.ledger.auditHead()?.sequence ?? 0,
            files: sources.map { BackupManifest.File(path: $0.path, size: $0.size, sha256: $0.digest) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = try encoder.encode(manifest)
        try add(BackupManifest.name, Int64(text.count), file) { write in try text.withUnsafeBytes(write) }
        for source in sources {
            try add("\(BackupManifest.folder)/\(source.path)", source.size, file) { write in
                var left = source.size
                try Self.read(source.file) { piece in
                    left -= Int64(piece.count)
                    try write(piece)
                }
                guard left == 0 else { throw Self.changed(source.file) }
            }
        }
        try [UInt8](repeating: 0, count: 2 * TapeHeader.block).withUnsafeBytes { try file.write($0) }
        try file.place(replacing: replacing)
        return manifest
    }

    /// The home's files but for the database, what the runner keeps for itself, and the key where it is not wanted.
    private func others() throws -> [String] {
        var paths: [String] = []
        if FileManager.default.fileExists(atPath: opened.home.settings) { paths.append("certflow.yaml") }
        if withKey {
            guard FileManager.default.fileExists(atPath: "\(opened.home.path)/\(MasterKey.fileName)") else {
                throw DeskRefusal(
                    "backup.key-elsewhere", "The master key is no file of this home: systemd hands it over.",
                    remedy: "Back it up where it is kept, and leave --with-key away.")
            }
            paths.append(MasterKey.fileName)
        }
        let below = FileManager.default.enumerator(atPath: opened.home.profiles)
        while let name = below?.nextObject() as? String {
            var status = stat()
            guard lstat("\(opened.home.profiles)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                continue
            }
            paths.append("profiles/\(name)")
        }
        return paths.sorted()
    }

    private func source(_ path: String, _ file: String) throws -> Source {
        var hash = SHA256()
        var size: Int64 = 0
        try Self.read(file) { piece in
            hash.update(bufferPointer: piece)
            size += Int64(piece.count)
        }
        return Source(
            path: path, file: file, size: size, digest: hash.finalize().map { String(format: "%02x", $0) }.joined())
    }

    private func add(
        _ name: String, _ size: Int64, _ file: borrowing NewFile,
        _ content: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let header = TapeHeader(name: name, size: size, modified: Int64(madeAt.timeIntervalSince1970))
        try header.bytes.withUnsafeBytes { try file.write($0) }
        try content { try file.write($0) }
        try [UInt8](repeating: 0, count: TapeHeader.padding(after: size)).withUnsafeBytes { try file.write($0) }
    }

    private static func read(_ path: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: chunk)
        defer { for index in buffer.indices { buffer[index] = 0 } }
        while true {
            let count = buffer.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path, errno) }
            if count == 0 { return }
            try buffer.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }

    private static func unreadable(_ path: String, _ code: Int32) -> DeskRefusal {
        DeskRefusal(
            "backup.unreadable", "\(path) can't be read: \(String(cString: strerror(code))).",
            remedy: "Run the backup as the account that owns the home.")
    }

    private static func changed(_ path: String) -> DeskRefusal {
        DeskRefusal("backup.changed", "\(path) was changed while it was read.", remedy: "Make the backup again.")
    }
}
