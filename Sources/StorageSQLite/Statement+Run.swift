import Foundation
import GRDB
import GRDBSQLite

extension Statement {
    /// Runs it from its start with these arguments and calls `row` for each row it yields.
    ///
    /// Through SQLite's own calls: at thousands a second the boxing of values costs more than the statement.
    func run(_ arguments: [SQLValue], row: (inout RowReader) throws -> Void = { _ in }) throws {
        let statement = sqliteStatement
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, argument) in arguments.enumerated() { try argument.bind(to: statement, at: Int32(index + 1)) }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                var reader = RowReader(statement)
                try row(&reader)
            case SQLITE_DONE: return
            default:
                let connection = sqlite3_db_handle(statement)
                throw DatabaseError(
                    resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
                    message: String(cString: sqlite3_errmsg(connection)), sql: sql)
            }
        }
    }
}
