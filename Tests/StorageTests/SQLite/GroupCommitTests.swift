import Automation
import Foundation
import GRDB
import Storage
import Testing

@testable import StorageSQLite

@Suite("Group commit")
struct GroupCommitTests {
    private struct Broken: Error {}

    /// Runs `submit`, which starts `count` jobs, while the writer is busy: they end up in the same transactions.
    private func gather(
        _ count: Int, in ledger: SQLiteLedger, _ submit: (inout ThrowingTaskGroup<Void, any Error>) -> Void
    ) async throws {
        try await withThrowingTaskGroup { group in
            try await ledger.whileWriterIsHeld {
                submit(&group)
                while ledger.queue.waitingCount < count { await Task.yield() }
            }
            try await group.waitForAll()
        }
    }

    private func syncs(of path: String) -> Int { FaultyDisk.shared.syncs(of: path + "-wal") }

    @Test("what gathers while the writer is busy shares a commit, at most 256 to one")
    func shares() async throws {
        let disk = FaultyDisk.shared
        try await withSQLiteLedger { ledger, path in
            _ = disk.mend((path as NSString).deletingLastPathComponent)
            var before = syncs(of: path)
            try await ledger.apply([.putMeta(key: "a", value: "1")])
            #expect(syncs(of: path) == before + 1)
            for (count, commits) in [(64, 1), (256, 1), (300, 2)] {
                before = syncs(of: path)
                try await gather(count, in: ledger) { group in
                    for task in 0..<count {
                        group.addTask { try await ledger.apply([.putMeta(key: "m\(task)", value: "\(count)")]) }
                    }
                }
                #expect(syncs(of: path) == before + commits)
                #expect(try await ledger.meta("m\(count - 1)") == "\(count)")
            }
        }
    }

    @Test("in a shared commit only what fails or conflicts is undone")
    func savepoints() async throws {
        try await withSQLiteLedger { ledger, path in
            let before = syncs(of: path)
            try await gather(60, in: ledger) { group in
                for id in Int64(1)...60 {
                    group.addTask {
                        let change = Change(
                            [.addCertificate(Samples.certificate(id)), .schedule(due(id))],
                            events: [Samples.event("e\(id)")])
                        switch id % 3 {
                        case 0: #expect(try await ledger.commit(change) == .applied)
                        case 1:
                            var refused = change
                            refused.writes.append(.putRenewal(RenewalState(certificate: 999)))
                            guard case .conflict = try await ledger.commit(refused) else {
                                Issue.record("a change of what is gone was applied")
                                return
                            }
                        default:
                            await #expect(throws: StorageError.self) {
                                try await ledger.queue.submit { db, connection in
                                    try connection.putDue(db, due(id))
                                    throw Broken()
                                } as Void
                            }
                        }
                    }
                }
            }
            #expect(syncs(of: path) <= before + 1)
            let kept = (Int64(1)...60).filter { $0.isMultiple(of: 3) }
            #expect(try await ledger.overviews(after: 0, limit: 99).map(\.certificate.id) == kept)
            let events = try await ledger.events(after: 1, certificate: nil, limit: 99)
            #expect(Set(events.map(\.draft.kind)) == Set(kept.map { "e\($0)" }))
            #expect(events.map(\.sequence) == Array(2...21))
            #expect(try await ledger.verifyAudit(key: TestKeys.audit).findings.isEmpty)
            #expect(Set(try await ledger.claim(99).map(\.work.id)) == Set(kept))
        }
    }

    @Test("a new id seldom costs a sync")
    func cheapIDs() async throws {
        let disk = FaultyDisk.shared
        try await withSQLiteLedger { ledger, path in
            _ = disk.mend((path as NSString).deletingLastPathComponent)
            let before = syncs(of: path)
            var ids: [Int64] = []
            for _ in 0..<64 { ids += try await ledger.newIDs(1) }
            #expect(syncs(of: path) == before + 1)
            #expect(ids == Array(1...64))
        }
    }

    @Test("ids of a transaction that was undone are not handed out twice by two engines")
    func undoneIDs() async throws {
        try await withSQLiteLedger { first, path in
            await #expect(throws: StorageError.self) {
                try await first.queue.submit { db, connection in
                    _ = try connection.takeIDs(db, count: 1)
                    throw Broken()
                } as Void
            }
            try await withSQLiteLedger(at: path, chain: "second") { second in
                let ids = try await second.newIDs(3) + first.newIDs(3) + second.newIDs(3)
                #expect(Set(ids).count == 9)
            }
        }
    }

    @Test("claims and changes in one commit see each other in the order in which they came")
    func claimsInBatch() async throws {
        try await withSQLiteLedger { ledger, _ in
            try await ledger.apply([.schedule(due(1, deadline: 500))])
            let claimed = Box<[Int64]>([])
            try await gather(1, in: ledger) { group in
                group.addTask { try await ledger.apply([.schedule(due(2, deadline: 100))]) }
            }
            claimed.value = try await ledger.claim(1).map(\.work.id)
            #expect(claimed.value == [2])
        }
    }
}
