import Automation
import Certificates
import Foundation
import PluginKit
import SwiftASN1
import X509

/// A certificate before it is signed.
struct CertificateTemplate {
    var serial: Serial
    var notBefore: Instant
    var notAfter: Instant
    var subject: DistinguishedName
    var publicKey: PublicKey
    var extensions: X509.Certificate.Extensions

    /// DER.
    /// - Throws: `PluginFailure` (`local-authority.signing-failed`).
    func signed(by key: PrivateKey, named issuer: DistinguishedName) throws -> Data {
        do {
            let certificate = try X509.Certificate(
                version: .v3, serialNumber: .init(bytes: serial.bytes), publicKey: publicKey.x509,
                notValidBefore: notBefore.date, notValidAfter: notAfter.date, issuer: issuer, subject: subject,
                extensions: extensions, issuerPrivateKey: key.x509)
            var serializer = DER.Serializer()
            try serializer.serialize(certificate)
            return Data(serializer.serializedBytes)
        } catch {
            throw PluginFailure.signingFailed()
        }
    }
}
