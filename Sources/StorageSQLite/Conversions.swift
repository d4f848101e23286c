import Automation
import Foundation
import GRDB
import Storage

/// Values that are read whole stand as JSON in one column.
enum JSONText {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func encode(ifPresent value: (some Encodable)?) throws -> String? { try value.map { try encode($0) } }

    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw StorageError(
                .databaseUnusable, "A \(type) in the database can't be read: \(error).",
                remedy: "Restore the home from a backup, or report this if no other program wrote to the database.")
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, ifPresent text: String?) throws -> Value? {
        try text.map { try decode(type, $0) }
    }
}

/// DER blocks one after another, each behind its length.
enum Blocks {
    static func encode(_ blocks: [Data]) -> Data {
        var bytes = Data()
        for block in blocks {
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: block.count).bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(block)
        }
        return bytes
    }

    static func decode(_ bytes: Data) -> [Data] {
        var rest = bytes[...]
        var blocks: [Data] = []
        while rest.count >= 4 {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard length <= rest.count else { break }
            blocks.append(Data(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return blocks
    }
}

/// A stored word that must be one of a fixed few.
func stored<Word: RawRepresentable>(_ type: Word.Type, _ raw: Word.RawValue) throws -> Word {
    guard let word = Word(rawValue: raw) else {
        throw StorageError(
            .databaseUnusable, "The database holds `\(raw)`, which is no \(type).",
            remedy: "It was written by a newer certflow, or by another program: use that release, or restore a backup.")
    }
    return word
}

/// One row to be written: its columns with their values, named once.
struct RowToWrite {
    let table: String
    private(set) var names: [String] = []
    private(set) var values: [(any DatabaseValueConvertible)?] = []

    init(_ table: String) { self.table = table }

    mutating func set(_ name: String, _ value: (any DatabaseValueConvertible)?) {
        names.append(name)
        values.append(value)
    }

    mutating func set(_ name: String, _ instant: Instant?) { set(name, instant?.seconds) }

    private var columns: String { names.joined(separator: ", ") }
    private var marks: String { names.map { _ in "?" }.joined(separator: ", ") }

    /// Fails where the primary key is taken.
    func insert(_ db: Database) throws {
        try run(db, "INSERT INTO \(table) (\(columns)) VALUES (\(marks))")
    }

    /// Replaces what stands under `key`; columns that this row does not name, and those of `keeping`, stay as they are.
    func upsert(_ db: Database, key: [String], keeping: [String] = []) throws {
        let updates = names.filter { !key.contains($0) && !keeping.contains($0) }.map { "\($0) = excluded.\($0)" }
            .joined(separator: ", ")
        try run(
            db,
            "INSERT INTO \(table) (\(columns)) VALUES (\(marks)) "
                + "ON CONFLICT (\(key.joined(separator: ", "))) DO UPDATE SET \(updates)")
    }

    private func run(_ db: Database, _ sql: String) throws {
        try db.cachedStatement(sql: sql).execute(arguments: StatementArguments(values))
    }
}

extension Row {
    func instant(_ column: String) -> Instant { Instant(seconds: self[column]) }
    func instant(ifPresent column: String) -> Instant? { (self[column] as Int64?).map(Instant.init(seconds:)) }
}
