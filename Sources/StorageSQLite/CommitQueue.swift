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

    /// One job without its result type.
    private struct Job: Sendable {
        /// - Returns: whether to keep what was written, and how to answer the caller.
        let run: @Sendable (Database, WriterConnection) throws -> (keeps: Bool, answer: @Sendable () -> Void)
        let fail: @Sendable (any Error) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var isRunning = false
        var isClosing = false
        /// Why nothing more is taken.
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

    /// How many jobs wait for the next transaction.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Runs `body` in some transaction; returns when that is durable.
    func submit<Result: Sendable>(
        _ body: @escaping @Sendable (Database, WriterConnection) throws -> Verdict<Result>
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let job = Job(
                run: { db, connection in
                    switch try body(db, connection) {
                    case .keep(let result): (true, { continuation.resume(returning: result) })
                    case .undo(let result): (false, { continuation.resume(returning: result) })
                    }
                },
                fail: { continuation.resume(throwing: $0) })
            enqueue(job)
        }
    }

    /// Finishes what was submitted, fails what comes from now on, and closes the database; once.
    func close() async {
        let isFirst = state.withLock { state in
            defer { state.isClosing = true }
            return !state.isClosing
        }
        guard isFirst else { return }
        await withCheckedContinuation { continuation in
            let last = Job(
                run: { _, _ in (true, { continuation.resume() }) }, fail: { _ in continuation.resume() })
            enqueue(last, isLast: true)
        }
        await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [connection] db in
                connection.finalize()
                // The log is empty then: the database file alone is the whole ledger.
                _ = try? db.checkpoint(.truncate)
                continuation.resume()
            }
        }
        try? pool.close()
    }

    private func enqueue(_ job: Job, isLast: Bool = false) {
        let (starts, closedBy) = state.withLock { state -> (Bool, StorageError?) in
            if let closedBy = state.closedBy { return (false, closedBy) }
            if isLast { state.closedBy = .closed }
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
            let batch = state.withLock { state in
                let batch = Array(state.waiting.prefix(Self.batchLimit))
                state.waiting.removeFirst(batch.count)
                if batch.isEmpty { state.isRunning = false }
                return batch
            }
            guard !batch.isEmpty else { return }
            run(batch, db)
        }
    }

    private func run(_ batch: [Job], _ db: Database) {
        let trail = connection.trail
        do {
            try connection.begin(db)
            let answers = try batch.map { try run($0, db, hasCompany: batch.count > 1) }
            try connection.commit(db)
            for answer in answers { answer() }
        } catch {
            connection.rollBack(db)
            connection.trail = trail
            connection.forget()
            fail(batch, StorageError(database: error))
        }
    }

    /// A disk that fails a write may have lost it: nothing is written any more, and what waits fails too.
    private func fail(_ batch: [Job], _ reason: StorageError) {
        var failed = batch
        if reason.code == .closed {
            failed += state.withLock { state in
                defer { state.waiting = [] }
                state.closedBy = reason
                return state.waiting
            }
        }
        for job in failed { job.fail(reason) }
    }

    /// - Returns: how to answer the caller once all is durable.
    /// - Throws: only what ends the whole transaction.
    private func run(_ job: Job, _ db: Database, hasCompany: Bool) throws -> @Sendable () -> Void {
        let trail = connection.trail
        if hasCompany { try connection.openSavepoint(db) }
        let answer: @Sendable () -> Void
        do {
            let (keeps, whenDurable) = try job.run(db, connection)
            if keeps {
                if hasCompany { try connection.releaseSavepoint(db) }
                return whenDurable
            }
            answer = whenDurable
        } catch {
            let reason = StorageError(database: error)
            // SQLite ends the whole transaction by itself where the disk is full or broken.
            guard hasCompany, db.isInsideTransaction, reason.code != .closed else { throw error }
            connection.forget()
            answer = { job.fail(reason) }
        }
        connection.trail = trail
        if hasCompany { try connection.undoSavepoint(db) } else { connection.rollBack(db) }
        return answer
    }
}
