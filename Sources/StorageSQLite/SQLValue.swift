import Automation
import Foundation
import GRDB
import GRDBSQLite

/// An argument of a statement.
enum SQLValue: ExpressibleByIntegerLiteral {
    case integer(Int64)
    case text(String)
    case blob(Data)
    case null

    init(integerLiteral value: Int64) { self = .integer(value) }
    init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }
    init(_ value: Int64?) { self = value.map { .integer($0) } ?? .null }
    init(_ value: Bool) { self = .integer(value ? 1 : 0) }
    init(_ value: Instant?) { self = value.map { .integer($0.seconds) } ?? .null }
    init(_ value: String?) { self = value.map { .text($0) } ?? .null }
    init(_ value: Data?) { self = value.map { .blob($0) } ?? .null }

    /// SQLite's SQLITE_TRANSIENT, a cast that is not imported: the bytes are copied before the call returns.
    private static let copies = unsafeBitCast(Int(-1), to: sqlite3_destructor_type.self)

    /// Binds it to the parameter at `index`, from 1.
    func bind(to statement: SQLiteStatement, at index: Int32) throws {
        let code: Int32 =
            switch self {
            case .integer(let value): sqlite3_bind_int64(statement, index, value)
            case .null: sqlite3_bind_null(statement, index)
            case .text(let text):
                // With its length: a text may hold a NUL.
                sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), Self.copies)
            case .blob(let data):
                // Without bytes there is no address, and without an address SQLite binds NULL.
                data.isEmpty
                    ? sqlite3_bind_zeroblob(statement, index, 0)
                    : data.withUnsafeBytes {
                        sqlite3_bind_blob(statement, index, $0.baseAddress, Int32($0.count), Self.copies)
                    }
            }
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
}
