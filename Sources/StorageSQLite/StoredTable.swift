import GRDB
import Storage

/// A record that fills rows of one table.
protocol StoredRecord {
    /// Its columns, in the order in which `init` takes and `write` adds them.
    static var table: StoredTable { get }
    init(_ row: inout RowReader) throws
    func write(to row: inout RowWriter) throws
}

/// A table with its columns, named once, and the statements that follow from them.
struct StoredTable: Sendable {
    let name: String
    /// "id, name, …"
    let list: String
    let count: Int
    /// Fails where the key is taken.
    let insert: String
    /// Replaces what stands under the key.
    let upsert: String
    /// Changes what stands under the key; nothing where nothing does.
    let update: String

    /// - Parameters:
    ///   - key: those of `columns` that name a row.
    ///   - keeping: those that are only written when a row is made. Not the last one: SQLite counts parameters by it.
    init(_ name: String, key: [String], _ columns: [String], keeping: Set<String> = []) {
        self.name = name
        list = columns.joined(separator: ", ")
        count = columns.count
        let parameters = zip(columns, (1...).lazy.map { "?\($0)" })
        let changed = parameters.filter { !key.contains($0.0) && !keeping.contains($0.0) }
            .map { "\($0) = \($1)" }.joined(separator: ", ")
        let matches = parameters.filter { key.contains($0.0) }.map { "\($0) = \($1)" }.joined(separator: " AND ")
        insert = "INSERT INTO \(name) (\(list)) VALUES (\(parameters.map(\.1).joined(separator: ", ")))"
        upsert = "\(insert) ON CONFLICT (\(key.joined(separator: ", "))) DO UPDATE SET \(changed)"
        update = "UPDATE \(name) SET \(changed) WHERE \(matches)"
    }
}

extension StoredRecord {
    func insert(_ db: Database) throws { try run(Self.table.insert, db) }
    func upsert(_ db: Database) throws { try run(Self.table.upsert, db) }

    /// - Returns: whether there was a row to change.
    func update(_ db: Database) throws -> Bool {
        try run(Self.table.update, db)
        return db.changesCount > 0
    }

    private func run(_ sql: String, _ db: Database) throws {
        var row = RowWriter(columns: Self.table.count)
        try write(to: &row)
        try db.cachedStatement(sql: sql).run(row.values)
    }
}

extension Database {
    /// The first row that `clause` selects ("WHERE id = ?").
    func first<Record: StoredRecord>(_ clause: String, _ arguments: SQLValue...) throws -> Record? {
        var found: Record?
        try select(Record.self, clause, arguments) { record in if found == nil { found = record } }
        return found
    }

    /// All rows that `clause` selects, in its order.
    func all<Record: StoredRecord>(_ clause: String, _ arguments: SQLValue...) throws -> [Record] {
        var found: [Record] = []
        try select(Record.self, clause, arguments) { found.append($0) }
        return found
    }

    /// One number ("SELECT count(*) …"); nil where it selects none.
    func integer(_ sql: String, _ arguments: SQLValue...) throws -> Int64? {
        var found: Int64?
        try cachedStatement(sql: sql).run(arguments) { row in found = try row.ifPresent { try $0.integer() } }
        return found
    }

    private func select<Record: StoredRecord>(
        _ type: Record.Type, _ clause: String, _ arguments: [SQLValue], _ take: (Record) -> Void
    ) throws {
        let sql = "SELECT \(Record.table.list) FROM \(Record.table.name) \(clause)"
        try cachedStatement(sql: sql).run(arguments) { row in take(try Record(&row)) }
    }
}
