import PluginKit

/// A certificate with its own private key, as PEM: what an authority keeps of itself.
public struct KeyedCertificate: Sendable {
    public let certificate: SignedCertificate
    public let key: PrivateKey

    /// - Throws: `CertificateFailure` (`chain.wrong-key`) where the two do not belong together.
    public init(certificate: SignedCertificate, key: PrivateKey) throws(CertificateFailure) {
        guard certificate.publicKey == key.publicKey else { throw .wrongKey(certificate) }
        self.certificate = certificate
        self.key = key
    }

    /// Reads what `encode` wrote: for each, its key and then its certificate.
    /// - Throws: `CertificateFailure` where it is anything else.
    public static func list(reading text: Secret) throws(CertificateFailure) -> [KeyedCertificate] {
        guard text.count <= InputLimits.input else { throw .tooLarge(bytes: text.count) }
        let blocks = try PEM.blocks(in: text)
        var list: [KeyedCertificate] = []
        for position in stride(from: 0, to: blocks.count, by: 2) {
            guard position + 1 < blocks.count else { throw .noCertificate() }
            let key = blocks[position]
            guard PrivateKey.Label.readable.contains(key.label) else { throw .noKey() }
            guard let certificate = try SignedCertificate.certificates(in: [blocks[position + 1]]).first else {
                throw .noCertificate()
            }
            list.append(
                try KeyedCertificate(certificate: SignedCertificate(der: certificate), key: PrivateKey(key)))
        }
        return list
    }

    /// PEM of all, in their order.
    public static func encode(_ list: [KeyedCertificate]) -> Secret {
        var text: [UInt8] = []
        text.reserveCapacity(list.count * 16_384)  // room for all: no copies stay behind when it grows
        defer { text.zero() }
        for item in list {
            item.key.pkcs8PEM().withBytes { text.append(contentsOf: $0) }
            text.append(contentsOf: item.certificate.pem)
        }
        return Secret(text)
    }
}
