import Foundation
import GRDB
import Storage
import Synchronization

/// The one writer of an engine: puts what gathered while the last commit was syncing into one transaction.
///
/// No timer: while one commit waits for the disk, the next batch gathers by itself. Each job runs behind a savepoint of
/// its own, so that one that fails is undone alone. It lives outside of its callers' cancellation.
final class CommitQueue: Sendable {
    /// At most so many jobs share a commit.
    static let batchLimit = 256

    /// Where batches run.
    enum Lane: Sendable {
        /// On the writer's own thread: for programs.
        case ownThread
        /// On the calling thread, which blocks: for simulations that must replay.
        case caller
    }

    /// What a job asks for when its body is through.
    enum Verdict<Result: Sendable>: Sendable {
        case keep(Result)
        /// Undo what the body wrote, and answer this.
        case undo(Result)
    }

    /// One job without its result type: runs, and hands back how to resume its caller.
    private struct Job: Sendable {
        /// - Returns: whether to keep what was written, and the caller's resumption.
        let run: @Sendable (Database, WriterConnection) throws -> (keeps: Bool, resume: @Sendable () -> Void)
        let fail: @Sendable (any Error) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var isRunning = false
        var closedBy: StorageError?
    }

    private let pool: DatabasePool
    private let connection: WriterConnection
    private let lane: Lane
    private let state = Mutex(State())

    init(pool: DatabasePool, connection: WriterConnection, lane: Lane) {
        self.pool = pool
        self.connection = connection
        self.lane = lane
    }

    /// Runs `body` in some transaction; returns when that is durable.
    func submit<Result: Sendable>(
        _ body: @escaping @Sendable (Database, WriterConnection) throws -> Verdict<Result>
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(
                Job(
                    run: { db, connection in
                        switch try body(db, connection) {
                        case .keep(let result): (true, { continuation.resume(returning: result) })
                        case .undo(let result): (false, { continuation.resume(returning: result) })
                        }
                    },
                    fail: { continuation.resume(throwing: $0) }))
        }
    }

    /// Fails what comes from now on; what was submitted before is finished.
    func close() async {
        _ = try? await submit { _, _ in .keep(()) }
        state.withLock { $0.closedBy = $0.closedBy ?? .closed("it was closed") }
        connection.finalize()
        try? pool.close()
    }

    private func enqueue(_ job: Job) {
        let (starts, closedBy) = state.withLock { state -> (Bool, StorageError?) in
            if let closedBy = state.closedBy { return (false, closedBy) }
            state.waiting.append(job)
            defer { state.isRunning = true }
            return (!state.isRunning, nil)
        }
        if let closedBy {
            job.fail(closedBy)
            return
        }
        guard starts else { return }
        switch lane {
        case .ownThread: pool.asyncWriteWithoutTransaction { [self] db in drain(db) }
        case .caller: pool.writeWithoutTransaction { db in drain(db) }
        }
    }

    private func drain(_ db: Database) {
        while true {
            let (batch, closedBy) = state.withLock { state -> ([Job], StorageError?) in
                let batch = Array(state.waiting.prefix(Self.batchLimit))
                state.waiting.removeFirst(batch.count)
                if batch.isEmpty { state.isRunning = false }
                return (batch, state.closedBy)
            }
            guard !batch.isEmpty else { return }
            if let closedBy {
                for job in batch { job.fail(closedBy) }
            } else {
                run(batch, db)
            }
        }
    }

    private func run(_ batch: [Job], _ db: Database) {
        let audit = connection.audit
        do {
            try connection.begin(db)
            let answers = try batch.map { try run($0, db, hasCompany: batch.count > 1) }
            try connection.commit(db)
            for answer in answers { answer() }
        } catch {
            connection.audit = audit
            connection.rollBack(db)
            let reason = StorageError(database: error)
            if reason.code == .closed { state.withLock { $0.closedBy = $0.closedBy ?? reason } }
            for job in batch { job.fail(reason) }
        }
    }

    /// - Returns: how to answer the caller once all is durable.
    /// - Throws: only what ends the whole transaction.
    private func run(_ job: Job, _ db: Database, hasCompany: Bool) throws -> @Sendable () -> Void {
        let audit = connection.audit
        if hasCompany { try connection.openSavepoint(db) }
        let answer: @Sendable () -> Void
        do {
            let (keeps, resume) = try job.run(db, connection)
            if keeps {
                if hasCompany { try connection.releaseSavepoint(db) }
                return resume
            }
            answer = resume
        } catch {
            // SQLite ends the whole transaction by itself where the disk is full or broken.
            guard db.isInsideTransaction, hasCompany else { throw error }
            let reason = StorageError(database: error)
            answer = { job.fail(reason) }
        }
        connection.audit = audit
        if hasCompany { try connection.undoSavepoint(db) } else { connection.rollBack(db) }
        return answer
    }
}
