import Automation
import Crypto
import Foundation
import PluginKit
import SwiftASN1
import X509

/// One certificate (RFC 5280): its bytes as they came, and what they say. Nothing in it is trusted.
public struct SignedCertificate: Sendable, Hashable {
    /// DER, exactly as it was read.
    public let der: Data
    /// DNS names and IP addresses of the subject alternative names, in their order.
    public let subjects: [Subject]
    /// Names of kinds that certflow does not manage, in words.
    public let otherNames: [String]
    package let x509: X509.Certificate

    /// - Parameter der: one certificate, at most 64 KiB.
    /// - Throws: `CertificateFailure` (`certificate.unreadable`).
    public init(der: Data) throws(CertificateFailure) {
        guard der.count <= InputLimits.certificate else {
            throw .unreadableCertificate(because: "it is larger than 64 KiB")
        }
        let bytes = Array(der)
        guard DEROutline.accepts(bytes, elements: InputLimits.elements) else {
            throw .unreadableCertificate(because: "it is not DER")
        }
        do {
            x509 = try X509.Certificate(derEncoded: bytes)
            let names = try SubjectNames(x509.extensions)
            subjects = names.subjects
            otherNames = names.others
        } catch {
            throw .unreadableCertificate(because: UnreadableReason.of(error))
        }
        self.der = der
    }

    public static func == (left: Self, right: Self) -> Bool { left.der == right.der }
    public func hash(into hasher: inout Hasher) { hasher.combine(der) }
}

// MARK: What it says

extension SignedCertificate {
    public var fingerprint: Fingerprint { Fingerprint(sha256: Data(SHA256.hash(data: der))) }

    /// Lower-case hexadecimal, without the zero byte that DER puts before some (RFC 5280, 4.1.2.2).
    public var serial: String { x509.serialNumber.bytes.hexadecimal }

    public var notBefore: Instant { Instant(x509.notValidBefore) }
    /// The last second of its life (RFC 5280, 4.1.2.5).
    public var notAfter: Instant { Instant(x509.notValidAfter) }

    /// The distinguished name of who issued it (RFC 4514), as it may be shown.
    public var issuer: String { printable(x509.issuer.description) }
    /// Its own distinguished name, as it may be shown; empty for many leaves.
    public var subject: String { printable(x509.subject.description) }

    public var publicKey: PublicKey { PublicKey(x509.publicKey) }

    /// The keyIdentifier of its authority key identifier (RFC 5280, 4.2.1.1).
    public var authorityKeyIdentifier: Data? {
        (try? x509.extensions.authorityKeyIdentifier)?.keyIdentifier.map { Data($0) }
    }

    /// RFC 5280, 4.2.1.2.
    public var subjectKeyIdentifier: Data? {
        (try? x509.extensions.subjectKeyIdentifier).map { Data($0.keyIdentifier) }
    }

    /// Whether it says that it may issue others (RFC 5280, 4.2.1.9).
    public var isAuthority: Bool {
        if case .isCertificateAuthority = try? x509.extensions.basicConstraints { true } else { false }
    }

    /// Whether it names itself as its issuer: a root, or a certificate without any authority. The signature is not
    /// looked at.
    public var isSelfIssued: Bool { x509.issuer == x509.subject }

    /// Whether its own key signed it: checks a signature.
    public var isSelfSigned: Bool { isSelfIssued && x509.publicKey.isValidSignature(x509.signature, for: x509) }

    /// PEM, with a line feed at its end.
    public var pem: Data { Data(PEM.encode("CERTIFICATE", der)) }

    /// What to call it in a message: its first subject, else its distinguished name, else its serial number.
    public var label: String {
        if let first = subjects.first { return first.description }
        return subject.isEmpty ? "serial \(serial)" : subject
    }
}
