import Foundation
import GRDBSQLite

/// SQLite without anything of ours around it: what the machine can do at most, and the quick way to make many rows.
final class RawDatabase {
    struct Failure: Error {
        var message: String
    }

    private let connection: OpaquePointer

    init(_ path: String) throws {
        var opened: OpaquePointer?
        guard sqlite3_open(path, &opened) == SQLITE_OK, let opened else {
            throw Failure(message: "\(path) can't be opened")
        }
        connection = opened
    }

    deinit { sqlite3_close_v2(connection) }

    func run(_ sql: String) throws {
        guard sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK else {
            throw Failure(message: "\(String(cString: sqlite3_errmsg(connection))): \(sql.prefix(200))")
        }
    }

    /// Durable transactions of one row, as small as they come.
    /// - Returns: how long each took.
    static func bareCommits(_ count: Int, in directory: String) throws -> Duration {
        let database = try RawDatabase("\(directory)/bare.db")
        try database.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        try database.run("CREATE TABLE IF NOT EXISTS one (id INTEGER PRIMARY KEY, value INTEGER)")
        try database.run("INSERT OR REPLACE INTO one VALUES (1, 0)")
        var statement: OpaquePointer?
        sqlite3_prepare_v2(database.connection, "UPDATE one SET value = value + 1", -1, &statement, nil)
        defer { sqlite3_finalize(statement) }
        let start = ContinuousClock.now
        for _ in 0..<count {
            guard sqlite3_step(statement) == SQLITE_DONE, sqlite3_reset(statement) == SQLITE_OK else {
                throw Failure(message: "a bare commit failed")
            }
        }
        return (ContinuousClock.now - start) / count
    }
}
