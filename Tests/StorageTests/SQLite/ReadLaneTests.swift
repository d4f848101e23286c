import Foundation
import Storage
import Testing

@testable import StorageSQLite

@Suite("Reading on several threads", .timeLimit(.minutes(2)))
struct ReadLaneTests {
    @Test("looks and longer reads of many tasks at once all come to their ends")
    func manyAtOnce() async throws {
        try await withTestDirectory { directory async throws in
            let ledger = try SQLiteLedger(
                path: "\(directory)/ledger.db", creating: true, auditKey: TestKeys.audit, chain: "test")
            // Far more tasks than the machine has threads for, and than the database has readers.
            let read = try await withThrowingTaskGroup(of: Int.self) { group in
                for task in 0..<200 {
                    group.addTask {
                        var count = 0
                        for round in 0..<40 {
                            if (task + round) % 3 == 0 {
                                _ = try await ledger.certificates(after: nil, limit: 500)
                            } else {
                                _ = try await ledger.certificate(named: "none-\(task)")
                            }
                            count += 1
                        }
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(read == 200 * 40)
            await ledger.close()
        }
    }
}
