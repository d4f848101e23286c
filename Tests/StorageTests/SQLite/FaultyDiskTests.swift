import Automation
import Foundation
import Storage
import Testing

@testable import StorageSQLite

@Suite("A disk that fails")
struct FaultyDiskTests {
    /// What became of one commit.
    private enum Told { case applied, failed }

    /// Commits one after another, some together with claims, until one fails; small checkpoints, so that the database's
    /// own pages are written too.
    private func work(_ ledger: SQLiteLedger) async throws -> [Int64: Told] {
        var told: [Int64: Told] = [:]
        _ = try? await ledger.queue.submit { db, _ in
            .keep(try db.cachedStatement(sql: "PRAGMA wal_autocheckpoint = 6").run([]) { _ in })
        }
        for id in Int64(1)...8 {
            do {
                try await ledger.apply(
                    [
                        .addCertificate(Samples.certificate(id)), .addVersion(Samples.version(id, 1), Samples.material),
                        .schedule(due(id)),
                    ], events: [Samples.event("stored.\(id)", certificate: "c\(id).example.com")])
                told[id] = .applied
                for claim in try await ledger.claim(1) {
                    try await ledger.apply(
                        [], under: claim.fence, release: .init(claim.work, next: due(id, at: 9_000_000)))
                }
            } catch let error as StorageError {
                if told[id] == nil { told[id] = .failed }
                #expect([.databaseFull, .closed].contains(error.code), "\(error)")
            }
        }
        return told
    }

    @Test(
        "whatever write or sync fails: what was reported is there, what was not is there whole or not at all",
        arguments: FaultyDisk.Fault.allCases)
    func everyCall(fault: FaultyDisk.Fault) async throws {
        let disk = FaultyDisk.shared
        for number in 1... {
            let isDone = Box(false)
            try await withTestDirectory { directory in
                let path = "\(directory)/ledger.db"
                let told = Box<[Int64: Told]>([:])
                try await withSQLiteLedger(at: path, chain: "first") { ledger in
                    disk.strike(fault, at: number, below: directory)
                    told.value = try await work(ledger)
                    isDone.value = !disk.mend(directory)
                    guard fault == .full || fault == .short else { return }
                    // There is room again: work goes on by itself.
                    try await ledger.apply([.putMeta(key: "a", value: "room")], events: [Samples.event("room")])
                    #expect(try await ledger.verifyAudit(key: TestKeys.audit).findings.isEmpty)
                }
                try await withSQLiteLedger(at: path, chain: "second") { ledger in
                    #expect(try await ledger.integrityFindings().isEmpty)
                    for (id, told) in told.value {
                        let isThere = try await ledger.certificate(id) != nil
                        if told == .applied { #expect(isThere) }
                        if told == .failed, fault == .full || fault == .short { #expect(!isThere) }
                        let kinds = try await ledger.events(after: 0, certificate: "c\(id).example.com", limit: 9)
                        #expect(kinds.count == (isThere ? 1 : 0))
                        #expect((try await ledger.version(of: id, number: 1) != nil) == isThere)
                    }
                    _ = try await ledger.releaseLeases(exceptOf: "nobody", at: Samples.now)
                    try await ledger.apply([.putMeta(key: "b", value: "on")], events: [Samples.event("on")])
                    #expect(try await ledger.verifyAudit(key: TestKeys.audit).findings.isEmpty)
                }
            }
            if isDone.value {
                #expect(number > 10, "the fault was hardly ever met")
                return
            }
        }
    }

    @Test("after a failed write or sync nothing more is taken", arguments: [FaultyDisk.Fault.failedWrite, .failedSync])
    func closesItself(fault: FaultyDisk.Fault) async throws {
        let disk = FaultyDisk.shared
        try await withSQLiteLedger { ledger, path in
            let directory = (path as NSString).deletingLastPathComponent
            disk.strike(fault, at: 1, below: directory)
            for _ in 0..<2 {
                await #expect(throws: StorageError.self) {
                    try await ledger.commit(Change([.putMeta(key: "a", value: "1")]))
                }
                #expect(disk.mend(directory) || true)
            }
            do {
                _ = try await ledger.newIDs(1)
                Issue.record("it went on after a failed write")
            } catch let error as StorageError {
                #expect(error.code == .closed)
            }
            #expect(try await ledger.counts().certificates == 0)
        }
    }

    @Test("a full disk fails only what did not fit, and says what to do")
    func fullDisk() async throws {
        try await withSQLiteLedger { ledger, _ in
            try await ledger.apply(
                [.addCertificate(Samples.certificate(1)), .schedule(due(1))], events: [Samples.event()])
            let before = try await ledger.contents()
            let pages = try await ledger.limitPages(toPresent: true)
            let big = VersionMaterial(chain: [Data(count: 500_000)], sealedKey: nil)
            let outcomes = await withTaskGroup(of: StorageError.Code?.self) { group in
                for number in 1...20 {
                    group.addTask {
                        do {
                            let change = Change(
                                [.putMeta(key: "a", value: "x"), .addVersion(Samples.version(1, number), big)],
                                events: [Samples.event("never")])
                            _ = try await ledger.commit(change)
                            return nil
                        } catch {
                            return (error as? StorageError)?.code
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes == Array(repeating: .databaseFull, count: 20))
            #expect(try await ledger.contents() == before)
            #expect(pages > 0)
            _ = try await ledger.limitPages(toPresent: false)
            try await ledger.apply([.addVersion(Samples.version(1, 1), big)], events: [Samples.event("fits")])
            #expect(try await ledger.claimOne().work == renewal(1))
            #expect(try await ledger.verifyAudit(key: TestKeys.audit).findings.isEmpty)
            #expect(try await ledger.integrityFindings().isEmpty)
        }
    }
}

extension SQLiteLedger {
    /// Lets the database grow no further, or as far as it likes.
    /// - Returns: how many pages it has.
    fileprivate func limitPages(toPresent: Bool) async throws -> Int64 {
        try await queue.submit { db, _ in
            let pages = try db.integer("PRAGMA page_count") ?? 0
            _ = try db.integer("PRAGMA max_page_count = \(toPresent ? pages : 1_000_000)")
            return .keep(pages)
        }
    }
}
