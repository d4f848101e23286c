import GRDB
import Storage

/// How a database is: what its checks find, and how full it is.
public struct DatabaseHealth: Sendable, Hashable {
    /// What SQLite's quick check finds; empty where all is well.
    public var damages: [String] = []
    /// Rows whose owner is gone, in words; empty where all is well.
    public var orphans: [String] = []
    public var pageSize: Int64 = 0
    public var pages: Int64 = 0
    public var freePages: Int64 = 0

    public init() {}

    /// The bytes that a new copy of the database would not need.
    public var freeBytes: Int64 { freePages * pageSize }
    public var bytes: Int64 { pages * pageSize }
}

extension SQLiteLedger {
    /// More damages than these say nothing new.
    private static let damagesKept = 20

    /// Each table with the column that names its owner.
    private static let ownedRows = [
        ("renewal", "certificate", "certificate"), ("version", "certificate", "certificate"),
        ("intent", "certificate", "certificate"), ("placement", "certificate", "certificate"),
        ("publication", "placement", "placement"), ("wish", "placement", "placement"),
        ("place", "placement", "placement"),
    ]

    /// Looks at every page, but not at every index entry: minutes become seconds.
    public func health() async throws -> DatabaseHealth {
        try await read { db in
            var health = DatabaseHealth()
            try db.cachedStatement(sql: "PRAGMA quick_check(\(Self.damagesKept))").run([]) { row in
                let finding = try row.text()
                if finding != "ok" { health.damages.append(finding) }
            }
            for (table, column, owner) in Self.ownedRows {
                let sql = "SELECT count(*) FROM \(table) WHERE \(column) NOT IN (SELECT id FROM \(owner))"
                let count = try db.integer(sql) ?? 0
                if count > 0 { health.orphans.append("\(count) of \(table) without \(owner)") }
            }
            health.pageSize = try db.integer("PRAGMA page_size") ?? 0
            health.pages = try db.integer("PRAGMA page_count") ?? 0
            health.freePages = try db.integer("PRAGMA freelist_count") ?? 0
            return health
        }
    }
}
