import Automation
import Foundation
import GRDB
import PluginKit
import Storage

extension SQLiteLedger {
    public func commit(_ change: Change, under fence: Fence?) async throws -> CommitOutcome {
        try await queue.submit { db, connection in
            if fence != nil || change.release != nil {
                guard let fence, try connection.holdsLease(db, fence, of: change.release?.work) else {
                    return .undo(.fenceLost)
                }
            }
            do {
                for write in change.writes { try connection.apply(write, db) }
            } catch let conflict as Conflict {
                return .undo(.conflict(conflict.reason))
            }
            if let release = change.release { try connection.release(db, release) }
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
            try guarding("there is a certificate \(record.name) already") { try record.insert(db) }
            try RenewalState(certificate: record.id).insert(db)
        case .changeCertificate(let record): try change(record, db)
        case .removeCertificate(let id): try remove(certificate: id, db)
        case .putRenewal(let state):
            guard try state.update(db) else { throw removed(state.certificate) }
        case .noteHeld(let certificate, let number):
            try run(
                db, "UPDATE renewal SET held_number = max(held_number, ?) WHERE certificate = ?", SQLValue(number),
                .integer(certificate))
        case .addVersion(let record, let material):
            try requireCertificate(record.certificate, db)
            try guarding("version \(record.number) is there already") { try record.insert(db, with: material) }
        case .markRevoked(let certificate, let number, let at):
            try run(
                db, "UPDATE version SET revoked_at = ? WHERE certificate = ? AND number = ?", SQLValue(at),
                .integer(certificate), SQLValue(number))
            try run(
                db, "UPDATE renewal SET revoked_at = coalesce(revoked_at, ?) WHERE certificate = ? AND current = ?",
                SQLValue(at), .integer(certificate), SQLValue(number))
        case .dropKey(let certificate, let number):
            try run(
                db, "UPDATE version SET sealed_key = NULL WHERE certificate = ? AND number = ?",
                .integer(certificate), SQLValue(number))
        case .openIntent(let record):
            try requireCertificate(record.certificate, db)
            try guarding("an intent for the same predecessor and generation exists") { try record.insert(db) }
        case .putIntent(let record): try put(record, db)
        case .putPlacement(let record):
            try requireCertificate(record.certificate, db)
            try guarding("there is a placement \(record.name) already") { try record.upsert(db) }
        case .putWish(let wish): try put(wish, db)
        case .ownPlaces(let placement, let places, let takingOver):
            try own(places, placement, takingOver: takingOver, db)
        case .putPublication(let record): try record.upsert(db)
        case .addAttempt(let record): try record.insert(db)
        case .schedule(let due): try schedule(db, due, neverLater: false)
        case .hasten(let due): try schedule(db, due, neverLater: true)
        case .unschedule(let work): try unschedule(db, work)
        case .moveDue(let moves): try moveDue(db, moves)
        case .requireIdle(let work):
            if try isLeased(db, work) { throw Conflict(reason: "it is being worked on") }
        case .putSecret(let record): try record.upsert(db)
        case .removeSecret(let name): try run(db, "DELETE FROM secret WHERE name = ?", .text(name))
        case .putPluginState(let record, let replacing): try put(record, replacing, db)
        case .putNotice(let record): try record.upsert(db)
        case .putDocument(let record): try put(record, db)
        case .removeDocument(let kind, let key):
            try run(db, "DELETE FROM document WHERE kind = ? AND key = ?", .text(kind.rawValue), .text(key))
        case .removeDocuments(let kind, let owner):
            try run(db, "DELETE FROM document WHERE kind = ? AND owner = ?", .text(kind.rawValue), .text(owner))
        case .removeDocumentsEnded(let before):
            try run(db, "DELETE FROM document WHERE ends_at < ?", SQLValue(before))
        case .putMeta(let key, let value):
            try run(
                db,
                "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                .text(key), .text(value))
        case .prune(let before, let limit):
            try run(
                db, "DELETE FROM attempt WHERE id IN (SELECT id FROM attempt ORDER BY id LIMIT ?) AND ended_at < ?",
                SQLValue(limit), SQLValue(before))
            try run(db, "DELETE FROM notice WHERE sent_at < ?", SQLValue(before))
        }
    }

    /// Appends events to the chain, opening it with the first.
    fileprivate func append(_ drafts: [EventDraft], _ db: Database) throws {
        for draft in drafts {
            var last = try trail.last ?? db.integer("SELECT max(sequence) FROM event") ?? 0
            if !trail.chain.isOpen {
                let newest: Event? = try db.first("WHERE sequence = ?", .integer(last))
                let head = newest.map { ChainHead(chain: $0.chain, position: $0.position, mac: $0.mac) }
                last += 1
                try trail.chain.open(after: head, at: draft.at, sequence: last).insert(db)
            }
            last += 1
            try trail.chain.append(draft, sequence: last).insert(db)
            trail.last = last
        }
    }

    private func change(_ record: CertificateRecord, _ db: Database) throws {
        let revision = try db.integer("SELECT revision FROM certificate WHERE id = ?", .integer(record.id))
        guard revision == record.revision else { throw Conflict(reason: "\(record.name) was changed meanwhile") }
        var next = record
        next.revision += 1
        try guarding("there is a certificate \(record.name) already") { _ = try next.update(db) }
    }

    private func removed(_ certificate: Int64) -> Conflict {
        Conflict(reason: "certificate \(certificate) was removed")
    }

    private func requireCertificate(_ id: Int64, _ db: Database) throws {
        var isThere = false
        try run(db, "SELECT 1 FROM certificate WHERE id = ?", .integer(id)) { _ in isThere = true }
        guard isThere else { throw removed(id) }
    }

    private func put(_ record: IntentRecord, _ db: Database) throws {
        var isOpen = false
        try run(
            db,
            """
            SELECT 1 FROM intent WHERE certificate = ? AND predecessor = ? AND generation = ? AND standing = 'open'
            """, .integer(record.certificate), SQLValue(record.predecessor), SQLValue(record.generation)
        ) { _ in isOpen = true }
        guard isOpen else { throw Conflict(reason: "the intent is closed") }
        _ = try record.update(db)
    }

    private func put(_ wish: PlacementWish, _ db: Database) throws {
        let known: PlacementWish? = try db.first("WHERE placement = ?", .integer(wish.placement))
        guard known?.revision ?? 0 == wish.revision else { throw Conflict(reason: "somebody else asked meanwhile") }
        var next = wish
        next.revision += 1
        try next.upsert(db)
    }

    private func put(_ record: PluginStateRecord, _ replacing: Data?, _ db: Database) throws {
        let known: PluginStateRecord? = try db.first(
            "WHERE scope = ? AND key = ?", .text(record.scope), .text(record.key))
        guard known?.digest == replacing else { throw Conflict(reason: "\(record.key) was changed meanwhile") }
        try record.upsert(db)
    }

    private func put(_ record: DocumentRecord, _ db: Database) throws {
        let known: DocumentRecord? = try db.first(
            "WHERE kind = ? AND key = ?", .text(record.kind.rawValue), .text(record.key))
        guard known?.revision ?? 0 == record.revision else {
            throw Conflict(reason: "\(record.key) was changed meanwhile")
        }
        var next = record
        next.revision += 1
        try next.upsert(db)
    }

    private func own(_ places: [String], _ placement: Int64, takingOver: Bool, _ db: Database) throws {
        try run(db, "DELETE FROM place WHERE placement = ?", .integer(placement))
        for place in Set(places) {
            if takingOver { try run(db, "DELETE FROM place WHERE place = ?", .text(place)) }
            try guarding("\(place) belongs to another publication") {
                try run(db, "INSERT INTO place (place, placement) VALUES (?, ?)", .text(place), .integer(placement))
            }
        }
    }

    private func remove(certificate id: Int64, _ db: Database) throws {
        let placements = "SELECT id FROM placement WHERE certificate = ?1"
        let (publication, renewal) = (WorkKey.Kind.publication.rawValue, WorkKey.Kind.renewal.rawValue)
        for sql in [
            "DELETE FROM publication WHERE placement IN (\(placements))",
            "DELETE FROM wish WHERE placement IN (\(placements))",
            "DELETE FROM place WHERE placement IN (\(placements))",
            "DELETE FROM due WHERE kind = \(publication) AND id IN (\(placements))",
            "DELETE FROM lease WHERE kind = \(publication) AND id IN (\(placements))",
            "DELETE FROM due WHERE kind = \(renewal) AND id = ?1",
            "DELETE FROM lease WHERE kind = \(renewal) AND id = ?1",
            "DELETE FROM placement WHERE certificate = ?1", "DELETE FROM version WHERE certificate = ?1",
            "DELETE FROM intent WHERE certificate = ?1", "DELETE FROM attempt WHERE certificate = ?1",
            "DELETE FROM renewal WHERE certificate = ?1", "DELETE FROM certificate WHERE id = ?1",
        ] { try db.cachedStatement(sql: sql).run([.integer(id)]) }
    }

    /// Turns the refusal of a second row under the same key into a conflict.
    private func guarding(_ reason: @autoclosure () -> String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as DatabaseError
            where [.SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY].contains(error.extendedResultCode)
        {
            throw Conflict(reason: reason())
        }
    }
}
