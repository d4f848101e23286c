import Foundation
import X509

/// A certificate that the authority signed.
public struct Issued: Sendable {
    /// In hexadecimal digits, without leading zeros.
    public let serial: String
    /// As RFC 9773, 4.1 writes it.
    public let identifier: String
    /// What the order asked for, in its order.
    public let names: [String]
    public let der: Data
    public let life: Range<Date>
    /// The identifier of the certificate that the order replaces.
    public let replaces: String?
    public let profile: String?
    /// The URL of the account.
    public let account: String
    /// The reason, where it was revoked.
    public internal(set) var revocation: Int?

    let certificate: Certificate
    let subjects: [Identifier]
}
