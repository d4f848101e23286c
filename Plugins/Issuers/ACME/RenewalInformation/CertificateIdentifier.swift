import Foundation
import PluginKit

/// How a CA names a certificate in renewal information (RFC 9773, 4.1).
struct CertificateIdentifier: Sendable, Equatable, CustomStringConvertible {
    let description: String

    /// - Parameters:
    ///   - authorityKeyIdentifier: the keyIdentifier of that extension.
    ///   - serial: big-endian; DER writes a zero byte before it where its first bit is one.
    init?(authorityKeyIdentifier: Data, serial: Data) {
        let number = serial.drop { $0 == 0 }
        guard !authorityKeyIdentifier.isEmpty, authorityKeyIdentifier.count <= 64, serial.count <= 64 else {
            return nil
        }
        let isHigh = number.first.map { $0 >= 0x80 } ?? true
        let encoded = (isHigh ? Data([0]) : Data()) + number
        description = "\(Base64URL.encode(authorityKeyIdentifier)).\(Base64URL.encode(encoded))"
    }

    /// Nil where the version names no authority's key, or its serial number can't be read.
    init?(_ version: IssuanceRequest.Predecessor) {
        guard let authority = version.authorityKeyIdentifier, let serial = Self.bytes(version.facts.serial) else {
            return nil
        }
        self.init(authorityKeyIdentifier: authority, serial: serial)
    }

    private static func bytes(_ hexadecimal: String) -> Data? {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        guard digits.count == hexadecimal.count, !digits.isEmpty else { return nil }
        let even = digits.count.isMultiple(of: 2) ? digits : [0] + digits
        return Data(stride(from: 0, to: even.count, by: 2).map { UInt8(even[$0] << 4 | even[$0 + 1]) })
    }
}
