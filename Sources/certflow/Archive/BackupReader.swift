import Crypto
import Foundation
import Runner
import Storage

/// Unpacks a backup into an empty directory, each file only where it is exactly what the manifest says.
struct BackupReader {
    let archive: String

    /// - Parameter directory: exists, empty, for its owner alone.
    /// - Returns: what the backup says of itself.
    /// - Throws: `DeskRefusal`.
    func unpack(into directory: String) throws -> BackupManifest {
        do {
            let reader = try TapeReader(archive)
            let manifest = try manifest(reader)
            var expected = Dictionary(manifest.files.map { ($0.path, $0) }) { first, _ in first }
            while let header = try reader.next() {
                let path = String(header.name.dropFirst(BackupManifest.folder.count + 1))
                guard header.type == UInt8(ascii: "0") || header.type == 0,
                    let file = expected.removeValue(forKey: path),
                    Self.isSafe(path), file.size == header.size
                else { throw TapeProblem(what: "it holds `\(header.name)`, which its manifest does not name") }
                try unpack(header, file, reader, to: "\(directory)/\(path)")
            }
            guard expected.isEmpty else {
                throw TapeProblem(what: "`\(expected.keys.sorted().first ?? "")` is missing in it")
            }
            guard manifest.files.contains(where: { $0.path == "certflow.db" }) else {
                throw TapeProblem(what: "it holds no database")
            }
            return manifest
        } catch let problem as TapeProblem {
            throw DeskRefusal(
                "restore.damaged", "The backup \(archive) can't be used: \(problem.what).",
                remedy: "Use another backup; `tar -tvf \(archive)` lists what is in this one. Nothing was restored.")
        }
    }

    private func manifest(_ reader: TapeReader) throws -> BackupManifest {
        guard let header = try reader.next(), header.name == BackupManifest.name, header.size <= BackupManifest.limit
        else {
            throw TapeProblem(what: "it is no backup of certflow")
        }
        var text = Data()
        try reader.content(header) { text.append(contentsOf: $0) }
        guard let manifest = try? JSONDecoder().decode(BackupManifest.self, from: text) else {
            throw TapeProblem(what: "its manifest is damaged")
        }
        guard manifest.format == BackupManifest.format else {
            throw TapeProblem(
                what: "it was made by certflow \(manifest.version), in a format that this one does not know")
        }
        return manifest
    }

    /// A path below the home that can't lead out of it.
    private static func isSafe(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !parts.contains { $0.isEmpty || $0 == "." || $0 == ".." } && !path.utf8.contains(0)
    }

    private func unpack(
        _ header: TapeHeader, _ file: BackupManifest.File, _ reader: TapeReader, to path: String
    ) throws {
        do {
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw NewFile.notWritten(path, errno)
        }
        var hash = SHA256()
        var new = try NewFile(path)
        try reader.content(header) { piece in
            hash.update(bufferPointer: piece)
            try new.write(piece)
        }
        guard hash.finalize().map({ String(format: "%02x", $0) }).joined() == file.sha256 else {
            throw TapeProblem(what: "`\(file.path)` in it was changed or damaged")
        }
        try new.place(replacing: false)
    }
}
