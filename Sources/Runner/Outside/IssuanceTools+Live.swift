import Automation
import Certificates
import Foundation
import PluginKit
import Synchronization

extension IssuanceTools {
    /// Real keys and certificates.
    /// - Parameter workers: where keys are made and PKCS#12 is encrypted: it takes milliseconds to seconds.
    public static func live(workers: WorkerThreads) -> IssuanceTools {
        IssuanceTools(
            makeKey: { type in
                try await workers.run { try translating { try PrivateKey.generate(type).pkcs8() } }
            },
            signingRequest: { subjects, key in
                try await workers.run {
                    try translating { try SigningRequest.build(subjects: subjects, key: PrivateKey(reading: key)) }
                }
            },
            verify: { chains, key, subjects, now in
                try translating { try verified(chains, PrivateKey(reading: key), subjects, now) }
            },
            render: { job in
                try await workers.run { try translating { try rendered(job) } }
            },
            describe: found)
    }

    private static func verified(
        _ chains: [[Data]], _ key: PrivateKey, _ subjects: [Subject], _ now: Instant
    ) throws -> IssuedVersion {
        var first: (any Error)?
        for der in chains {
            do {
                let chain = try CertificateChain(der: der, key: key.publicKey)
                try chain.verify(key: key.publicKey, subjects: subjects, at: now)
                let served = chain.withoutRoot()
                return IssuedVersion(
                    chain: served.der, fingerprint: served.leaf.fingerprint, serial: served.leaf.serial,
                    issuerName: served.leaf.issuer, subjects: subjects, life: life(of: served), keyType: key.type)
            } catch {
                first = first ?? error
            }
        }
        throw first
            ?? PluginFailure(
                .policy, code: "issuance.no-chain", message: "The issuer returned no certificate.",
                remedy: "Look at the issuer's own log; the request is tried again.")
    }

    private static func rendered(_ job: RenderingJob) throws -> [Artifact] {
        let renderer = try ArtifactRenderer(
            chain: CertificateChain(der: job.chain), key: job.key.map { try PrivateKey(reading: $0) },
            name: job.certificate, homeKey: job.artifactKey)
        return try renderer.render(job.requests) { name in
            guard let passphrase = job.passphrases[name] else { throw PluginFailure.secretMissing(name) }
            return passphrase
        }
    }

    @Sendable private static func found(_ der: [Data]) -> FoundCertificate? {
        let readable = der.compactMap { try? SignedCertificate(der: $0) }
        guard let leaf = readable.first else { return nil }
        let chainEnd = readable.map(\.notAfter).min()
        return FoundCertificate(
            fingerprint: leaf.fingerprint,
            life: Life(notBefore: leaf.notBefore, notAfter: leaf.notAfter, chainNotAfter: chainEnd),
            subjects: leaf.subjects, label: "\(leaf.label), issued by \(leaf.issuer)",
            authorityKeyIdentifier: leaf.authorityKeyIdentifier)
    }

    private static func life(of chain: CertificateChain) -> Life {
        Life(notBefore: chain.leaf.notBefore, notAfter: chain.leaf.notAfter, chainNotAfter: chain.notAfter)
    }

    /// What the certificates module finds wrong is what the issuer, or our own making, got wrong.
    private static func translating<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let failure as CertificateFailure {
            throw PluginFailure(
                .policy, code: failure.code.rawValue, message: failure.message, remedy: failure.remedy)
        }
    }
}
