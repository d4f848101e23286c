import Automation
import Foundation
import Storage
import StorageSQLite

/// A database of many flows, made in seconds: rows are written by SQLite itself, past the ledger.
struct FlowDatabase {
    /// Half of all flows are due before this, the rest in the 60 days that follow.
    static let now = Instant(seconds: 1_800_000_000)
    static let zones = [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo",
        "Africa/Cairo", "Asia/Tokyo", "Pacific/Apia",
    ]

    let path: String
    let flows: Int

    static let audit: Secret32 = {
        guard let key = Secret32([UInt8](repeating: 7, count: 32)) else { preconditionFailure("32 bytes are a key") }
        return key
    }()

    init(in directory: String, flows: Int) throws {
        path = "\(directory)/flows-\(flows).db"
        self.flows = flows
    }

    func open(chain: String) throws -> SQLiteLedger { try Self.open(path, chain: chain) }

    static func open(_ path: String, chain: String) throws -> SQLiteLedger {
        try SQLiteLedger(path: path, creating: true, auditKey: audit, chain: chain)
    }

    /// Lives of 90 days; every rule, several windows and zones; ids, names and times in orders of their own.
    func fill() async throws {
        await (try open(chain: "schema")).close()
        let database = try RawDatabase(path)
        try database.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN")
        let zones = Self.zones.enumerated().map { "WHEN \($0.offset) THEN '\($0.element)'" }.joined(separator: " ")
        let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(flows))"
        // A cheap hash: neighbours end up far apart.
        let hash = "((i * 2654435761) & 4294967295)"
        let day: Int64 = 86_400
        try database.run(
            """
            INSERT INTO certificate \(numbers) SELECT i, printf('%08x.example.com', \(hash)),
              printf('["%08x.example.com"]', \(hash)), 'ecdsa-p256', 0, 'local-authority', '{"team":"web"}', '', '', 1,
              i % 4, CASE i % 4 WHEN 1 THEN 30 WHEN 3 THEN 1 ELSE 0 END, i % 2, 'after-renew', 'ask', 1,
              CASE i % 5 WHEN 0 THEN 4398046511103 ELSE (1099511627776 | 68719476736 | 1 << (i % 42)) END,
              CASE i % 8 \(zones) END, NULL, NULL, '["edge"]', \(hash), \(Self.now.seconds - 60 * day),
              \(Self.now.seconds - 60 * day), NULL, 0, 0, 0, NULL, 0 FROM n
            """)
        let stored = "\(Self.now.seconds) - 60 * \(day) + \(hash) % (60 * \(day))"
        try database.run(
            """
            INSERT INTO renewal (certificate, held_number, current, not_before, not_after, chain_not_after, stored_at,
              issued_here, early_version, generation, renewals_done, reissues_done)
            \(numbers) SELECT i, 1, 1, \(stored), \(stored) + 90 * \(day), \(stored) + 90 * \(day), \(stored), 1, 0, 0,
              0, 0 FROM n
            """)
        try database.run(
            """
            INSERT INTO due \(numbers) SELECT \(Self.now.seconds) + \(hash) % (120 * \(day)) - 60 * \(day), 1, i,
              \(Self.now.seconds) + \(hash) % (150 * \(day)) - 20 * \(day), i % 7 + 1, 0, 0 FROM n
              ORDER BY 1, 2, 3
            """)
        try database.run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")
    }
}
