import Crypto
import Foundation
import SwiftASN1
import X509

/// What a reader finds in one directory that is published to.
struct PublishedSet {
    /// The leaf of `fullchain.pem`.
    let leaf: Certificate
    let fingerprint: Data

    /// Reads what readers read: the files below `live`, or those in the directory itself.
    ///
    /// - Parameter mayStraddle: whether `privkey.pem` and `fullchain.pem` may be of two sets, as flat files are in the
    ///   middle of a switch; the bundle never is.
    /// - Returns: nil where nothing is published yet.
    /// - Throws: `Wrong` where a file is missing, not whole, or does not fit the others.
    static func read(_ stage: Stage, _ layout: String, mayStraddle: Bool = false) throws -> PublishedSet? {
        let directory = layout == "versioned" ? "\(stage.directory(layout))/live" : stage.directory(layout)
        let names = ["fullchain.pem", "privkey.pem", "bundle.pem"]
        var files: [String: String] = [:]
        for name in names {
            let data = FileManager.default.contents(atPath: "\(directory)/\(name)")
            files[name] = data.map { String(decoding: $0, as: UTF8.self) }
        }
        if files.isEmpty { return nil }
        guard let chain = files["fullchain.pem"], let key = files["privkey.pem"], let bundle = files["bundle.pem"]
        else {
            if mayStraddle { return nil }
            throw Wrong("\(directory) has only \(files.keys.sorted())")
        }
        try fits(bundle, bundle, "\(directory)/bundle.pem")
        let leaf = try Self.leaf(chain, "\(directory)/fullchain.pem")
        if !mayStraddle {
            try fits(key, chain, "\(directory): privkey.pem and fullchain.pem")
            guard try Self.leaf(bundle, "\(directory)/bundle.pem") == leaf else {
                throw Wrong("\(directory): bundle.pem and fullchain.pem are of two versions")
            }
        }
        return PublishedSet(leaf: leaf, fingerprint: try fingerprint(of: leaf))
    }

    static func fingerprint(of certificate: Certificate) throws -> Data {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return Data(SHA256.hash(data: serializer.serializedBytes))
    }

    /// The leaves of all sets and copies below a directory, whatever their names.
    static func leaves(below directory: String) throws -> [Certificate] {
        let paths = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
        return try paths.compactMap { path in
            guard let data = FileManager.default.contents(atPath: "\(directory)/\(path)") else { return nil }
            let text = String(decoding: data, as: UTF8.self)
            return text.contains("BEGIN CERTIFICATE") ? try leaf(text, path) : nil
        }
    }

    /// The first of the certificates in a text.
    static func leaf(_ text: String, _ name: String, certificates count: Int = 2) throws -> Certificate {
        let documents: [PEMDocument]
        do {
            documents = try PEMDocument.parseMultiple(pemString: text)
        } catch {
            throw Wrong("\(name) is not whole: \(error)")
        }
        let certificates = documents.filter { $0.discriminator == "CERTIFICATE" }
        guard certificates.count == count, let first = certificates.first else {
            throw Wrong("\(name) has \(certificates.count) certificates")
        }
        return try Certificate(derEncoded: first.derBytes)
    }

    private static func fits(_ keyText: String, _ chainText: String, _ name: String) throws {
        let document = try? PEMDocument.parseMultiple(pemString: keyText).first { $0.discriminator == "PRIVATE KEY" }
        guard let document, let key = try? P256.Signing.PrivateKey(derRepresentation: document.derBytes) else {
            throw Wrong("\(name): no whole key")
        }
        guard try leaf(chainText, name).publicKey == Certificate.PublicKey(key.publicKey) else {
            throw Wrong("\(name): key and certificate do not fit")
        }
    }
}
