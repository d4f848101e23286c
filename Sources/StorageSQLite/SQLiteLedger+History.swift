import Automation
import Foundation
import GRDB
import Storage

extension SQLiteLedger {
    public func attempts(of certificate: Int64?, work: WorkKey?, limit: Int) async throws -> [AttemptRecord] {
        try await read { db in
            let newest = "ORDER BY id DESC LIMIT ?"
            let limit = SQLValue(limit)
            switch (certificate, work) {
            case (nil, nil): return try db.all(newest, limit)
            case (let certificate?, nil):
                return try db.all("WHERE certificate = ? \(newest)", .integer(certificate), limit)
            case (nil, let work?):
                return try db.all(
                    "WHERE subject = ? AND kind = ? \(newest)", .integer(work.id), SQLValue(work.kind.rawValue), limit)
            case (let certificate?, let work?):
                return try db.all(
                    "WHERE subject = ? AND kind = ? AND certificate = ? \(newest)", .integer(work.id),
                    SQLValue(work.kind.rawValue), .integer(certificate), limit)
            }
        }
    }

    public func attemptCount(of work: WorkKey) async throws -> Int {
        try await read { db in
            let count = try db.integer(
                "SELECT count(*) FROM attempt WHERE subject = ? AND kind = ?", .integer(work.id),
                SQLValue(work.kind.rawValue))
            return Int(count ?? 0)
        }
    }

    public func events(after sequence: Int64, certificate: String?, limit: Int) async throws -> [Event] {
        try await read(atMost: limit) { db in
            let (after, limit) = (SQLValue.integer(sequence), SQLValue(limit))
            guard let certificate else {
                return try db.all("WHERE sequence > ? ORDER BY sequence LIMIT ?", after, limit)
            }
            return try db.all(
                "WHERE certificate = ? AND certificate <> '' AND sequence > ? ORDER BY sequence LIMIT ?",
                .text(certificate), after, limit)
        }
    }

    public func latestEvents(certificate: String?, limit: Int) async throws -> [Event] {
        try await read { db in
            guard let certificate else { return try db.all("ORDER BY sequence DESC LIMIT ?", SQLValue(limit)) }
            return try db.all(
                "WHERE certificate = ? AND certificate <> '' ORDER BY sequence DESC LIMIT ?", .text(certificate),
                SQLValue(limit))
        }
    }

    public func auditHead() async throws -> AuditHead? {
        try await look { db in try db.first("") }
    }

    public func meta(_ key: String) async throws -> String? {
        try await read { db in
            var found: String?
            try db.cachedStatement(sql: "SELECT value FROM meta WHERE key = ?").run([.text(key)]) { row in
                found = try row.text()
            }
            return found
        }
    }

    public func due(_ work: WorkKey) async throws -> DueRecord? {
        try await read { db in
            try db.first("WHERE id = ? AND kind = ?", .integer(work.id), SQLValue(work.kind.rawValue))
        }
    }

    public func due(before limit: Instant, count: Int) async throws -> [DueRecord] {
        try await read { db in
            try db.all("WHERE at < ? ORDER BY at, kind, id LIMIT ?", SQLValue(limit), SQLValue(count))
        }
    }

    public func lease(_ work: WorkKey) async throws -> Claim? {
        try await read { db in
            let lease: Leased? = try db.first(
                "WHERE id = ? AND kind = ?", .integer(work.id), SQLValue(work.kind.rawValue))
            return lease?.claim
        }
    }

    public func leases() async throws -> [Claim] {
        try await look { db in
            let leases: [Leased] = try db.all("ORDER BY fence")
            return leases.map(\.claim)
        }
    }

    public func nextDue() async throws -> Instant? {
        try await read { db in try db.integer("SELECT min(at) FROM due").map(Instant.init(seconds:)) }
    }

    public func nextDue(after instant: Instant) async throws -> Instant? {
        try await read { db in
            try db.integer("SELECT min(at) FROM due WHERE at > ?", SQLValue(instant)).map(Instant.init(seconds:))
        }
    }

    public func counts() async throws -> LedgerCounts {
        try await read { db in
            func count(_ table: String) throws -> Int { Int(try db.integer("SELECT count(*) FROM \(table)") ?? 0) }
            var counts = LedgerCounts()
            counts.certificates = try count("certificate")
            counts.versions = try count("version")
            counts.placements = try count("placement")
            counts.events = try count("event")
            counts.due = try count("due")
            counts.leases = try count("lease")
            return counts
        }
    }
}
