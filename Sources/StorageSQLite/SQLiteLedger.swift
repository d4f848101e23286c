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
        /// How long another process may hold the database before a change is refused.
        public var busyTimeout: Duration = .seconds(10)
        public init() {}
    }

    let pool: DatabasePool
    let queue: CommitQueue
    private let options: Options
    private let lanes = ReadLanes()

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
            if creating {
                Self.makePrivateFile(path)
            } else if !FileManager.default.fileExists(atPath: path) {
                throw StorageError.missing(path)
            }
            let pool = try DatabasePool(path: path, configuration: Self.configuration(options))
            // The pool sets NORMAL after `prepareDatabase`; a commit must be durable when it returns.
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try db.execute(sql: "PRAGMA cache_size = -6000")
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
                try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
            }
            if try pool.read({ try Schema.migrator.hasBeenSuperseded($0) }) {
                throw StorageError.newer(path)
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

    /// SQLite would make it readable for all; the files beside it take its mode. Where it can't be made, opening it
    /// says why.
    private static func makePrivateFile(_ path: String) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    private static func configuration(_ options: Options) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(options.busyTimeout / .seconds(1))
        configuration.maximumReaderCount = ReadLanes.count + 1
        configuration.label = "certflow"
        configuration.prepareDatabase { db in
            // Bounded, so that a million flows need no more memory than a thousand.
            try db.execute(sql: "PRAGMA cache_size = -2000")
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
            try db.execute(sql: "PRAGMA mmap_size = 0")
        }
        return configuration
    }

    public func close() async { await queue.close() }

    /// One moment of the database, on a reader of its own.
    func read<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result) async throws -> Result {
        do {
            if options.commitsOnCallingThread { return try readHere(body) }
            try Task.checkCancellation()
            return try await lanes.run { [pool] in try pool.read(body) }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw StorageError(database: error)
        }
    }

    /// A few rows, on the calling thread: to wake another one for them, and to be woken by it, would cost more than they
    /// do.
    func look<Result: Sendable>(_ body: @Sendable (Database) throws -> Result) async throws -> Result {
        do {
            try Task.checkCancellation()
            return try readHere(body)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw StorageError(database: error)
        }
    }

    /// Rows of which there may be many: a look where few are asked for.
    func read<Result: Sendable>(
        atMost limit: Int, _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws -> Result {
        limit <= Self.few ? try await look(body) : try await read(body)
    }

    /// More rows are read on another thread: others wait for this one.
    private static let few = 128

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
