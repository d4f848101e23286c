import Automation
import Foundation
import GRDB
import GRDBSQLite
import Storage

/// Takes the columns of a row one after another, each as what it must be: a damaged row is an error, never a trap.
struct RowReader {
    private let statement: SQLiteStatement
    private var column: Int32 = 0

    init(_ statement: SQLiteStatement) { self.statement = statement }

    mutating func integer() throws -> Int64 {
        try expect(SQLITE_INTEGER)
        defer { column += 1 }
        return sqlite3_column_int64(statement, column)
    }

    mutating func text() throws -> String {
        try expect(SQLITE_TEXT)
        defer { column += 1 }
        guard let bytes = sqlite3_column_text(statement, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    mutating func blob() throws -> Data {
        try expect(SQLITE_BLOB)
        defer { column += 1 }
        guard let bytes = sqlite3_column_blob(statement, column) else { return Data() }
        return Data(bytes: bytes, count: Int(sqlite3_column_bytes(statement, column)))
    }

    mutating func int() throws -> Int { Int(try integer()) }
    mutating func flag() throws -> Bool { try integer() != 0 }
    mutating func instant() throws -> Instant { Instant(seconds: try integer()) }

    /// One of a fixed few words or numbers.
    mutating func word<Word: RawRepresentable>(_ type: Word.Type = Word.self) throws -> Word
    where Word.RawValue == String {
        let raw = try text()
        guard let word = Word(rawValue: raw) else { throw StorageError.unknownWord(raw, type) }
        return word
    }

    mutating func word<Word: RawRepresentable>(_ type: Word.Type = Word.self) throws -> Word
    where Word.RawValue == Int {
        let raw = try int()
        guard let word = Word(rawValue: raw) else { throw StorageError.unknownWord(String(raw), type) }
        return word
    }

    /// A value that stands whole in one column.
    mutating func json<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONText.decode(type, try text())
    }

    /// Nil where the column is NULL: `try row.ifPresent { try $0.text() }`.
    mutating func ifPresent<Value>(_ take: (inout Self) throws -> Value) throws -> Value? {
        if sqlite3_column_type(statement, column) == SQLITE_NULL {
            column += 1
            return nil
        }
        return try take(&self)
    }

    mutating func skip(_ columns: Int32) { column += columns }

    private func expect(_ type: Int32) throws {
        guard sqlite3_column_type(statement, column) != type else { return }
        let name = sqlite3_column_name(statement, column).map { String(cString: $0) } ?? "?"
        throw StorageError.damaged("column \(name) holds what it can't hold")
    }
}
