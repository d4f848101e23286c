import Automation
import Foundation
import GRDB
import Storage

extension SQLiteLedger {
    public func commit(_ change: Change, under fence: Fence?) async throws -> CommitOutcome {
        try await queue.submit { db, connection in
            if let fence, try !connection.holdsLease(db, fence) { return .undo(.fenceLost) }
            do {
                for write in change.writes { try connection.apply(write, db) }
            } catch let conflict as Conflict {
                return .undo(.conflict(conflict.reason))
            }
            if let release = change.release, try !connection.release(db, release, under: fence) {
                return .undo(.fenceLost)
            }
            try connection.append(change.events, db)
            return .keep(.applied)
        }
    }
}

/// Why a change cannot be applied; never leaves this module.
private struct Conflict: Error {
    let reason: String
}

extension WriterConnection {
    fileprivate func apply(_ write: Change.Write, _ db: Database) throws {
        switch write {
        case .addCertificate(let record):
            try guarding("there is a certificate \(record.name) already") { try record.row().insert(db) }
            var state = try RenewalState(certificate: record.id).row()
            state.set("held_number", 0)
            try state.insert(db)
        case .changeCertificate(var record):
            let revision = try Int64.fetchOne(
                db, sql: "SELECT revision FROM certificate WHERE id = ?", arguments: [record.id])
            guard revision == record.revision else { throw Conflict(reason: "\(record.name) was changed meanwhile") }
            record.revision += 1
            try record.row().upsert(db, key: ["id"])
        case .removeCertificate(let id): try remove(certificate: id, db)
        case .putRenewal(let state):
            var row = try state.row()
            row.set("held_number", 0)
            try row.upsert(db, key: ["certificate"], keeping: ["held_number"])
        case .noteHeld(let certificate, let number):
            try run(
                db, "UPDATE renewal SET held_number = max(held_number, ?) WHERE certificate = ?",
                .integer(Int64(number)), .integer(certificate))
        case .addVersion(let record, let material):
            try guarding("version \(record.number) is there already") { try record.row(material).insert(db) }
        case .markRevoked(let certificate, let number, let at):
            try run(
                db, "UPDATE version SET revoked_at = ? WHERE certificate = ? AND number = ?", HotValue(at),
                .integer(certificate), .integer(Int64(number)))
        case .dropKey(let certificate, let number):
            try run(
                db, "UPDATE version SET sealed_key = NULL WHERE certificate = ? AND number = ?",
                .integer(certificate), .integer(Int64(number)))
        case .openIntent(let record):
            try guarding("an intent for the same predecessor and generation exists") { try record.row().insert(db) }
        case .putIntent(let record): try put(record, db)
        case .putPlacement(let record):
            try guarding("there is a placement \(record.name) already") { try record.row().upsert(db, key: ["id"]) }
        case .putWish(let wish):
            var row = RowToWrite("wish")
            row.set("placement", wish.placement)
            row.set("body", try JSONText.encode(wish))
            try row.upsert(db, key: ["placement"])
        case .ownPlaces(let placement, let places, let takingOver):
            try own(places, placement, takingOver: takingOver, db)
        case .putPublication(let record): try record.row().upsert(db, key: ["placement", "sequence"])
        case .addAttempt(let record): try record.row().insert(db)
        case .schedule(let due): try schedule(db, due, neverLater: false)
        case .hasten(let due): try schedule(db, due, neverLater: true)
        case .unschedule(let work): try unschedule(db, work)
        case .requireIdle(let work):
            let isHeld = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM lease WHERE id = ? AND kind = ?)",
                arguments: [work.id, work.kind.rawValue])
            if isHeld == true { throw Conflict(reason: "it is being worked on") }
        case .putSecret(let record):
            var row = RowToWrite("secret")
            row.set("name", record.name)
            row.set("sealed", record.sealed)
            row.set("set_at", record.setAt)
            row.set("set_by", record.setBy)
            try row.upsert(db, key: ["name"])
        case .removeSecret(let name): try run(db, "DELETE FROM secret WHERE name = ?", .text(name))
        case .putPluginState(let record, let replacing): try put(record, replacing, db)
        case .putNotice(let record):
            var row = RowToWrite("notice")
            row.set("id", record.id)
            row.set("body", try JSONText.encode(record))
            row.set("sent_at", record.sentAt)
            try row.upsert(db, key: ["id"])
        case .putMeta(let key, let value):
            try run(
                db,
                "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                .text(key), .text(value))
        case .prune(let before):
            try run(db, "DELETE FROM attempt WHERE ended_at < ?", HotValue(before))
            try run(db, "DELETE FROM notice WHERE sent_at < ?", HotValue(before))
        }
    }

    /// Appends events to the chain, opening it with the first.
    fileprivate func append(_ drafts: [EventDraft], _ db: Database) throws {
        for draft in drafts {
            var sequence: Int64 = 0
            try run(db, "SELECT coalesce(max(sequence), 0) FROM event") { sequence = $0.integer(0) }
            if !audit.isOpen {
                var head: ChainHead?
                try run(db, "SELECT chain, position, mac FROM event WHERE sequence = ?", .integer(sequence)) { row in
                    head = ChainHead(chain: row.text(0), position: row.integer(1), mac: row.blob(2))
                }
                sequence += 1
                try insert(audit.open(after: head, at: draft.at, sequence: sequence), db)
            }
            try insert(audit.append(draft, sequence: sequence + 1), db)
        }
    }

    private func insert(_ event: Event, _ db: Database) throws {
        let draft = event.draft
        let detail = draft.detail.isEmpty ? "{}" : try JSONText.encode(draft.detail)
        try run(
            db,
            """
            INSERT INTO event (sequence, chain, position, at, actor, kind, certificate, subject, reason, detail, mac)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, .integer(event.sequence), .text(event.chain), .integer(event.position), HotValue(draft.at),
            .text(draft.actor), .text(draft.kind), .text(draft.certificate), .text(draft.subject),
            .text(draft.reason), .text(detail), .blob(event.mac))
    }

    private func put(_ record: IntentRecord, _ db: Database) throws {
        let standing = try String.fetchOne(
            db, sql: "SELECT standing FROM intent WHERE certificate = ? AND predecessor = ? AND generation = ?",
            arguments: [record.certificate, record.predecessor, record.generation])
        guard standing == IntentRecord.Standing.open.rawValue else { throw Conflict(reason: "the intent is closed") }
        try record.row().upsert(db, key: ["certificate", "predecessor", "generation"])
    }

    private func put(_ record: PluginStateRecord, _ replacing: Data?, _ db: Database) throws {
        let digest = try Data.fetchOne(
            db, sql: "SELECT digest FROM plugin_state WHERE scope = ? AND key = ?",
            arguments: [record.scope, record.key])
        guard digest == replacing else { throw Conflict(reason: "\(record.key) was changed meanwhile") }
        var row = RowToWrite("plugin_state")
        row.set("scope", record.scope)
        row.set("key", record.key)
        row.set("sealed", record.sealed)
        row.set("digest", record.digest)
        try row.upsert(db, key: ["scope", "key"])
    }

    private func own(_ places: [String], _ placement: Int64, takingOver: Bool, _ db: Database) throws {
        try run(db, "DELETE FROM place WHERE placement = ?", .integer(placement))
        for place in places {
            if takingOver { try run(db, "DELETE FROM place WHERE place = ?", .text(place)) }
            try guarding("\(place) belongs to another publication") {
                try run(db, "INSERT INTO place (place, placement) VALUES (?, ?)", .text(place), .integer(placement))
            }
        }
    }

    private func remove(certificate id: Int64, _ db: Database) throws {
        let placements = "SELECT id FROM placement WHERE certificate = ?"
        let publication = WorkKey.Kind.publication.rawValue
        let renewal = WorkKey.Kind.renewal.rawValue
        for sql in [
            "DELETE FROM publication WHERE placement IN (\(placements))",
            "DELETE FROM wish WHERE placement IN (\(placements))",
            "DELETE FROM place WHERE placement IN (\(placements))",
            "DELETE FROM due WHERE kind = \(publication) AND id IN (\(placements))",
            "DELETE FROM due WHERE kind = \(renewal) AND id = ?", "DELETE FROM placement WHERE certificate = ?",
            "DELETE FROM version WHERE certificate = ?", "DELETE FROM intent WHERE certificate = ?",
            "DELETE FROM attempt WHERE certificate = ?", "DELETE FROM renewal WHERE certificate = ?",
            "DELETE FROM certificate WHERE id = ?",
        ] { try db.execute(sql: sql, arguments: [id]) }
    }

    private func guarding(_ reason: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_CONSTRAINT {
            throw Conflict(reason: reason)
        }
    }
}
