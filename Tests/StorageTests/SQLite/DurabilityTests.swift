import Automation
import Foundation
import GRDB
import Storage
import Testing

@testable import StorageSQLite

@Suite("Durability")
struct DurabilityTests {
    @Test("the writer commits into a write-ahead log that is synced each time")
    func settings() async throws {
        try await withSQLiteLedger { ledger, _ in
            let durability = try await ledger.durability()
            #expect(durability.journalMode == "wal")
            #expect(durability.synchronous == 2, "FULL")
        }
    }

    @Test(
        "it stays so when a database is opened again, and when commits run on the calling thread",
        arguments: [false, true])
    func reopened(onCallingThread: Bool) async throws {
        try await withTestDirectory { directory in
            let path = "\(directory)/ledger.db"
            var options = SQLiteLedger.Options()
            options.commitsOnCallingThread = onCallingThread
            for creating in [true, false] {
                let ledger = try SQLiteLedger(
                    path: path, creating: creating, auditKey: TestKeys.audit, chain: "c\(creating)", options: options)
                #expect(try await ledger.durability().synchronous == 2)
                try await ledger.apply([.putMeta(key: "\(creating)", value: "1")], events: [Samples.event()])
                #expect(try await ledger.meta("true") == "1")
                await ledger.close()
            }
        }
    }

    @Test("only its owner may read the database and the files beside it")
    func privateFiles() async throws {
        try await withSQLiteLedger { ledger, path in
            try await ledger.apply([.putMeta(key: "a", value: "1")])
            for file in [path, path + "-wal", path + "-shm"] {
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(file)")
            }
        }
    }

    @Test("a copy made while work goes on is whole")
    func backup() async throws {
        try await withSQLiteLedger { ledger, path in
            let copy = path + ".copy"
            try await withThrowingTaskGroup { group in
                for id in Int64(1)...50 {
                    group.addTask {
                        try await ledger.apply([.addCertificate(Samples.certificate(id))], events: [Samples.event()])
                    }
                }
                group.addTask { try await ledger.backUp(to: copy) }
                try await group.waitForAll()
            }
            try await withSQLiteLedger(at: copy, chain: "copy") { copied in
                #expect(try await copied.integrityFindings().isEmpty)
                let counts = try await copied.counts()
                #expect(counts.events == (counts.certificates == 0 ? 0 : counts.certificates + 1))
                #expect(try await copied.verifyAudit(key: TestKeys.audit).findings.isEmpty)
            }
        }
    }

    @Test("an empty file becomes a ledger, and its tables are made once")
    func migrations() async throws {
        try await withTestDirectory { directory in
            let path = "\(directory)/ledger.db"
            #expect(FileManager.default.createFile(atPath: path, contents: Data()))
            for chain in ["first", "second"] {
                try await withSQLiteLedger(at: path, chain: chain) { ledger in
                    #expect(try await ledger.counts() == LedgerCounts())
                    let applied = try await ledger.read { db in try Schema.migrator.appliedIdentifiers(db) }
                    #expect(applied == ["1 foundation", "2 fallback issuer", "3 documents"])
                }
            }
        }
    }

    @Test(
        "what a query of the work loop asks for is found by an index",
        arguments: [
            "SELECT at FROM due WHERE at > 1 AND at <= 2 ORDER BY at, kind, id",
            "DELETE FROM due WHERE at = 1 AND kind = 1 AND id = 1",
            "SELECT at FROM due WHERE id = 1 AND kind = 1", "DELETE FROM lease WHERE id = 1 AND kind = 1",
            "SELECT at FROM due WHERE (at, kind, id) >= (1, 2, 3) AND at <= 5 AND work_group = 1",
            "SELECT min(at) FROM due WHERE at > 3",
            "SELECT sequence FROM event WHERE certificate = 'c' AND certificate <> '' AND sequence > 3 ORDER BY sequence LIMIT 5",
            "SELECT sequence FROM event WHERE certificate = 'c' AND certificate <> '' ORDER BY sequence DESC LIMIT 5",
            "SELECT id FROM attempt WHERE certificate = 1 ORDER BY id DESC LIMIT 1",
            "SELECT id FROM attempt WHERE subject = 1 AND kind = 1 ORDER BY id DESC LIMIT 1",
            "SELECT id FROM placement WHERE certificate = 1 ORDER BY id",
            "SELECT id FROM placement WHERE profile = 'p' ORDER BY id",
            "SELECT number FROM version WHERE fingerprint = x'00' ORDER BY certificate, number LIMIT 1",
            "SELECT number FROM version WHERE sealed_key IS NOT NULL AND not_after < 5 ORDER BY not_after, certificate, number LIMIT 1",
            "SELECT phase FROM intent WHERE certificate = 1 AND standing = 'open'",
            "DELETE FROM place WHERE placement = 1",
            "SELECT name FROM certificate WHERE name > 'a' ORDER BY name LIMIT 5",
        ])
    func indices(sql: String) async throws {
        try await withSQLiteLedger { ledger, _ in
            let plan = try await ledger.read { db in
                try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)").map { $0["detail"] as String }
            }
            #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(plan)")
        }
    }
}
