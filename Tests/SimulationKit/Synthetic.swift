import Automation
import Foundation
import PluginKit
import Runner

/// A certificate without cryptography: all that the flow looks at, in JSON.
struct SyntheticCertificate: Codable, Hashable {
    var serial: String
    var subjects: [String]
    var notBefore: Instant
    var notAfter: Instant
    /// Of the issuer above it.
    var chainNotAfter: Instant
    /// Stands for the public key.
    var key: String
    var issuer: String

    var der: Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (try? encoder.encode(self)) ?? Data()
    }

    init?(der: Data) {
        guard let decoded = try? JSONDecoder().decode(Self.self, from: der) else { return nil }
        self = decoded
    }

    init(
        serial: String, subjects: [String], notBefore: Instant, notAfter: Instant, chainNotAfter: Instant, key: String,
        issuer: String
    ) {
        self.serial = serial
        self.subjects = subjects
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.chainNotAfter = chainNotAfter
        self.key = key
        self.issuer = issuer
    }

    /// Whether somebody else put it where it is: the scripted issuer did not make it.
    var isForeign: Bool { issuer != "simulated" }

    var life: Life { Life(notBefore: notBefore, notAfter: notAfter, chainNotAfter: chainNotAfter) }

    /// Not a hash function for anything but simulations.
    var fingerprint: Fingerprint {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in der { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        var bytes = Data()
        for _ in 0..<4 {
            withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
            value = value &* 0x9E37_79B9_7F4A_7C15 ^ (value >> 29)
        }
        return Fingerprint(sha256: bytes)
    }
}

extension IssuanceTools {
    /// Keys are random bytes, requests name them, chains are one synthetic certificate.
    static func synthetic(_ entropy: @escaping @Sendable (Int) -> [UInt8]) -> IssuanceTools {
        IssuanceTools(
            makeKey: { _ in Secret(entropy(8)) },
            signingRequest: { subjects, key in
                Data((subjects.map(\.description) + [text(key)]).joined(separator: "\n").utf8)
            },
            verify: { chains, key, subjects, now in
                guard let der = chains.first?.first, let certificate = SyntheticCertificate(der: der),
                    certificate.key == text(key), Set(certificate.subjects) == Set(subjects.map(\.description)),
                    certificate.notAfter > now
                else {
                    throw PluginFailure(.policy, code: "chain.wrong", message: "wrong chain", remedy: "none")
                }
                return IssuedVersion(
                    chain: [der], fingerprint: certificate.fingerprint, serial: certificate.serial,
                    issuerName: certificate.issuer, subjects: subjects, life: certificate.life, keyType: .ecdsaP256)
            },
            render: { job in
                job.requests.map { request in
                    Artifact(
                        content: request.content, digest: (job.chain.first ?? Data()),
                        bytes: Secret(job.chain.first ?? Data()))
                }
            },
            describe: { chain in
                guard let der = chain.first, let certificate = SyntheticCertificate(der: der) else { return nil }
                return FoundCertificate(
                    fingerprint: certificate.fingerprint, life: certificate.life,
                    subjects: certificate.subjects.compactMap { Subject($0) }, label: certificate.serial,
                    authorityKeyIdentifier: Data(certificate.issuer.utf8))
            })
    }

    static func text(_ secret: Secret) -> String { secret.withBytes { Data($0).base64EncodedString() } }
}

extension Vault {
    /// Seals nothing, but keeps every sealed thing in its place.
    static let transparent = Vault(
        seal: { secret, place in
            Data("\(place)\n".utf8) + secret.withBytes { Data($0) }
        },
        open: { sealed, place in
            let prefix = Data("\(place)\n".utf8)
            guard sealed.starts(with: prefix) else {
                throw PluginFailure(.bug, code: "seal.place", message: "sealed for another place", remedy: "none")
            }
            return Secret(sealed.dropFirst(prefix.count))
        }, code: { $0 }, artifactKey: Secret(Array(repeating: 7, count: 32)))
}
