import Automation
import Foundation
import Storage
import Testing

@testable import StorageSQLite

@Suite("Two processes on one database")
struct SharedFileTests {
    @Test("both commit, claim apart from each other, and write chains that hold together")
    func twoEngines() async throws {
        try await withSQLiteLedger { first, path in
            try await withSQLiteLedger(at: path, chain: "second") { second in
                try await first.apply((1...200).map { .schedule(due($0)) })
                let claims = try await withThrowingTaskGroup(of: [Claim].self) { group in
                    for (ledger, name) in [(first, "a"), (second, "b")] {
                        for task in 0..<8 {
                            group.addTask {
                                var mine: [Claim] = []
                                while case let more = try await ledger.claim(3, owner: name), !more.isEmpty {
                                    mine += more
                                    try await ledger.apply(
                                        [.putMeta(key: "\(name)\(task)", value: "\(mine.count)")],
                                        events: [Samples.event("\(name)\(task)")])
                                }
                                return mine
                            }
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(claims.count == 200)
                #expect(Set(claims.map(\.work)).count == 200)
                #expect(Set(claims.map(\.fence)).count == 200)
                try await first.apply([], events: [Samples.event("last of first")])
                try await second.apply([], events: [Samples.event("last of second")])
                let verified = try await first.verifyAudit(key: TestKeys.audit)
                #expect(verified.findings.isEmpty)
                let chains = try await second.events(after: 0, certificate: nil, limit: 9999).map(\.chain)
                #expect(Set(chains) == ["first", "second"])
            }
        }
    }

    @Test("what one schedules, moves and takes back is seen by the other's next claim")
    func seesTheOther() async throws {
        try await withSQLiteLedger { first, path in
            try await withSQLiteLedger(at: path, chain: "second") { second in
                #expect(try await first.claim(1).isEmpty)
                try await second.apply([.schedule(due(1, deadline: 500)), .schedule(due(2, deadline: 400))])
                #expect(try await first.claim(1).map(\.work.id) == [2])
                try await second.apply([.unschedule(renewal(1)), .schedule(due(3, manual: true))])
                #expect(try await first.claim(9).map(\.work.id) == [3])
                #expect(try await second.releaseLeases(exceptOf: "nobody", at: Samples.now).count == 2)
                #expect(Set(try await first.claim(9).map(\.work.id)) == [2, 3])
            }
        }
    }

    @Test("a real second process commits beside us")
    func secondProcess() async throws {
        try await withSQLiteLedger { ledger, path in
            async let child = #expect(processExitsWith: .success) { [path = path as String] in
                try await withSQLiteLedger(at: path, chain: "child") { ledger in
                    for number in 1...40 {
                        try await ledger.apply(
                            [.putMeta(key: "child", value: "\(number)")], events: [Samples.event("child")])
                    }
                }
            }
            for number in 1...40 {
                try await ledger.apply([.putMeta(key: "parent", value: "\(number)")], events: [Samples.event("parent")])
            }
            _ = await child
            #expect(try await ledger.meta("child") == "40")
            #expect(try await ledger.meta("parent") == "40")
            let verified = try await ledger.verifyAudit(key: TestKeys.audit)
            #expect(verified.findings.isEmpty)
            #expect(verified.count == 82)
        }
    }

    @Test("a change is refused in words when another process holds the database too long")
    func busy() async throws {
        try await withTestDirectory { directory in
            let path = "\(directory)/ledger.db"
            try await withSQLiteLedger(at: path, chain: "first") { holder in
                var options = SQLiteLedger.Options()
                options.busyTimeout = .milliseconds(50)
                let ledger = try SQLiteLedger(
                    path: path, creating: false, auditKey: TestKeys.audit, chain: "second", options: options)
                let refused = Box<StorageError?>(nil)
                try await holder.whileWriterIsHeld {
                    do {
                        _ = try await ledger.commit(Change([.putMeta(key: "a", value: "1")]))
                    } catch {
                        refused.value = error as? StorageError
                    }
                }
                #expect(refused.value?.code == .databaseBusy)
                try await ledger.apply([.putMeta(key: "a", value: "2")])
                await ledger.close()
                #expect(try await holder.meta("a") == "2")
            }
        }
    }
}
