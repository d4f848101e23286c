import Crypto
import Foundation
import PluginKit
import TestPeers

/// A version of a certificate as tests publish it: made by OpenSSL, with an intermediate.
struct SampleVersion: Sendable {
    let facts: VersionFacts
    /// The leaf, DER.
    let leaf: Data
    private let forms: [Artifact.Content: Data]

    /// So many versions of one certificate, numbered from 1.
    static func make(_ count: Int, named name: String = "www.example.com", in directory: URL) async throws
        -> [SampleVersion]
    {
        let openssl = OpenSSL(in: directory)
        let root = try await openssl.certificate("root.test", .ecdsa, isAuthority: true)
        let intermediate = try await openssl.certificate("issuing.test", .ecdsa, isAuthority: true, signedBy: root)
        var versions: [SampleVersion] = []
        for number in 1...count {
            let certificate = try await openssl.certificate(name, .ecdsa, signedBy: intermediate)
            versions.append(try await SampleVersion(certificate, number: number, name, in: directory))
        }
        return versions
    }

    private init(
        _ certificate: OpenSSL.Certificate, number: Int, _ name: String, in directory: URL
    ) async throws {
        guard let leaf = certificate.der.first else { throw PeerFailure("OpenSSL made no certificate.") }
        self.leaf = leaf
        let fullchain = try Data(contentsOf: certificate.chain)
        let key = try Data(contentsOf: certificate.key)
        let blocks = certificate.der.map(Self.pem)
        let bundle = directory.appending(path: "\(UUID().uuidString).p12")
        try await OpenSSL.program.run(
            [
                "pkcs12", "-export", "-inkey", certificate.key.path, "-in", certificate.chain.path, "-out", bundle.path,
                "-passout", "pass:",
            ], in: directory)
        forms = [
            .certificate: Data((blocks.first ?? "").utf8), .chain: Data(blocks.dropFirst().joined().utf8),
            .fullchain: fullchain, .privateKey: key, .bundle: key + fullchain, .der: leaf,
            .pkcs12: try Data(contentsOf: bundle), .challenge: Data("token.thumbprint".utf8),
        ]
        facts = VersionFacts(
            certificate: name, number: number, subjects: [name],
            fingerprint: Fingerprint(sha256: Data(Crypto.SHA256.hash(data: leaf))),
            serial: try await OpenSSL.serial(of: certificate.chain), notBefore: Date(timeIntervalSince1970: 0),
            notAfter: Date(timeIntervalSinceNow: 86_400))
    }

    func bytes(_ content: Artifact.Content) -> Data { forms[content] ?? Data() }

    func text(_ content: Artifact.Content) -> String { String(decoding: bytes(content), as: UTF8.self) }

    func base64(_ content: Artifact.Content) -> String { bytes(content).base64EncodedString() }

    private static func pem(_ der: Data) -> String {
        "-----BEGIN CERTIFICATE-----\n\(der.base64EncodedString(options: .lineLength64Characters))\n"
            .replacing("\r\n", with: "\n") + "-----END CERTIFICATE-----\n"
    }
}
