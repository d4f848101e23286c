import Automation
import Crypto
import Foundation
import Storage
import StorageSQLite
import X509

/// What must hold of a home's ledger when a run has ended and nothing is due any more.
struct LedgerCheck {
    let stage: Stage
    /// The time of the run.
    let now: Instant

    /// - Parameter offset: how far the clock of the run was moved.
    init(_ stage: Stage, at offset: Duration = .zero) {
        self.stage = stage
        now = Instant(Date()) + .seconds(offset.components.seconds)
    }

    /// - Parameter versions: how many certificates there must be: one fewer is one lost, one more is one issued twice.
    /// - Throws: `Wrong`.
    func check(versions expected: Int) async throws {
        let master = try MasterKey.load(home: stage.home)
        let audit = master.derived(for: "audit")
        let ledger = try SQLiteLedger(
            path: "\(stage.home)/certflow.db", creating: false, auditKey: audit, chain: "check")
        do {
            try await sound(ledger, audit)
            try await idle(ledger)
            let versions = try await issued(ledger, expected, Sealer(master: master) { MasterKey.systemEntropy($0) })
            try await published(ledger, versions)
            await ledger.close()
        } catch {
            await ledger.close()
            throw error
        }
    }

    private func sound(_ ledger: SQLiteLedger, _ audit: Secret32) async throws {
        let findings = try await ledger.integrityFindings()
        guard findings.isEmpty else { throw Wrong("the database is corrupt: \(findings)") }
        let verifier = try await ledger.verifyAudit(key: audit)
        guard verifier.findings.isEmpty else { throw Wrong("the audit trail is broken: \(verifier.findings)") }
    }

    private func idle(_ ledger: SQLiteLedger) async throws {
        let leases = try await ledger.leases()
        guard leases.isEmpty else { throw Wrong("work is still leased: \(leases)") }
        guard let next = try await ledger.nextDue(), next > now else { throw Wrong("something is still due") }
    }

    /// Each intent reserved one serial number and made one certificate; each has its key.
    private func issued(_ ledger: SQLiteLedger, _ expected: Int, _ sealer: Sealer) async throws -> [VersionRecord] {
        guard let certificate = try await ledger.certificate(named: Stage.certificate) else {
            throw Wrong("the certificate is gone")
        }
        let versions = try await ledger.versions(of: certificate.id, limit: 100)
        guard versions.count == expected else { throw Wrong("\(versions.count) versions, not \(expected)") }
        let kinds = try await ledger.events(after: 0, certificate: Stage.certificate, limit: 1000).map(\.draft.kind)
        for kind in ["intent.opened", "intent.ordered", "version.stored"] {
            let count = kinds.count(where: { $0 == kind })
            guard count == expected else { throw Wrong("\(count) x \(kind) for \(expected) versions") }
        }
        // Keys of what has ended may be gone.
        for version in versions where version.life.notAfter > now {
            guard let material = try await ledger.material(of: certificate.id, number: version.number),
                let sealed = material.sealedKey, let der = material.chain.first
            else { throw Wrong("version \(version.number) has lost its chain or key") }
            let key = try sealer.open(sealed, for: "version/\(certificate.id)/\(version.number)/key").withBytes {
                try P256.Signing.PrivateKey(derRepresentation: Data($0))
            }
            guard try Certificate(derEncoded: Array(der)).publicKey == Certificate.PublicKey(key.publicKey) else {
                throw Wrong("the key of version \(version.number) is another one's")
            }
        }
        return versions
    }

    /// What stands on the disk, and what the ledger says stands there, are the same; nothing there is unknown.
    private func published(_ ledger: SQLiteLedger, _ versions: [VersionRecord]) async throws {
        let known = Set(versions.map(\.fingerprint.sha256))
        for leaf in try PublishedSet.leaves(below: "\(stage.root)/tls") {
            guard known.contains(try PublishedSet.fingerprint(of: leaf)) else {
                throw Wrong("a certificate with serial number \(leaf.serialNumber) is published and in no ledger")
            }
        }
        guard let certificate = versions.first?.certificate else { return }
        for placement in try await ledger.placements(of: certificate) {
            guard let set = try PublishedSet.read(stage, placement.profile) else {
                throw Wrong("\(placement.profile) holds nothing")
            }
            guard placement.held?.fingerprint.sha256 == set.fingerprint else {
                throw Wrong("\(placement.profile) holds another version than the ledger says")
            }
        }
    }
}
