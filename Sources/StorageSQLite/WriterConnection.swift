import Automation
import Foundation
import GRDB
import GRDBSQLite
import Storage

/// What the writer keeps between transactions: its prepared statements, what is due, and the end of the audit trail.
final class WriterConnection: @unchecked Sendable {  // sound: used by the writer alone, one batch after another
    /// The end of the audit trail, as the present transaction sees it.
    struct Trail {
        var chain: AuditChain
        /// The newest sequence number of the table; nil until it is needed.
        var last: Int64?
    }

    /// About 4 MB.
    private static let readyLimit = 65_536

    var trail: Trail
    var ready = ReadyQueue(limit: readyLimit)
    /// Ids that the table gave out and nobody has taken yet: a new id seldom costs a sync. What a crash leaves of them is
    /// never used.
    var spareIDs: Range<Int64> = 0..<0
    /// Grows with each commit of another connection.
    var dataVersion: Int64 = 0
    private var statements: [UnsafePointer<UInt8>: Statement] = [:]

    init(audit: AuditChain) { trail = Trail(chain: audit) }

    func begin(_ db: Database) throws {
        try run(db, "BEGIN IMMEDIATE")
        // Other processes append too.
        trail.last = nil
    }

    func openSavepoint(_ db: Database) throws { try run(db, "SAVEPOINT change") }
    func releaseSavepoint(_ db: Database) throws { try run(db, "RELEASE change") }

    func undoSavepoint(_ db: Database) throws {
        try run(db, "ROLLBACK TO change")
        try run(db, "RELEASE change")
    }

    /// Where a single job was undone there is no transaction any more.
    func commit(_ db: Database) throws {
        guard db.isInsideTransaction else { return }
        try trail.chain.takeHead()?.upsert(db)
        try run(db, "COMMIT")
    }

    func rollBack(_ db: Database) {
        guard db.isInsideTransaction else { return }
        try? run(db, "ROLLBACK")
    }

    /// Forgets what rests on a transaction that was undone.
    func forget() {
        ready.reset()
        spareIDs = 0..<0
    }

    /// Releases the statements; on the writer's thread, before the connection is closed.
    func finalize() { statements = [:] }

    /// Runs one of the statements that every claim and commit runs; calls `row` for each row it yields.
    func run(
        _ db: Database, _ sql: StaticString, _ arguments: SQLValue..., row: (inout RowReader) throws -> Void = { _ in }
    ) throws {
        try prepared(db, sql).run(arguments, row: row)
    }

    /// By the address of the literal: quick to hash, and the same for the same place in the code.
    private func prepared(_ db: Database, _ sql: StaticString) throws -> Statement {
        if let statement = statements[sql.utf8Start] { return statement }
        let statement = try db.makeStatement(sql: "\(sql)")
        statements[sql.utf8Start] = statement
        return statement
    }
}
