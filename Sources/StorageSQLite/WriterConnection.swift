import Automation
import Foundation
import GRDB
import GRDBSQLite
import Storage

/// What the writer keeps between transactions: its prepared statements and the end of the audit chain.
///
/// The statements that every claim and every commit run are stepped through SQLite's own calls: at thousands a second
/// the boxing of arguments would cost more than the statement.
final class WriterConnection: @unchecked Sendable {  // sound: used by the writer alone, one batch after another
    var audit: AuditChain
    private var statements: [StaticString.Key: Statement] = [:]

    init(audit: AuditChain) { self.audit = audit }

    func begin(_ db: Database) throws { try run(db, "BEGIN IMMEDIATE") }
    func openSavepoint(_ db: Database) throws { try run(db, "SAVEPOINT change") }
    func releaseSavepoint(_ db: Database) throws { try run(db, "RELEASE change") }

    func undoSavepoint(_ db: Database) throws {
        try run(db, "ROLLBACK TO change")
        try run(db, "RELEASE change")
    }

    /// A commit after an undone single job finds no transaction any more.
    func commit(_ db: Database) throws {
        guard db.isInsideTransaction else { return }
        try run(db, "COMMIT")
    }

    func rollBack(_ db: Database) {
        guard db.isInsideTransaction else { return }
        try? run(db, "ROLLBACK")
    }

    /// Releases the statements, before the connection is closed.
    func finalize() { statements = [:] }

    /// Runs a statement with these arguments and calls `row` for each row it yields.
    func run(
        _ db: Database, _ sql: StaticString, _ arguments: HotValue..., row: ((HotRow) throws -> Void)? = nil
    ) throws {
        let statement = try prepared(db, sql)
        let raw = statement.sqliteStatement
        defer {
            sqlite3_reset(raw)
            sqlite3_clear_bindings(raw)
        }
        for (index, argument) in arguments.enumerated() { try argument.bind(raw, Int32(index + 1)) }
        while true {
            switch sqlite3_step(raw) {
            case SQLITE_ROW: try row?(HotRow(raw: raw))
            case SQLITE_DONE: return
            case let code:
                throw DatabaseError(
                    resultCode: ResultCode(rawValue: sqlite3_extended_errcode(db.sqliteConnection)),
                    message: String(cString: sqlite3_errmsg(db.sqliteConnection)) + " (\(code))",
                    sql: "\(sql)")
            }
        }
    }

    /// How many rows the last statement changed.
    func changes(_ db: Database) -> Int { Int(sqlite3_changes(db.sqliteConnection)) }

    private func prepared(_ db: Database, _ sql: StaticString) throws -> Statement {
        if let statement = statements[sql.key] { return statement }
        let statement = try db.makeStatement(sql: "\(sql)")
        statements[sql.key] = statement
        return statement
    }
}

extension StaticString {
    /// The address of a literal: equal for the same place in the code, and quick to hash.
    struct Key: Hashable {
        let address: UnsafePointer<UInt8>
    }

    var key: Key { Key(address: utf8Start) }
}

/// An argument of a hot statement.
enum HotValue: ExpressibleByIntegerLiteral {
    case integer(Int64)
    case text(String)
    case blob(Data)
    case null

    init(integerLiteral value: Int64) { self = .integer(value) }

    init(_ instant: Instant?) { self = instant.map { .integer($0.seconds) } ?? .null }

    func bind(_ statement: SQLiteStatement, _ index: Int32) throws {
        let code: Int32 =
            switch self {
            case .integer(let value): value.bind(to: statement, at: index)
            case .null: sqlite3_bind_null(statement, index)
            case .text(let text): text.bind(to: statement, at: index)
            case .blob(let data): data.bind(to: statement, at: index)
            }
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
}

/// A row of a hot statement, by position from 0.
struct HotRow {
    let raw: SQLiteStatement

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(raw, column) }
    func instant(_ column: Int32) -> Instant { Instant(seconds: integer(column)) }
    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(raw, column) == SQLITE_NULL }
    func instant(ifPresent column: Int32) -> Instant? { isNull(column) ? nil : instant(column) }

    func text(_ column: Int32) -> String {
        guard let bytes = sqlite3_column_text(raw, column) else { return "" }
        return String(cString: bytes)
    }

    func blob(_ column: Int32) -> Data {
        guard let bytes = sqlite3_column_blob(raw, column) else { return Data() }
        return Data(bytes: bytes, count: Int(sqlite3_column_bytes(raw, column)))
    }
}
