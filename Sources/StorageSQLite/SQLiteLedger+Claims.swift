import Automation
import Foundation
import GRDB
import Storage

extension SQLiteLedger {
    /// So many of the longest due rows are weighed against each other; among more, what waits longest comes first.
    private static let weighed: Int64 = 1024

    public func claim(_ request: ClaimRequest) async throws -> [Claim] {
        try await queue.submit { db, connection in
            let chosen = try connection.chooseDue(db, request, weighing: Self.weighed)
            guard !chosen.isEmpty else { return .keep([]) }
            var fence = try connection.takeNumbers(db, "fence", count: chosen.count)
            var claims: [Claim] = []
            claims.reserveCapacity(chosen.count)
            for due in chosen {
                let claim = Claim(
                    work: due.work, fence: Fence(token: fence), until: request.leaseUntil, dueAt: due.at,
                    deadline: due.deadline, group: due.group, starts: due.starts + 1, isManual: due.isManual)
                fence += 1
                try connection.lease(db, claim, owner: request.owner)
                claims.append(claim)
            }
            return .keep(claims)
        }
    }

    public func extend(_ fences: Set<Fence>, until: Instant) async throws -> Set<Fence> {
        try await queue.submit { db, connection in
            var mine: Set<Fence> = []
            for fence in fences {
                try connection.run(
                    db, "UPDATE lease SET until = ? WHERE fence = ?", HotValue(until), .integer(fence.token))
                if connection.changes(db) > 0 { mine.insert(fence) }
            }
            return .keep(mine)
        }
    }

    public func releaseLeases(exceptOf owner: String, at now: Instant) async throws -> [WorkKey] {
        try await queue.submit { db, connection in
            let dead = try Row.fetchAll(
                db, sql: "SELECT * FROM lease WHERE owner <> ? ORDER BY fence", arguments: [owner])
            return .keep(
                try dead.map { row in
                    let claim = try Claim(row)
                    try connection.run(db, "DELETE FROM lease WHERE fence = ?", .integer(claim.fence.token))
                    try connection.putDue(
                        db,
                        DueRecord(
                            claim.work, at: now, deadline: claim.deadline, group: claim.group, starts: claim.starts,
                            isManual: claim.isManual || row["again_manual"] == 1))
                    return claim.work
                })
        }
    }

    public func newIDs(_ count: Int) async throws -> [Int64] {
        try await queue.submit { db, connection in
            let first = try connection.takeNumbers(db, "id", count: count)
            return .keep((0..<Int64(count)).map { first + $0 })
        }
    }
}

extension WriterConnection {
    /// Hands out numbers that were never handed out before.
    func takeNumbers(_ db: Database, _ name: String, count: Int) throws -> Int64 {
        var first: Int64 = 0
        try run(
            db, "UPDATE counter SET next = next + ? WHERE name = ? RETURNING next", .integer(Int64(count)), .text(name)
        ) { first = $0.integer(0) - Int64(count) }
        return first
    }

    /// The due rows that come first. Rows of busy groups are passed over in the scan.
    fileprivate func chooseDue(_ db: Database, _ request: ClaimRequest, weighing: Int64) throws -> [DueRecord] {
        var manual: [DueRecord] = []
        try run(
            db,
            """
            SELECT at, kind, id, deadline, "group", starts, manual FROM due
            WHERE manual = 1 AND at <= ? ORDER BY at LIMIT ?
            """, HotValue(request.now), .integer(weighing)
        ) { row in
            if let due = DueRecord(row), !request.busyGroups.contains(due.group) { manual.append(due) }
        }
        guard !request.onlyManual, manual.count < request.limit else {
            return Array(manual.sorted(by: DueRecord.comesFirst).prefix(request.limit))
        }
        var found = manual
        var after: (at: Int64, kind: Int64, id: Int64) = (.min, 0, 0)
        // A page at a time, until enough are free: a busy group of thousands must not starve the others.
        while found.count < request.limit {
            var read: Int64 = 0
            try run(
                db,
                """
                SELECT at, kind, id, deadline, "group", starts, manual FROM due
                WHERE (at, kind, id) > (?, ?, ?) AND at <= ? ORDER BY at, kind, id LIMIT ?
                """, .integer(after.at), .integer(after.kind), .integer(after.id), HotValue(request.now),
                .integer(weighing)
            ) { row in
                read += 1
                after = (row.integer(0), row.integer(1), row.integer(2))
                guard let due = DueRecord(row), !due.isManual, !request.busyGroups.contains(due.group) else { return }
                found.append(due)
            }
            guard read == weighing else { break }
        }
        return Array(found.sorted(by: DueRecord.comesFirst).prefix(request.limit))
    }

    fileprivate func lease(_ db: Database, _ claim: Claim, owner: String) throws {
        let kind = Int64(claim.work.kind.rawValue)
        try run(
            db, "DELETE FROM due WHERE at = ? AND kind = ? AND id = ?", HotValue(claim.dueAt), .integer(kind),
            .integer(claim.work.id))
        try run(
            db,
            """
            INSERT INTO lease (fence, kind, id, owner, until, due_at, deadline, "group", starts, manual)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, .integer(claim.fence.token), .integer(kind), .integer(claim.work.id), .text(owner),
            HotValue(claim.until), HotValue(claim.dueAt), HotValue(claim.deadline), .integer(claim.group),
            .integer(Int64(claim.starts)), .integer(claim.isManual ? 1 : 0))
    }

    /// Writes a due row in place of the one that its work had.
    func putDue(_ db: Database, _ due: DueRecord) throws {
        let kind = Int64(due.work.kind.rawValue)
        try run(db, "DELETE FROM due WHERE id = ? AND kind = ?", .integer(due.work.id), .integer(kind))
        try run(
            db, "INSERT INTO due (at, kind, id, deadline, \"group\", starts, manual) VALUES (?, ?, ?, ?, ?, ?, ?)",
            HotValue(due.at), .integer(kind), .integer(due.work.id), HotValue(due.deadline), .integer(due.group),
            .integer(Int64(due.starts)), .integer(due.isManual ? 1 : 0))
    }

    func due(_ db: Database, of work: WorkKey) throws -> DueRecord? {
        var found: DueRecord?
        try run(
            db, "SELECT at, kind, id, deadline, \"group\", starts, manual FROM due WHERE id = ? AND kind = ?",
            .integer(work.id), .integer(Int64(work.kind.rawValue))
        ) { found = DueRecord($0) }
        return found
    }

    func holdsLease(_ db: Database, _ fence: Fence) throws -> Bool {
        var holds = false
        try run(db, "SELECT 1 FROM lease WHERE fence = ?", .integer(fence.token)) { _ in holds = true }
        return holds
    }

    /// Ends a claim; false where it is no longer one's own.
    func release(_ db: Database, _ release: Change.Release, under fence: Fence?) throws -> Bool {
        guard let fence else { return false }
        let kind = Int64(release.work.kind.rawValue)
        var holds = false
        var again: DueRecord?
        try run(
            db,
            """
            DELETE FROM lease WHERE fence = ? AND id = ? AND kind = ?
            RETURNING again_at, again_deadline, again_manual, again_group
            """, .integer(fence.token), .integer(release.work.id), .integer(kind)
        ) { row in
            holds = true
            guard let at = row.instant(ifPresent: 0) else { return }
            again = DueRecord(
                release.work, at: at, deadline: row.instant(1), group: row.integer(3), isManual: row.integer(2) == 1)
        }
        guard holds else { return false }
        switch (release.next, again) {
        case (let next?, let again?): try putDue(db, next.hastened(by: again))
        case (let next?, nil): try putDue(db, next)
        case (nil, let again?): try putDue(db, again)
        case (nil, nil): break
        }
        return true
    }

    /// Sets when work is next looked at; while it is claimed, what is asked is kept with the claim.
    func schedule(_ db: Database, _ due: DueRecord, neverLater: Bool) throws {
        let kind = Int64(due.work.kind.rawValue)
        try run(
            db,
            """
            UPDATE lease SET again_at = min(coalesce(again_at, ?1), ?1), again_deadline = ?2,
              again_manual = max(coalesce(again_manual, 0), ?3), again_group = ?4 WHERE id = ?5 AND kind = ?6
            """, HotValue(due.at), HotValue(due.deadline), .integer(due.isManual ? 1 : 0), .integer(due.group),
            .integer(due.work.id), .integer(kind))
        guard changes(db) == 0 else { return }
        var next = due
        if let known = try self.due(db, of: due.work) {
            next = neverLater ? known.hastened(by: due) : next
            next.starts = max(next.starts, known.starts)
        }
        try putDue(db, next)
    }

    func unschedule(_ db: Database, _ work: WorkKey) throws {
        let kind = Int64(work.kind.rawValue)
        try run(db, "DELETE FROM due WHERE id = ? AND kind = ?", .integer(work.id), .integer(kind))
        try run(
            db, "UPDATE lease SET again_at = NULL, again_manual = NULL WHERE id = ? AND kind = ?", .integer(work.id),
            .integer(kind))
    }
}

extension DueRecord {
    /// From at, kind, id, deadline, group, starts, manual; nil for a kind that this release does not know.
    init?(_ row: HotRow) {
        guard let kind = WorkKey.Kind(rawValue: Int(row.integer(1))) else { return nil }
        self.init(
            WorkKey(kind, row.integer(2)), at: row.instant(0), deadline: row.instant(3), group: row.integer(4),
            starts: Int(row.integer(5)), isManual: row.integer(6) == 1)
    }
}
