import Automation
import Foundation
import PluginKit

/// A leaf and the authorities above it, in the order in which servers send them (RFC 8446, 4.4.2). Whether they hold
/// is for `verify` to say.
public struct CertificateChain: Sendable, Hashable {
    public let leaf: SignedCertificate
    /// Nearest first; may end with a root, and is empty where the leaf came alone.
    public let issuers: [SignedCertificate]
    /// What stood beside the chain and is no part of it.
    public let unused: [SignedCertificate]

    /// Reads PEM or DER, one certificate or several, in any order; duplicates count once.
    /// - Parameters:
    ///   - input: at most 256 KiB with at most 20 certificates.
    ///   - key: which certificate is the leaf, where that is known.
    /// - Throws: `CertificateFailure` with a code that begins with `input.`, `certificate.` or `chain.`.
    public init(reading input: Data, key: PublicKey? = nil) throws(CertificateFailure) {
        try self.init(SignedCertificate.all(in: input), key: key)
    }

    /// - Parameter der: one certificate each, in any order.
    /// - Throws: as `init(reading:key:)`.
    public init(der: [Data], key: PublicKey? = nil) throws(CertificateFailure) {
        guard der.count <= InputLimits.certificates else { throw .tooManyCertificates() }
        let size = der.reduce(0) { $0 + $1.count }
        guard size <= InputLimits.input else { throw .tooLarge(bytes: size) }
        var certificates: [SignedCertificate] = []
        for bytes in der { certificates.append(try SignedCertificate(der: bytes)) }
        try self.init(certificates, key: key)
    }

    /// Puts certificates in order.
    /// - Throws: `CertificateFailure` (`input.no-certificate`, `chain.no-leaf`, `chain.several-leaves`).
    public init(_ certificates: [SignedCertificate], key: PublicKey? = nil) throws(CertificateFailure) {
        let pool = CertificatePool(certificates)
        leaf = try Self.leaf(of: pool, key)
        issuers = pool.path(above: leaf)
        let used = Set([leaf] + issuers)
        unused = pool.certificates.filter { !used.contains($0) }
    }

    /// - Parameter issuers: in their order.
    init(leaf: SignedCertificate, issuers: [SignedCertificate]) {
        self.leaf = leaf
        self.issuers = issuers
        unused = []
    }

    private static func leaf(
        of pool: CertificatePool, _ key: PublicKey?
    ) throws(CertificateFailure) -> SignedCertificate {
        guard !pool.certificates.isEmpty else { throw .noCertificate() }
        if let key, let match = pool.certificates.first(where: { $0.publicKey == key && !$0.isAuthority }) {
            return match
        }
        let ends = pool.ends
        let leaves = ends.filter { !$0.isAuthority }
        switch (leaves.count, ends.count) {
        case (1, _): return leaves[0]
        case (0, 1): return ends[0]
        case (0, _): throw .noLeaf()
        default: throw .severalLeaves(leaves.map(\.label))
        }
    }
}

extension CertificateChain {
    /// The leaf and its authorities.
    public var certificates: [SignedCertificate] { [leaf] + issuers }

    /// DER, leaf first.
    public var der: [Data] { certificates.map(\.der) }

    /// PEM, leaf first.
    public var pem: Data { certificates.reduce(into: Data()) { $0 += $1.pem } }

    /// When the first of its certificates ends: from then on no client accepts the chain.
    public var notAfter: Instant { issuers.reduce(leaf.notAfter) { min($0, $1.notAfter) } }

    /// The chain as servers should send it: without the root, which clients must have anyway (RFC 8446, 4.4.2). A leaf
    /// that signed itself stays.
    public func withoutRoot() -> CertificateChain {
        guard let last = issuers.last, last.isSelfSigned else { return CertificateChain(leaf: leaf, issuers: issuers) }
        return CertificateChain(leaf: leaf, issuers: issuers.dropLast())
    }

    /// What templates, comparisons and messages need to know.
    /// - Parameters:
    ///   - certificate: the certificate's name in certflow.
    ///   - number: of the version, counted from 1.
    public func facts(certificate: String, number: Int) -> VersionFacts {
        VersionFacts(
            certificate: certificate, number: number, subjects: leaf.subjects.map(\.description),
            fingerprint: leaf.fingerprint, serial: leaf.serial, notBefore: leaf.notBefore.date,
            notAfter: leaf.notAfter.date)
    }
}

extension SignedCertificate {
    private static let labels: Set<String> = ["CERTIFICATE", "X509 CERTIFICATE"]

    /// All certificates of a PEM or DER input, in their order. Other PEM blocks are passed over.
    /// - Parameter input: at most 256 KiB with at most 20 certificates.
    /// - Throws: `CertificateFailure` with a code that begins with `input.` or `certificate.`.
    public static func all(in input: Data) throws(CertificateFailure) -> [SignedCertificate] {
        guard input.count <= InputLimits.input else { throw .tooLarge(bytes: input.count) }
        var found: [SignedCertificate] = []
        for der in try encoded(in: input) { found.append(try SignedCertificate(der: der)) }
        guard !found.isEmpty else { throw .noCertificate() }
        return found
    }

    private static func encoded(in input: Data) throws(CertificateFailure) -> [Data] {
        if input.withUnsafeBytes({ PEM.begins(in: $0) }) {
            return try certificates(in: PEM.blocks(in: input))
        }
        guard let parts = DEROutline.split(input, limit: InputLimits.certificates) else {
            throw .unreadableCertificate(because: "the input is neither PEM nor DER")
        }
        return parts.map { Data($0) }
    }

    static func certificates(in blocks: [PEMBlock]) throws(CertificateFailure) -> [Data] {
        let certificates = blocks.filter { labels.contains($0.label) }
        guard certificates.count <= InputLimits.certificates else { throw .tooManyCertificates() }
        return certificates.map { $0.content.withBytes { Data($0) } }
    }
}
