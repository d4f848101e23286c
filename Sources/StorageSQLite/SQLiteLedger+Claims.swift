import Automation
import Foundation
import GRDB
import Storage

extension SQLiteLedger {
    public func claim(_ request: ClaimRequest) async throws -> [Claim] {
        try await queue.submit { db, connection in
            let chosen = try connection.takeDue(db, request)
            guard !chosen.isEmpty else { return .keep([]) }
            let first = try connection.takeNumbers(db, "fence", count: chosen.count)
            let claims = zip(chosen, first...).map { due, fence in
                Claim(
                    work: due.work, fence: Fence(token: fence), until: request.leaseUntil, dueAt: due.at,
                    deadline: due.deadline, group: due.group, starts: due.starts + 1, isManual: due.isManual)
            }
            for claim in claims { try Leased(claim, owner: request.owner).insert(db) }
            return .keep(claims)
        }
    }

    public func extend(_ fences: Set<Fence>, until: Instant) async throws -> Set<Fence> {
        try await queue.submit { db, connection in
            var mine: Set<Fence> = []
            for fence in fences {
                try connection.run(
                    db, "UPDATE lease SET until = ? WHERE fence = ?", SQLValue(until), .integer(fence.token))
                if db.changesCount > 0 { mine.insert(fence) }
            }
            return .keep(mine)
        }
    }

    public func releaseLeases(exceptOf owner: String, at now: Instant) async throws -> [WorkKey] {
        try await queue.submit { db, connection in
            let dead: [Leased] = try db.all("WHERE owner <> ? ORDER BY fence", .text(owner))
            for lease in dead {
                let claim = lease.claim
                try connection.run(db, "DELETE FROM lease WHERE fence = ?", .integer(claim.fence.token))
                let back = DueRecord(
                    claim.work, at: now, deadline: claim.deadline, group: claim.group, starts: claim.starts,
                    isManual: claim.isManual)
                try connection.putDue(db, lease.again.map { back.hastened(by: $0) } ?? back)
            }
            return .keep(dead.map(\.claim.work))
        }
    }

    public func newIDs(_ count: Int) async throws -> [Int64] {
        try await queue.submit { db, connection in .keep(try connection.takeIDs(db, count: max(0, count))) }
    }
}

extension WriterConnection {
    /// So many ids are taken from the table at a time.
    private static let idBlock = 64

    /// Ids that nobody used before.
    func takeIDs(_ db: Database, count: Int) throws -> [Int64] {
        if spareIDs.count < count {
            let size = max(count, Self.idBlock)
            let first = try takeNumbers(db, "id", count: size)
            spareIDs = first..<first + Int64(size)
        }
        let end = spareIDs.lowerBound + Int64(count)
        defer { spareIDs = end..<spareIDs.upperBound }
        return Array(spareIDs.lowerBound..<end)
    }

    /// Hands out numbers that were never handed out before.
    fileprivate func takeNumbers(_ db: Database, _ name: String, count: Int) throws -> Int64 {
        var next: Int64 = 0
        try run(
            db, "UPDATE counter SET next = next + ? WHERE name = ? RETURNING next", SQLValue(count), .text(name)
        ) { next = try $0.integer() }
        return next - Int64(count)
    }

    /// Takes the due rows that come first out of their table.
    fileprivate func takeDue(_ db: Database, _ request: ClaimRequest) throws -> [DueRecord] {
        try bringReadyUpToDate(db, request.now)
        var found: [DueRecord] = []
        var early: [DueRecord] = []
        while found.count < request.limit {
            let taken = ready.take(
                request.limit - found.count, busy: request.busyGroups, onlyManual: request.onlyManual)
            for record in taken.records {
                // Read before the clock was set back.
                guard record.at <= request.now else {
                    early.append(record)
                    continue
                }
                guard let row = try removeDue(db, record.work, at: record.at) else { continue }
                // Written again meanwhile, with another urgency or in another group: it waits for its turn.
                if row == record { found.append(row) } else { try putDue(db, row) }
            }
            if let group = taken.exhausted {
                try readAgain(db, group)
            } else if taken.records.isEmpty {
                break
            }
        }
        for record in early { ready.add(record) }
        return found
    }

    private func bringReadyUpToDate(_ db: Database, _ now: Instant) throws {
        var version = dataVersion
        try run(db, "PRAGMA data_version") { version = try $0.integer() }
        if version != dataVersion {
            ready.reset()
            dataVersion = version
        }
        guard ready.readUpTo.map({ $0 < now }) ?? true else { return }
        try run(
            db,
            """
            SELECT at, kind, id, deadline, work_group, starts, manual FROM due
            WHERE at > ? AND at <= ? ORDER BY at, kind, id
            """, .integer(ready.readUpTo?.seconds ?? .min), SQLValue(now)
        ) { [self] row in ready.add(try DueRecord(&row)) }
        ready.noteRead(upTo: now)
    }

    /// Reads the rows of a group that had no room before.
    private func readAgain(_ db: Database, _ group: Int64) throws {
        let start = ready.beginReading(group: group)
        try run(
            db,
            """
            SELECT at, kind, id, deadline, work_group, starts, manual FROM due
            WHERE (at, kind, id) >= (?, ?, ?) AND at <= ? AND work_group = ?
            """, SQLValue(start.at), SQLValue(start.kind), .integer(start.id), SQLValue(ready.readUpTo),
            .integer(group)
        ) { [self] row in ready.add(try DueRecord(&row)) }
    }
}
