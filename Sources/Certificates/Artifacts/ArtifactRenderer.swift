import Crypto
import Foundation
import PluginKit

/// Renders one version into the forms that publishing profiles name.
///
/// Blocking work: microseconds, and some 20 milliseconds for PKCS#12.
public struct ArtifactRenderer: Sendable {
    private let chain: CertificateChain
    private let key: PrivateKey?
    private let name: String
    private let homeKey: Secret

    /// - Parameters:
    ///   - chain: as servers should send it; a root in it is written as well.
    ///   - key: nil where it is not kept any more; then private forms fail.
    ///   - name: the certificate's name in certflow: the friendly name in PKCS#12.
    ///   - homeKey: 32 bytes that the digests of private forms are keyed with.
    /// - Throws: `CertificateFailure` (`artifact.home-key-length`, `chain.wrong-key`).
    public init(
        chain: CertificateChain, key: PrivateKey?, name: String, homeKey: Secret
    ) throws(CertificateFailure) {
        guard homeKey.count == 32 else { throw .homeKeyLength(homeKey.count) }
        if let key, key.publicKey != chain.leaf.publicKey { throw .wrongKey(chain.leaf) }
        self.chain = chain
        self.key = key
        self.name = name
        self.homeKey = homeKey
    }

    /// All forms that `requests` name, in their order.
    /// - Parameter passphrase: resolves the name of a secret.
    /// - Throws: `CertificateFailure`, and what `passphrase` throws.
    public func render(
        _ requests: [ArtifactRequest], passphrase: (String) throws -> Secret
    ) throws -> [Artifact] {
        try requests.map { try render($0.content, passphrase: try $0.passphrase.map(passphrase)) }
    }

    /// One form.
    /// - Throws: `CertificateFailure` (`key.missing`, or a code that begins with `pkcs12.`).
    public func render(
        _ content: Artifact.Content, passphrase: Secret? = nil
    ) throws(CertificateFailure) -> Artifact {
        let bytes = try bytes(content, passphrase)
        return Artifact(content: content, digest: try digest(content, bytes, passphrase), bytes: bytes)
    }

    /// The digest that `render` gives, without rendering PKCS#12.
    /// - Throws: as `render`.
    public func digest(
        of content: Artifact.Content, passphrase: Secret? = nil
    ) throws(CertificateFailure) -> Data {
        let bytes = content.isPrivate ? Secret([]) : try bytes(content, nil)
        return try digest(content, bytes, passphrase)
    }

    private func bytes(
        _ content: Artifact.Content, _ passphrase: Secret?
    ) throws(CertificateFailure) -> Secret {
        switch content {
        case .certificate: return Secret(chain.leaf.pem)
        case .chain: return Secret(chain.issuers.reduce(into: Data()) { $0 += $1.pem })
        case .fullchain: return Secret(chain.pem)
        case .der: return Secret(chain.leaf.der)
        case .privateKey: return try heldKey().pkcs8PEM()
        case .bundle:
            return try heldKey().pkcs8PEM().withBytes { key in
                var bundle = Array(key) + Array(chain.pem)
                defer { bundle.zero() }
                return Secret(bundle)
            }
        case .challenge: throw .artifactOfNoVersion()
        case .pkcs12:
            guard let passphrase else { throw .missingPassphrase() }
            return try PKCS12Writer.write(key: heldKey(), chain: chain, name: name, passphrase: passphrase)
        }
    }

    /// Private forms: what went in, each part with its length before it, so that no two inputs give the same text.
    private func digest(
        _ content: Artifact.Content, _ bytes: Secret, _ passphrase: Secret?
    ) throws(CertificateFailure) -> Data {
        guard content.isPrivate else {
            return bytes.withBytes { bytes in
                var hash = SHA256()
                hash.update(bufferPointer: bytes)
                return Data(hash.finalize())
            }
        }
        var hash = homeKey.withBytes { HMAC<SHA256>(key: SymmetricKey(data: $0)) }
        func update(_ part: some ContiguousBytes, count: Int) {
            hash.update(data: withUnsafeBytes(of: UInt64(count).bigEndian) { Data($0) })
            part.withUnsafeBytes { hash.update(data: $0) }
        }
        let label = Array(content.rawValue.utf8)
        update(label, count: label.count)
        try heldKey().pkcs8().withBytes { update($0, count: $0.count) }
        for certificate in content == .privateKey ? [] : chain.der { update(certificate, count: certificate.count) }
        if content == .pkcs12 {
            guard let passphrase else { throw .missingPassphrase() }
            passphrase.withBytes { update($0, count: $0.count) }
            let name = Array(name.utf8)
            update(name, count: name.count)
        }
        return Data(hash.finalize())
    }

    private func heldKey() throws(CertificateFailure) -> PrivateKey {
        guard let key else { throw .keyGone(name) }
        return key
    }
}
