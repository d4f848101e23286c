import Automation
import Foundation
import GRDB
import Storage
import Testing

@testable import StorageSQLite

@Suite("A database that can't be used")
struct BadDatabaseTests {
    private func open(_ path: String, creating: Bool = false) throws -> SQLiteLedger {
        try SQLiteLedger(path: path, creating: creating, auditKey: TestKeys.audit, chain: "test")
    }

    private func expectRefused(
        _ path: String, _ codes: StorageError.Code..., creating: Bool = false,
        _ location: SourceLocation = #_sourceLocation
    ) {
        do {
            _ = try open(path, creating: creating)
            Issue.record("it was opened", sourceLocation: location)
        } catch let error as StorageError {
            #expect(codes.contains(error.code), "\(error)", sourceLocation: location)
            #expect(!error.remedy.isEmpty, sourceLocation: location)
        } catch {
            Issue.record("\(error) is no StorageError", sourceLocation: location)
        }
    }

    @Test("a missing database is not made unless that is asked for")
    func missing() async throws {
        try await withTestDirectory { directory async throws in
            expectRefused("\(directory)/none.db", .databaseMissing)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
            expectRefused("\(directory)/no/such/place.db", .databaseReadOnly, creating: true)
        }
    }

    @Test("a directory, a text or a half of a database in its place is refused")
    func notADatabase() async throws {
        try await withTestDirectory { directory in
            let path = "\(directory)/ledger.db"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            expectRefused(path, .databaseReadOnly)
            try FileManager.default.removeItem(atPath: path)
            try Data(
                "This is a text, longer than the header of a database is, by far and on purpose.".utf8
                    + Data(count: 1000)
            )
            .write(to: URL(fileURLWithPath: path))
            expectRefused(path, .databaseUnusable)
            try FileManager.default.removeItem(atPath: path)
            try await withSQLiteLedger(at: path, chain: "first") {
                try await $0.apply([.addCertificate(Samples.certificate(1))])
            }
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            try whole.prefix(whole.count / 3).write(to: URL(fileURLWithPath: path))
            expectRefused(path, .databaseUnusable)
        }
    }

    @Test("a database of a newer release is refused and left as it is")
    func newer() async throws {
        try await withTestDirectory { directory in
            let path = "\(directory)/ledger.db"
            try await withSQLiteLedger(at: path, chain: "first") { ledger in
                try await ledger.queue.submit { db, _ in
                    .keep(try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('2 of the future')"))
                }
            }
            let before = try tables(path)
            expectRefused(path, .databaseNewer)
            #expect(try tables(path) == before)
        }
    }

    /// What stands in the schema and in its list of migrations.
    private func tables(_ path: String) throws -> [String?] {
        try DatabaseQueue(path: path).read { db in
            try String?.fetchAll(
                db, sql: "SELECT sql FROM sqlite_schema UNION ALL SELECT identifier FROM grdb_migrations")
        }
    }

    @Test("a read-only home is refused in words, also where it becomes so later")
    func readOnly() async throws {
        try await withTestDirectory { directory in
            let path = "\(directory)/ledger.db"
            try await withSQLiteLedger(at: path, chain: "first") {
                try await $0.apply([.putMeta(key: "a", value: "1")])
            }
            try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
            try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: directory)
            // Root may write everywhere: a process of another account looks.
            await #expect(processExitsWith: .success) { [path = path as String, directory = directory as String] in
                try becomeOrdinary()
                for (path, creating) in [(path, false), ("\(directory)/new.db", true)] {
                    do {
                        let ledger = try SQLiteLedger(
                            path: path, creating: creating, auditKey: TestKeys.audit, chain: "other")
                        _ = try await ledger.commit(Change([.putMeta(key: "a", value: "2")]))
                        Issue.record("it was written")
                    } catch let error as StorageError {
                        #expect(error.code == .databaseReadOnly, "\(error)")
                    }
                }
            }
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: directory)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            try await withSQLiteLedger(at: path, chain: "second") { ledger async throws in
                #expect(try await ledger.meta("a") == "1")
            }
        }
    }

    @Test("damage anywhere is an error or goes unnoticed, never a crash", arguments: 0..<40)
    func damage(seed: Int) async throws {
        try await withTestDirectory { directory in
            let path = "\(directory)/ledger.db"
            try await withSQLiteLedger(at: path, chain: "first") { ledger in
                for id in Int64(1)...12 {
                    try await ledger.apply(
                        [
                            .addCertificate(try Samples.fullCertificate(id)), .putRenewal(Samples.fullRenewal(id)),
                            .addVersion(Samples.fullVersion(id), Samples.material),
                            .openIntent(try Samples.fullIntent(id)),
                            .putPlacement(Samples.fullPlacement(id, of: id)), .putWish(Samples.fullWish(id)),
                            .putPublication(try Samples.fullPublication(id)), .schedule(due(id)),
                            .addAttempt(Samples.fullAttempt(renewal(id), certificate: id)),
                            .putNotice(Samples.fullNotice(id)),
                        ], events: [Samples.fullEvent])
                }
                _ = try await ledger.claim(3)
            }
            var random = SplitMix(seed: UInt64(seed))
            var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
            // The first page holds the tables' own texts: mostly beyond it.
            let lowest = seed.isMultiple(of: 4) ? 0 : 4096
            for _ in 0..<(1 + seed * 4) {
                bytes[Int(random.next() % UInt64(bytes.count - lowest)) + lowest] = UInt8(
                    truncatingIfNeeded: random.next())
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do {
                let ledger = try open(path)
                for attempt in [
                    { _ = try await ledger.contents() }, { _ = try await ledger.planningRows(after: 0, limit: 99) },
                    { _ = try await ledger.claim(9) }, { _ = try await ledger.verifyAudit(key: TestKeys.audit) },
                    { _ = try await ledger.publicationContext(2) },
                    {
                        _ = try await ledger.apply(
                            [.addCertificate(Samples.certificate(50))], events: [Samples.event()])
                    },
                    { _ = try await ledger.commit(Change([.removeCertificate(3)])) },
                    { _ = try await ledger.integrityFindings() },
                ] as [@Sendable () async throws -> Void] {
                    do { try await attempt() } catch is StorageError {}
                }
                await ledger.close()
            } catch is StorageError {
            }
        }
    }

    @Test(
        "a row that holds what it can't hold is an error that says so",
        arguments: [
            "UPDATE certificate SET subjects = '[1]'", "UPDATE certificate SET key_type = 'rsa-17'",
            "UPDATE certificate SET zone = 'Mars/Olympus'", "UPDATE certificate SET renew_in = 9",
            "UPDATE certificate SET labels = 'nonsense'", "UPDATE renewal SET trouble = '{}'",
        ])
    func unreadableRow(sql: String) async throws {
        try await withSQLiteLedger { ledger, _ in
            try await ledger.apply([
                .addCertificate(try Samples.fullCertificate(1)), .putRenewal(Samples.fullRenewal(1)),
            ])
            try await ledger.queue.submit { db, _ in .keep(try db.execute(sql: sql)) }
            do {
                _ = try await ledger.overview(1)
                Issue.record("it was read")
            } catch let error as StorageError {
                #expect(error.code == .databaseUnusable)
            }
        }
    }
}

/// Gives up root's rights in this process, where it has them: for what root is allowed against all modes.
private func becomeOrdinary() throws {
    guard geteuid() == 0 else { return }
    try #require(setgid(65_534) == 0 && setuid(65_534) == 0)
}

/// Reproducible random numbers (splitmix64).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
