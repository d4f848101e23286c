import Foundation
import GRDB
import Storage
import Testing

@testable import StorageSQLite

@Suite("Tampering with the database")
struct TamperingTests {
    @Test(
        "whoever changes the events in the database is found out",
        arguments: [
            "UPDATE event SET at = at + 1 WHERE sequence = 3", "UPDATE event SET actor = 'nobody' WHERE sequence = 3",
            "UPDATE event SET kind = 'other' WHERE sequence = 3",
            "UPDATE event SET certificate = 'other' WHERE sequence = 3",
            "UPDATE event SET subject = 'other' WHERE sequence = 3", "UPDATE event SET reason = '' WHERE sequence = 3",
            "UPDATE event SET detail = '{}' WHERE sequence = 3", "UPDATE event SET chain = 'other' WHERE sequence = 3",
            "UPDATE event SET position = 9 WHERE sequence = 3",
            "UPDATE event SET mac = zeroblob(32) WHERE sequence = 3",
            "UPDATE event SET sequence = 50 WHERE sequence = 6", "DELETE FROM event WHERE sequence = 3",
            "DELETE FROM event WHERE sequence = 1", "DELETE FROM event WHERE sequence = 6",
            "DELETE FROM event WHERE sequence > 3",
            "DELETE FROM event", "DELETE FROM audit_head",
            "DELETE FROM event WHERE sequence > 4; DELETE FROM audit_head",
            "DELETE FROM event WHERE sequence > 4; UPDATE audit_head SET sequence = 4, mac = (SELECT mac FROM event WHERE sequence = 4)",
            "UPDATE audit_head SET code = zeroblob(32)",
            "DELETE FROM event WHERE sequence = 5; UPDATE event SET sequence = 5 WHERE sequence = 6",
            "INSERT INTO event SELECT 7, chain, 7, at, actor, kind, certificate, subject, reason, detail, mac FROM event WHERE sequence = 6",
        ])
    func tampering(sql: String) async throws {
        try await withSQLiteLedger { ledger, _ in
            for _ in 0..<5 { try await ledger.apply([], events: [Samples.fullEvent]) }
            #expect(try await ledger.verifyAudit(key: TestKeys.audit).findings.isEmpty)
            try await ledger.queue.submit { db, _ in .keep(try db.execute(sql: sql)) }
            #expect(try await !ledger.verifyAudit(key: TestKeys.audit).findings.isEmpty)
        }
    }
}
