import Automation
import Foundation
import GRDB
import Storage

/// The ledger on SQLite: WAL, synchronous=FULL, one writer with group commit, a few readers.
public final class SQLiteLedger: Ledger {
    /// How the engine runs.
    public struct Options: Sendable {
        /// Commits run on the calling thread, which blocks: for simulations that must replay.
        public var commitsOnCallingThread = false
        public init() {}
    }

    let pool: DatabasePool
    let queue: CommitQueue
    private let options: Options

    /// Opens the database at `path`, creating it where `creating` is true, and brings its tables up to date.
    ///
    /// - Parameters:
    ///   - auditKey: of the event chain.
    ///   - chain: names this incarnation; never used before.
    /// - Throws: `StorageError`.
    public convenience init(
        path: String, creating: Bool, auditKey: Secret32, chain: String, options: Options = Options()
    ) throws {
        do {
            guard creating || FileManager.default.fileExists(atPath: path) else {
                throw StorageError(
                    .databaseMissing, "There is no database at \(path).",
                    remedy: "Make a home with `certflow init`, or name the right one with --home.")
            }
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            configuration.maximumReaderCount = 3
            configuration.label = "certflow"
            configuration.prepareDatabase { db in
                // Bounded, so that a million flows need no more memory than a thousand.
                try db.execute(sql: "PRAGMA cache_size = -2000")
                try db.execute(sql: "PRAGMA temp_store = MEMORY")
                try db.execute(sql: "PRAGMA mmap_size = 0")
            }
            let pool = try DatabasePool(path: path, configuration: configuration)
            // The pool sets NORMAL after `prepareDatabase`; a commit must be durable when it returns.
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try db.execute(sql: "PRAGMA cache_size = -6000")
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
            }
            if try pool.read({ try Schema.migrator.hasBeenSuperseded($0) }) {
                throw StorageError(
                    .databaseNewer, "The database at \(path) was written by a newer certflow.",
                    remedy: "Use that release, or restore the backup that was made before the update.")
            }
            try Schema.migrator.migrate(pool)
            self.init(pool: pool, audit: AuditChain(key: auditKey, chain: chain), options: options)
        } catch {
            throw StorageError(database: error)
        }
    }

    private init(pool: DatabasePool, audit: AuditChain, options: Options) {
        self.pool = pool
        self.options = options
        queue = CommitQueue(
            pool: pool, connection: WriterConnection(audit: audit),
            lane: options.commitsOnCallingThread ? .caller : .ownThread)
    }

    public func close() async { await queue.close() }

    /// One moment of the database, on a reader of its own.
    func read<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result) async throws -> Result {
        do {
            if options.commitsOnCallingThread { return try readHere(body) }
            return try await pool.read(body)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw StorageError(database: error)
        }
    }

    private func readHere<Result>(_ body: (Database) throws -> Result) throws -> Result { try pool.read(body) }

    /// Writes a copy of the whole database to `path`, consistent at one moment, while work goes on.
    public func backUp(to path: String) async throws {
        do {
            try await pool.vacuum(into: path)
        } catch {
            throw StorageError(database: error)
        }
    }

    /// What SQLite's own check finds; empty where all is well.
    public func integrityFindings() async throws -> [String] {
        try await read { db in
            var findings: [String] = []
            try db.cachedStatement(sql: "PRAGMA integrity_check").run([]) { row in findings.append(try row.text()) }
            return findings.filter { $0 != "ok" }
        }
    }

    /// The settings that durability rests on, as they are in force on the writer.
    public func durability() async throws -> (journalMode: String, synchronous: Int) {
        try await queue.submit { db, connection in
            var mode = ""
            try connection.run(db, "PRAGMA journal_mode") { mode = try $0.text() }
            return .keep((mode, Int(try db.integer("PRAGMA synchronous") ?? -1)))
        }
    }
}
