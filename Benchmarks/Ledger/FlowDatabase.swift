import Automation
import Foundation
import Storage
import StorageSQLite

/// A database of many flows, made in seconds: rows are written by SQLite itself, past the ledger.
struct FlowDatabase {
    /// When its flows are due.
    enum Standing {
        /// Half of them by now, the rest in the 60 days that follow.
        case halfDue
        /// None within the next days, whatever the planner says.
        case resting
    }

    static let now = Instant(seconds: 1_800_000_000)
    private static let zones = [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo",
        "Africa/Cairo", "Asia/Tokyo", "Pacific/Apia",
    ]
    private static let day: Int64 = 86_400
    /// A cheap hash: neighbours end up far apart.
    private static let hash = "((i * 2654435761) & 4294967295)"

    let path: String
    let flows: Int

    static let audit: Secret32 = {
        guard let key = Secret32([UInt8](repeating: 7, count: 32)) else { preconditionFailure("32 bytes are a key") }
        return key
    }()

    init(in directory: String, flows: Int) {
        self.init(path: "\(directory)/flows-\(flows).db", flows: flows)
    }

    init(path: String, flows: Int) {
        self.path = path
        self.flows = flows
    }

    func open(chain: String) throws -> SQLiteLedger { try Self.open(path, chain: chain) }

    static func open(_ path: String, chain: String) throws -> SQLiteLedger {
        try SQLiteLedger(path: path, creating: true, auditKey: audit, chain: chain)
    }

    /// Makes the tables and fills them.
    func make() async throws {
        await (try open(chain: "schema")).close()
        try fill(.halfDue, at: Self.now)
    }

    /// Fills empty tables: lives of 90 days; every rule, several windows and zones; ids, names and times in orders of
    /// their own.
    func fill(_ standing: Standing, at now: Instant) throws {
        let database = try RawDatabase(path)
        try database.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN")
        let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(flows))"
        let (hash, day) = (Self.hash, Self.day)
        try database.run(
            """
            INSERT INTO certificate (id, name, subjects, key_type, key_reuse, issuer, labels, owner, note, renewal_on,
              renew_in, days, publication_on, publish_on, last_resort, earlier, cells, zone, publication_cells,
              publication_zone, profiles, seed, created_at, publication_since, pause, retired, renewals_asked,
              reissues_asked, reissue_asked_at, revision)
            \(numbers) SELECT \(Self.certificate(at: now)) FROM n
            """)
        let stored =
            standing == .halfDue
            ? "\(now.seconds) - 60 * \(day) + \(hash) % (60 * \(day))" : "\(now.seconds) - \(hash) % (20 * \(day))"
        try database.run(
            """
            INSERT INTO renewal (certificate, held_number, current, not_before, not_after, chain_not_after, stored_at,
              issued_here, early_version, generation, renewals_done, reissues_done)
            \(numbers) SELECT i, 1, 1, \(stored), \(stored) + 90 * \(day), \(stored) + 90 * \(day), \(stored), 1, 0, 0,
              0, 0 FROM n
            """)
        let first = standing == .halfDue ? now.seconds - 60 * day : now.seconds + 10 * day
        try database.run(
            """
            INSERT INTO due \(numbers) SELECT \(first) + \(hash) % (120 * \(day)), 1, i,
              \(first) + 40 * \(day) + \(hash) % (150 * \(day)), i % 7 + 1, 0, 0 FROM n ORDER BY 1, 2, 3
            """)
        try database.run("UPDATE counter SET next = \(flows + 1) WHERE name = 'id'")
        try database.run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")
    }

    /// The columns of one certificate, in the order of the statement.
    private static func certificate(at now: Instant) -> String {
        let zones = zones.enumerated().map { "WHEN \($0.offset) THEN '\($0.element)'" }.joined(separator: " ")
        return """
            i, printf('%08x.example.com', \(hash)), printf('["%08x.example.com"]', \(hash)), 'ecdsa-p256', 0,
            'local-authority', '{"team":"web"}', '', '', 1, i % 4, CASE i % 4 WHEN 1 THEN 30 WHEN 3 THEN 1 ELSE 0 END,
            i % 2, 'after-renew', 'ask', 1,
            CASE i % 5 WHEN 0 THEN 4398046511103 ELSE (1099511627776 | 68719476736 | 1 << (i % 42)) END,
            CASE i % 8 \(zones) END, NULL, NULL, '["edge"]', \(hash), \(now.seconds - 60 * day),
            \(now.seconds - 60 * day), NULL, 0, 0, 0, NULL, 0
            """
    }
}
