import Automation
import Foundation
import GRDB
import PluginKit
import Storage

extension VersionRecord: StoredRecord {
    private static let columns = [
        "certificate", "number", "predecessor", "subjects", "fingerprint", "serial", "issuer_name", "not_before",
        "not_after", "chain_not_after", "stored_at", "source", "key_type", "issuer", "follows_late", "revoked_at",
    ]
    /// Without the material, which is read apart.
    static let table = StoredTable("version", key: ["certificate", "number"], columns)
    private static let whole = StoredTable(
        "version", key: ["certificate", "number"], columns + ["chain", "sealed_key"])

    init(_ row: inout RowReader) throws {
        let (certificate, number, predecessor) = (try row.integer(), try row.int(), try row.int())
        let subjects = try row.json([Subject].self)
        let fingerprint = Fingerprint(sha256: try row.blob())
        let (serial, issuerName) = (try row.text(), try row.text())
        guard let life = try Life(ifPresent: &row) else { throw StorageError.damaged("a version has no dates") }
        self.init(
            certificate: certificate, number: number, predecessor: predecessor, subjects: subjects,
            fingerprint: fingerprint, serial: serial, issuerName: issuerName, life: life,
            storedAt: try row.instant(), source: try row.word(), keyType: try row.ifPresent { try $0.word() },
            issuer: try row.text(), followsLateRule: try row.flag())
        revokedAt = try row.ifPresent { try $0.instant() }
    }

    func write(to row: inout RowWriter) throws {
        row.add(certificate)
        row.add(number)
        row.add(predecessor)
        try row.add(json: subjects)
        row.add(fingerprint.sha256)
        row.add(serial)
        row.add(issuerName)
        row.add(life.notBefore)
        row.add(life.notAfter)
        row.add(life.chainNotAfter)
        row.add(storedAt)
        row.add(source.rawValue)
        row.add(keyType?.rawValue)
        row.add(issuer)
        row.add(followsLateRule)
        row.add(revokedAt)
    }

    func insert(_ db: Database, with material: VersionMaterial) throws {
        var row = RowWriter(columns: Self.whole.count)
        try write(to: &row)
        row.add(Blocks.encode(material.chain))
        row.add(material.sealedKey)
        try db.cachedStatement(sql: Self.whole.insert).run(row.values)
    }
}

extension IntentRecord: StoredRecord {
    static let table = StoredTable(
        "intent", key: ["certificate", "predecessor", "generation"],
        [
            "certificate", "predecessor", "generation", "standing", "phase", "request_digest", "sealed_key", "issuer",
            "subjects", "step", "handle_format", "handle", "pending_until", "opened_at", "cause", "renewals_asked",
            "reissues_asked",
        ])

    init(_ row: inout RowReader) throws {
        let (certificate, predecessor, generation) = (try row.integer(), try row.int(), try row.int())
        let (standing, phase) = (try row.word(Standing.self), try row.word(RenewalRecord.Intent.Phase.self))
        let (digest, sealedKey) = (try row.blob(), try row.blob())
        let issuer = try row.text()
        let subjects = try row.json([Subject].self)
        let step = try row.ifPresent { try $0.word(Step.self) }
        let handle = try Handle(ifPresent: &row)
        let pendingUntil = try row.ifPresent { try $0.instant() }
        self.init(
            certificate: certificate, predecessor: predecessor, generation: generation, requestDigest: digest,
            sealedKey: sealedKey, issuer: issuer, subjects: subjects, openedAt: try row.instant(),
            cause: try row.json(), renewalsAsked: try row.int(), reissuesAsked: try row.int())
        self.standing = standing
        self.phase = phase
        self.step = step
        self.handle = handle
        self.pendingUntil = pendingUntil
    }

    func write(to row: inout RowWriter) throws {
        row.add(certificate)
        row.add(predecessor)
        row.add(generation)
        row.add(standing.rawValue)
        row.add(phase.rawValue)
        row.add(requestDigest)
        row.add(sealedKey)
        row.add(issuer)
        try row.add(json: subjects)
        row.add(step?.rawValue)
        row.add(handle?.format)
        row.add(handle?.content)
        row.add(pendingUntil)
        row.add(openedAt)
        try row.add(json: cause)
        row.add(renewalsAsked)
        row.add(reissuesAsked)
    }
}

extension Handle {
    /// From handle_format, handle.
    init?(ifPresent row: inout RowReader) throws {
        let format = try row.ifPresent { try $0.int() }
        let content = try row.ifPresent { try $0.blob() }
        guard let format, let content else { return nil }
        self.init(encoded: content, format: format)
    }
}
