import Automation
import Foundation

/// A whole directory of another program, read and never written.
///
/// Blocking work: about a millisecond a certificate.
public struct ImportDirectory: Sendable {
    /// The programs whose directories are known.
    public enum Program: String, Codable, Sendable, CaseIterable {
        case certbot
        case acmeSh = "acme.sh"
        case lego
    }

    public let program: Program
    public let material: ImportedMaterial

    /// Finds out which program the directory is of, and reads all of its certificates.
    /// - Parameters:
    ///   - path: certbot's configuration directory or its `live`, acme.sh's home, lego's path or its `certificates`.
    ///   - now: what has expired by then is left out.
    /// - Throws: `CertificateFailure` (`import.unknown-directory`, `import.unreadable-file`) where it is none of them.
    public init(reading path: String, at now: Instant) throws(CertificateFailure) {
        let tree = try SourceTree(path)
        if let found = try CertbotDirectory(tree) {
            program = .certbot
            material = try found.material(at: now)
        } else if let found = try LegoDirectory(tree) {
            program = .lego
            material = found.material(at: now)
        } else if let found = try AcmeShDirectory(tree) {
            program = .acmeSh
            material = found.material(at: now)
        } else {
            throw .unknownDirectory(path)
        }
    }
}

/// One certificate of a directory: the files that should be there, and what to call it.
struct DirectoryEntry {
    /// What messages call it where files are missing.
    var source: String
    var name: String
    var certificates: [String]
    var key: String

    /// Reads and pairs the files. All of them must be there.
    func material(in tree: SourceTree, at now: Instant) -> ImportedMaterial {
        var files: [ImportFile] = []
        var material = ImportedMaterial()
        for path in certificates + [key] {
            do {
                files.append(try tree.read(path))
            } catch {
                material.leftOut.append(.init(source: source, reason: error))
            }
        }
        guard material.leftOut.isEmpty else { return material }
        return ImportedMaterial(files: files, suggestedName: ImportedMaterial.safe(name), at: now)
    }
}
