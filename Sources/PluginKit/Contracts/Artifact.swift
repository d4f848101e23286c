import Foundation

/// Ready-made content, rendered by the host.
///
/// A plug-in never assembles PEM or PKCS#12, and is handed a private form only where its manifest lists it and its
/// options name it.
public struct Artifact: Sendable {
    public enum Content: String, Codable, Sendable, CaseIterable {
        /// The leaf, PEM.
        case certificate
        /// What stands above the leaf, without the root, PEM.
        case chain
        /// Leaf and chain, PEM.
        case fullchain
        /// PKCS#8, PEM (RFC 5958).
        case privateKey
        /// Key, leaf and chain in one file, PEM.
        case bundle
        /// The leaf, DER.
        case der
        /// Key, leaf and chain under a passphrase (RFC 7292).
        case pkcs12
        /// The key authorization of an http-01 challenge (RFC 8555, 8.3): only in profiles that publish challenges.
        case challenge

        /// The forms of a version; the others are of something else.
        public static let ofVersions = allCases.filter { $0 != .challenge }

        /// Whether this form holds the private key.
        public var isPrivate: Bool { self == .privateKey || self == .bundle || self == .pkcs12 }
    }

    public let content: Content
    /// Identifies what was asked for: SHA-256 of the parts that were rendered, keyed per home where private, so that it
    /// may be stored and compared. Stable where the form itself holds fresh randomness (PKCS#12).
    public let digest: Data
    public let bytes: Secret

    public init(content: Content, digest: Data, bytes: Secret) {
        self.content = content
        self.digest = digest
        self.bytes = bytes
    }
}
