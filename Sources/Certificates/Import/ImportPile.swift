import Foundation
import PluginKit

/// Everything that was found in files, before it is paired.
struct ImportPile {
    /// Each once, in the order found, with the file that it came from first.
    private(set) var keys: [(key: PrivateKey, source: String)] = []
    private(set) var certificates: [SignedCertificate] = []
    private(set) var friendlyNames: [SignedCertificate: String] = [:]
    private(set) var problems: [ImportedMaterial.LeftOut] = []
    private var sources: [SignedCertificate: [String]] = [:]
    private var knownKeys: Set<PublicKey> = []

    /// The files that hold a certificate, each once.
    func sources(of certificate: SignedCertificate) -> [String] { sources[certificate] ?? [] }

    /// Adds what one file holds. What can't be read of it goes to `problems`.
    /// - Throws: `CertificateFailure` where nothing of the file can be used.
    mutating func add(_ file: ImportFile, passphrase: Secret?) throws(CertificateFailure) {
        guard file.content.count <= InputLimits.input else { throw .tooLarge(bytes: file.content.count) }
        if file.content.withBytes({ PEM.begins(in: $0) }) {
            try addPEM(file)
        } else if file.content.withBytes({ PKCS12File.isLikely($0) }) {
            try addPKCS12(file, passphrase)
        } else {
            try addDER(file)
        }
    }

    private mutating func addPEM(_ file: ImportFile) throws(CertificateFailure) {
        let blocks = try PEM.blocks(in: file.content)
        let encoded = try SignedCertificate.certificates(in: blocks)
        let keyBlocks = blocks.filter { PrivateKey.Label.all.contains($0.label) }
        guard !encoded.isEmpty || !keyBlocks.isEmpty else { throw .nothingToImport() }
        for der in encoded {
            attempt(file) { (pile) throws(CertificateFailure) in
                pile.add(try SignedCertificate(der: der), file.source)
            }
        }
        for block in keyBlocks {
            attempt(file) { (pile) throws(CertificateFailure) in pile.add(try PrivateKey(block), file.source) }
        }
    }

    private mutating func addPKCS12(_ file: ImportFile, _ passphrase: Secret?) throws(CertificateFailure) {
        let content = try PKCS12File(reading: file.content, passphrase: passphrase)
        for key in content.keys { add(key, file.source) }
        for certificate in content.certificates {
            add(certificate, file.source)
            let isForKey = content.keys.contains { $0.publicKey == certificate.publicKey }
            if let name = content.friendlyName, isForKey { friendlyNames[certificate] = name }
        }
        problems += content.problems.map { ImportedMaterial.LeftOut(source: file.source, reason: $0) }
    }

    /// A key first: what may be one is not copied about.
    private mutating func addDER(_ file: ImportFile) throws(CertificateFailure) {
        do {
            add(try PrivateKey(reading: file.content), file.source)
        } catch  where error.code == .keyUnreadable {
            guard let certificates = try? SignedCertificate.all(in: file.content.withBytes { Data($0) }) else {
                throw .nothingToImport()
            }
            for certificate in certificates { add(certificate, file.source) }
        }
    }

    private mutating func add(_ key: PrivateKey, _ source: String) {
        if knownKeys.insert(key.publicKey).inserted { keys.append((key, source)) }
    }

    private mutating func add(_ certificate: SignedCertificate, _ source: String) {
        if sources[certificate] == nil { certificates.append(certificate) }
        if sources[certificate]?.contains(source) != true { sources[certificate, default: []].append(source) }
    }

    private mutating func attempt(
        _ file: ImportFile, _ body: (inout ImportPile) throws(CertificateFailure) -> Void
    ) {
        do {
            try body(&self)
        } catch {
            problems.append(ImportedMaterial.LeftOut(source: file.source, reason: error))
        }
    }
}
