import Automation
import Certificates
import Foundation
import PluginKit
import Profiles
import Storage

/// An existing certificate with its key, checked, ready to be taken in.
public struct ImportedVersion: Sendable {
    public var name: String
    public var issued: IssuedVersion
    /// PKCS#8, DER.
    public var key: Secret

    public init(name: String, issued: IssuedVersion, key: Secret) {
        self.name = name
        self.issued = issued
        self.key = key
    }

    /// What was found in files, where its checks passed.
    public init(_ pair: ImportedMaterial.Pair) {
        let (chain, leaf) = (pair.chain, pair.chain.leaf)
        self.init(
            name: pair.name,
            issued: IssuedVersion(
                chain: chain.der, fingerprint: leaf.fingerprint, serial: leaf.serial, issuerName: leaf.issuer,
                subjects: leaf.subjects,
                life: Life(notBefore: leaf.notBefore, notAfter: leaf.notAfter, chainNotAfter: chain.notAfter),
                keyType: pair.key.type),
            key: pair.key.pkcs8())
    }
}

extension Desk {
    public enum ImportEffect: Sendable, Hashable {
        /// A new certificate; its renewal is off unless an issuer was named.
        case created
        case added(version: Int)
        /// It is here already.
        case known(certificate: String, version: Int)
    }

    /// Takes in one version: of a certificate that is known by that name, or of a new one.
    ///
    /// - Parameter issuer: the issuing profile that renews it from now on; nil leaves renewal off, so that a public
    ///   certificate is never replaced by a private one by accident.
    /// - Parameter isRehearsal: only says what would be done.
    /// - Throws: `DeskRefusal` where it is not taken in; `StorageError`.
    public func take(
        _ imported: ImportedVersion, issuer: String?, vault: Vault, isRehearsal: Bool = false
    ) async throws -> ImportEffect {
        let issued = imported.issued
        if let same = try await ledger.version(withFingerprint: issued.fingerprint.sha256),
            let known = try await ledger.certificate(same.certificate)
        {
            return .known(certificate: known.name, version: same.number)
        }
        guard issued.life.notAfter > now() else {
            throw DeskRefusal(
                "import.expired", "\(imported.name) ended \(issued.life.notAfter).",
                remedy:
                    "An expired certificate is not taken in; renew it where it comes from, or apply it as a new one.")
        }
        guard let known = try await ledger.certificate(named: imported.name) else {
            if !isRehearsal { try await create(imported, issuer: issuer, vault) }
            return .created
        }
        return .added(version: try await add(imported, to: known, vault, isRehearsal: isRehearsal))
    }

    private func create(_ imported: ImportedVersion, issuer: String?, _ vault: Vault) async throws {
        guard let id = try await ledger.newIDs(1).first else { return }
        let now = now()
        var flow = Flow()
        flow.rules.renewalEnabled = issuer != nil
        let seed = entropy(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let record = CertificateRecord(
            id: id, name: imported.name, subjects: imported.issued.subjects,
            key: KeyPolicy(type: imported.issued.keyType ?? .ecdsaP256), issuer: issuer ?? "local-authority",
            flow: flow, seed: seed, createdAt: now)
        let (writes, state) = try storing(imported, record, RenewalState(certificate: id), vault)
        var all: [Change.Write] = [.addCertificate(record)] + writes
        if let due = RenewalPlanning.due(record, state, unheldPublication: nil, now: now) { all.append(.schedule(due)) }
        try await commit(all, [event("version.imported", record.name, "", issued(imported))])
    }

    private func add(
        _ imported: ImportedVersion, to known: CertificateRecord, _ vault: Vault, isRehearsal: Bool
    ) async throws -> Int {
        guard let overview = try await ledger.overview(known.id) else {
            throw DeskRefusal.unknownCertificate(known.name)
        }
        if let life = overview.state.life, imported.issued.life.notAfter <= life.notAfter {
            throw DeskRefusal(
                "import.no-later-end",
                "\(known.name) has a version that ends \(life.notAfter), no earlier than this one.",
                remedy: "Import it under another name with --name, or leave it.")
        }
        guard Set(known.subjects) == Set(imported.issued.subjects) else {
            throw DeskRefusal(
                "import.other-names",
                "\(known.name) is for \(known.subjects.map(\.description).joined(separator: ", ")), but this one is for "
                    + imported.issued.subjects.map(\.description).joined(separator: ", ") + ".",
                remedy: "Import it under another name with --name, or change the certificate's subjects first.")
        }
        guard !isRehearsal else { return overview.state.current + 1 }
        let (writes, state) = try storing(imported, known, overview.state, vault)
        let work = WorkKey(.renewal, known.id)
        var all: [Change.Write] = [.requireIdle(work)] + writes
        all += overview.placements.map { .hasten(PublicationPlanning.dueNow($0, at: now())) }
        if let due = RenewalPlanning.due(known, state, unheldPublication: nil, now: now()) {
            all.append(.schedule(due))
        }
        try await commit(all, [event("version.imported", known.name, "", issued(imported))])
        return state.current
    }

    private func storing(
        _ imported: ImportedVersion, _ record: CertificateRecord, _ before: RenewalState, _ vault: Vault
    ) throws -> ([Change.Write], RenewalState) {
        let issued = imported.issued
        let version = VersionRecord(
            certificate: record.id, number: before.current + 1, predecessor: before.current, subjects: issued.subjects,
            fingerprint: issued.fingerprint, serial: issued.serial, issuerName: issued.issuerName, life: issued.life,
            storedAt: now(), source: .imported, keyType: issued.keyType, issuer: "")
        let material = VersionMaterial(
            chain: issued.chain,
            sealedKey: try vault.seal(imported.key, Vault.Place.key(of: record.id, version: version.number)))
        var state = before
        state.current = version.number
        state.life = issued.life
        state.storedAt = version.storedAt
        state.issuedHere = false
        state.revokedAt = nil
        state.advice = nil
        state.adviceExplanation = nil
        state.generation = 0
        state.barred = nil
        state.trouble = nil
        state.reissuesDone = record.reissuesAsked
        return ([.addVersion(version, material), .putRenewal(state)], state)
    }

    private func issued(_ imported: ImportedVersion) -> String {
        "fingerprint \(imported.issued.fingerprint), ends \(imported.issued.life.notAfter)"
    }
}
