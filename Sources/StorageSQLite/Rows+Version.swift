import Automation
import Foundation
import GRDB
import PluginKit
import Storage

extension VersionRecord {
    /// The columns that make a record; the material is read apart.
    static let columns = """
        certificate, number, predecessor, subjects, fingerprint, serial, issuer_name, not_before, not_after, \
        chain_not_after, stored_at, source, key_type, issuer, follows_late, revoked_at
        """

    func row(_ material: VersionMaterial) throws -> RowToWrite {
        var row = RowToWrite("version")
        row.set("certificate", certificate)
        row.set("number", number)
        row.set("predecessor", predecessor)
        row.set("subjects", try JSONText.encode(subjects))
        row.set("fingerprint", fingerprint.sha256)
        row.set("serial", serial)
        row.set("issuer_name", issuerName)
        row.set("not_before", life.notBefore)
        row.set("not_after", life.notAfter)
        row.set("chain_not_after", life.chainNotAfter)
        row.set("stored_at", storedAt)
        row.set("source", source.rawValue)
        row.set("key_type", keyType?.rawValue)
        row.set("issuer", issuer)
        row.set("follows_late", followsLateRule)
        row.set("revoked_at", revokedAt)
        row.set("chain", Blocks.encode(material.chain))
        row.set("sealed_key", material.sealedKey)
        return row
    }

    init(_ row: Row) throws {
        guard let life = Life(row, prefix: "") else {
            throw StorageError(
                .databaseUnusable, "A version in the database has no dates.",
                remedy: "Restore the home from a backup.")
        }
        self.init(
            certificate: row["certificate"], number: row["number"], predecessor: row["predecessor"],
            subjects: try JSONText.decode([Subject].self, row["subjects"]),
            fingerprint: Fingerprint(sha256: row["fingerprint"]), serial: row["serial"],
            issuerName: row["issuer_name"], life: life, storedAt: row.instant("stored_at"),
            source: try stored(Source.self, row["source"]),
            keyType: try (row["key_type"] as String?).map { try stored(KeyType.self, $0) }, issuer: row["issuer"],
            followsLateRule: row["follows_late"])
        revokedAt = row.instant(ifPresent: "revoked_at")
    }
}

extension IntentRecord {
    func row() throws -> RowToWrite {
        var row = RowToWrite("intent")
        row.set("certificate", certificate)
        row.set("predecessor", predecessor)
        row.set("generation", generation)
        row.set("standing", standing.rawValue)
        row.set("phase", phase.rawValue)
        row.set("request_digest", requestDigest)
        row.set("sealed_key", sealedKey)
        row.set("issuer", issuer)
        row.set("subjects", try JSONText.encode(subjects))
        row.set("step", step?.rawValue)
        row.set("handle_format", handle?.format)
        row.set("handle", handle?.content)
        row.set("pending_until", pendingUntil)
        row.set("opened_at", openedAt)
        row.set("cause", try JSONText.encode(cause))
        row.set("renewals_asked", renewalsAsked)
        row.set("reissues_asked", reissuesAsked)
        return row
    }

    init(_ row: Row) throws {
        self.init(
            certificate: row["certificate"], predecessor: row["predecessor"], generation: row["generation"],
            requestDigest: row["request_digest"], sealedKey: row["sealed_key"], issuer: row["issuer"],
            subjects: try JSONText.decode([Subject].self, row["subjects"]), openedAt: row.instant("opened_at"),
            cause: try JSONText.decode(Cause.self, row["cause"]), renewalsAsked: row["renewals_asked"],
            reissuesAsked: row["reissues_asked"])
        standing = try stored(Standing.self, row["standing"])
        phase = try stored(RenewalRecord.Intent.Phase.self, row["phase"])
        step = try (row["step"] as String?).map { try stored(Step.self, $0) }
        handle = Handle(row)
        pendingUntil = row.instant(ifPresent: "pending_until")
    }
}

extension Handle {
    init?(_ row: Row) {
        guard let format = row["handle_format"] as Int?, let content = row["handle"] as Data? else { return nil }
        self.init(encoded: content, format: format)
    }
}
