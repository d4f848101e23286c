import Automation
import Foundation
import GRDB
import Storage

extension WriterConnection {
    /// Writes a due row in place of the one that its work had.
    func putDue(_ db: Database, _ due: DueRecord) throws {
        try run(
            db,
            """
            INSERT OR REPLACE INTO due (at, kind, id, deadline, work_group, starts, manual)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, SQLValue(due.at), SQLValue(due.work.kind.rawValue), .integer(due.work.id), SQLValue(due.deadline),
            .integer(due.group), SQLValue(due.starts), SQLValue(due.isManual))
        ready.noteWritten(due)
    }

    /// - Returns: the row as it was; nil where there is none at that time.
    func removeDue(_ db: Database, _ work: WorkKey, at: Instant) throws -> DueRecord? {
        var found: DueRecord?
        try run(
            db,
            """
            DELETE FROM due WHERE at = ? AND kind = ? AND id = ?
            RETURNING at, kind, id, deadline, work_group, starts, manual
            """, SQLValue(at), SQLValue(work.kind.rawValue), .integer(work.id)
        ) { found = try DueRecord(&$0) }
        return found
    }

    /// Whether the lease with this fence stands, of that work where one is named.
    func holdsLease(_ db: Database, _ fence: Fence, of work: WorkKey? = nil) throws -> Bool {
        var held: WorkKey?
        try run(db, "SELECT kind, id FROM lease WHERE fence = ?", .integer(fence.token)) { held = try WorkKey(&$0) }
        guard let held else { return false }
        return work.map { $0 == held } ?? true
    }

    func isLeased(_ db: Database, _ work: WorkKey) throws -> Bool {
        var isLeased = false
        try run(
            db, "SELECT 1 FROM lease WHERE id = ? AND kind = ?", .integer(work.id), SQLValue(work.kind.rawValue)
        ) { _ in isLeased = true }
        return isLeased
    }

    /// Ends a claim. Where somebody scheduled its work meanwhile, the earlier of the two holds.
    func release(_ db: Database, _ release: Change.Release) throws {
        let (id, kind) = (release.work.id, release.work.kind.rawValue)
        var wasHeld = false
        var again: DueRecord?
        try run(
            db,
            """
            DELETE FROM lease WHERE id = ? AND kind = ?
            RETURNING again_at, again_deadline, again_group, again_manual
            """, .integer(id), SQLValue(kind)
        ) { row in
            wasHeld = true
            again = try DueRecord(again: &row, release.work)
        }
        guard wasHeld else { return }
        switch (release.next, again) {
        case (let next?, let again?): try putDue(db, next.hastened(by: again))
        case (let next?, nil): try putDue(db, next)
        case (nil, let again?): try putDue(db, again)
        case (nil, nil): break
        }
    }

    /// Sets when work is next looked at; while it is claimed, what is asked is kept with the claim.
    func schedule(_ db: Database, _ due: DueRecord, neverLater: Bool) throws {
        let (id, kind) = (due.work.id, due.work.kind.rawValue)
        if var lease: Leased = try db.first("WHERE id = ? AND kind = ?", .integer(id), SQLValue(kind)) {
            var again = due
            again.starts = 0
            lease.again = lease.again?.hastened(by: again) ?? again
            _ = try lease.update(db)
            return
        }
        var next = due
        if let known: DueRecord = try db.first("WHERE id = ? AND kind = ?", .integer(id), SQLValue(kind)) {
            if neverLater { next = known.hastened(by: due) }
            next.starts = max(due.starts, known.starts)
        }
        try putDue(db, next)
    }

    func unschedule(_ db: Database, _ work: WorkKey) throws {
        let (id, kind) = (SQLValue.integer(work.id), SQLValue(work.kind.rawValue))
        try run(db, "DELETE FROM due WHERE id = ? AND kind = ?", id, kind)
        try run(
            db,
            """
            UPDATE lease SET again_at = NULL, again_deadline = NULL, again_group = NULL, again_manual = NULL
            WHERE id = ? AND kind = ?
            """, id, kind)
    }

    /// Takes rows out in the order in which they stand, then puts them in in the order in which they will: each page
    /// of the table is touched once for many.
    func moveDue(_ db: Database, _ moves: [DueMove]) throws {
        var moved: [DueRecord] = []
        moved.reserveCapacity(moves.count)
        for move in moves.sorted(by: { ($0.from, $0.work.id) < ($1.from, $1.work.id) }) {
            guard var record = try removeDue(db, move.work, at: move.from) else { continue }
            record.at = move.to
            record.deadline = move.deadline ?? record.deadline
            moved.append(record)
        }
        moved.sort { ($0.at, $0.work.id) < ($1.at, $1.work.id) }
        for record in moved { try putDue(db, record) }
    }
}

extension DueRecord {
    /// From again_at to again_manual; nil where nobody scheduled it.
    init?(again row: inout RowReader, _ work: WorkKey) throws {
        let at = try row.ifPresent { try $0.instant() }
        let deadline = try row.ifPresent { try $0.instant() }
        let group = try row.ifPresent { try $0.integer() }
        let isManual = try row.ifPresent { try $0.flag() }
        guard let at, let deadline, let group, let isManual else { return nil }
        self.init(work, at: at, deadline: deadline, group: group, isManual: isManual)
    }
}
