import Automation
import Crypto
import Foundation
import NIOSSL
import PluginKit
import SwiftASN1
import X509

/// The self-signed certificate that proves control of one name (RFC 8737, 3), ready to be shown.
struct ALPNCertificate: Sendable {
    static let applicationProtocol = "acme-tls/1"
    private static let identifier: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 1, 31]

    let context: NIOSSLContext

    /// - Throws: `PluginFailure` (`bug`) where it can't be made.
    init(_ challenge: CheckedChallenge, _ plugin: PluginContext) throws {
        do {
            let key = try Self.key(plugin.entropy)
            let der = try Self.certificate(challenge, key, plugin)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: [.certificate(try NIOSSLCertificate(bytes: der, format: .der))],
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.derRepresentation), format: .der)))
            configuration.applicationProtocols = [Self.applicationProtocol]
            configuration.minimumTLSVersion = .tlsv12
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw PluginFailure.alpnCertificate()
        }
    }

    /// What the authority asks for: the name, or an address in its reverse form (RFC 8738, 6).
    static func serverName(of subject: Subject) -> String {
        guard case .ip(let bytes) = subject else { return subject.description }
        if bytes.count == 4 { return bytes.reversed().map(String.init).joined(separator: ".") + ".in-addr.arpa" }
        let digits = bytes.reversed().flatMap { [$0 & 15, $0 >> 4] }
        return digits.map { String($0, radix: 16) }.joined(separator: ".") + ".ip6.arpa"
    }

    /// A random number of this size is a key but once in 2^32.
    private static func key(_ entropy: (Int) -> [UInt8]) throws -> P256.Signing.PrivateKey {
        for _ in 0..<8 {
            if let key = try? P256.Signing.PrivateKey(rawRepresentation: entropy(32)) { return key }
        }
        throw PluginFailure.alpnCertificate()
    }

    private static func certificate(
        _ challenge: CheckedChallenge, _ key: P256.Signing.PrivateKey, _ plugin: PluginContext
    ) throws -> [UInt8] {
        let name: GeneralName =
            switch challenge.subject {
            case .dns(let name): .dnsName(name)
            case .ip(let bytes): .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
            }
        var digest = DER.Serializer()
        try digest.serialize(ASN1OctetString(contentBytes: challenge.digest[...]))
        let subject = try DistinguishedName { CommonName("certflow tls-alpn-01") }
        let now = plugin.clock.now
        let certificate = try X509.Certificate(
            version: .v3, serialNumber: .init(bytes: [0x40] + plugin.entropy(15)),
            publicKey: .init(key.publicKey), notValidBefore: now.addingTimeInterval(-86_400),
            notValidAfter: now.addingTimeInterval(7 * 86_400), issuer: subject, subject: subject,
            extensions: try .init([
                .init(SubjectAlternativeNames([name]), critical: false),
                .init(oid: identifier, critical: true, value: digest.serializedBytes[...]),
            ]), issuerPrivateKey: .init(key))
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }
}

extension PluginFailure {
    static func alpnCertificate() -> PluginFailure {
        PluginFailure(
            .bug, code: "acme.alpn-certificate", message: "The certificate for tls-alpn-01 could not be made.",
            remedy: "Report this as a defect of certflow.")
    }
}
