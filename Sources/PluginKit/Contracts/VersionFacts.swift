import Foundation

/// The SHA-256 fingerprint of a certificate's DER form.
public struct Fingerprint: Codable, Sendable, Hashable, CustomStringConvertible {
    /// 32 bytes.
    public let sha256: Data

    public init(sha256: Data) { self.sha256 = sha256 }

    /// Lower-case hexadecimal, without separators.
    public var description: String { sha256.hexadecimal }

    /// The first 16 hexadecimal digits: enough for a table, not for a comparison.
    public var short: String { String(description.prefix(16)) }
}

/// The public facts of one issued version; enough for templates, comparisons and messages.
public struct VersionFacts: Codable, Sendable, Equatable {
    /// The certificate's name in certflow.
    public var certificate: String
    /// Counts the versions of one certificate from 1.
    public var number: Int
    /// DNS names and IP addresses, as in the certificate.
    public var subjects: [String]
    public var fingerprint: Fingerprint
    /// Lower-case hexadecimal (RFC 5280, 4.1.2.2).
    public var serial: String
    public var notBefore: Date
    public var notAfter: Date

    public init(
        certificate: String, number: Int, subjects: [String], fingerprint: Fingerprint, serial: String,
        notBefore: Date, notAfter: Date
    ) {
        self.certificate = certificate
        self.number = number
        self.subjects = subjects
        self.fingerprint = fingerprint
        self.serial = serial
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}
