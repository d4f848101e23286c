import Automation
import Foundation
import Storage
import Testing

@Suite("Cancelling and closing")
struct ClosingTests {
    @Test("a change is committed although its task was cancelled", arguments: LedgerKind.allCases)
    func cancelled(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let outcomes = try await withThrowingTaskGroup(of: CommitOutcome.self) { group in
                for id in Int64(1)...100 {
                    group.addTask {
                        withUnsafeCurrentTask { $0?.cancel() }
                        return try await ledger.commit(Change([.addCertificate(Samples.certificate(id))]))
                    }
                }
                group.cancelAll()
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes == Array(repeating: .applied, count: 100))
            #expect(try await ledger.counts().certificates == 100)
        }
    }

    @Test("a claim whose task was cancelled is not lost", arguments: LedgerKind.allCases)
    func cancelledClaim(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.schedule(due(1))])
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await ledger.claim(1)
            }
            #expect(try await task.value.map(\.work) == [renewal(1)])
        }
    }

    @Test("closing finishes what was submitted before and fails what comes after", arguments: LedgerKind.allCases)
    func closing(kind: LedgerKind) async throws {
        try await kind.withRestart { ledger async throws in
            let applied = await withTaskGroup(of: Bool.self) { group in
                for id in Int64(1)...300 {
                    group.addTask {
                        do {
                            return try await ledger.commit(Change([.addCertificate(Samples.certificate(id))]))
                                == .applied
                        } catch {
                            #expect((error as? StorageError)?.code == .closed)
                            return false
                        }
                    }
                }
                group.addTask {
                    await ledger.close()
                    return false
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            await ledger.close()
            applied300.value = applied
            await expectClosed { _ = try await ledger.commit(Change()) }
            await expectClosed { _ = try await ledger.claim(1) }
            await expectClosed { _ = try await ledger.newIDs(1) }
            await expectClosed { _ = try await ledger.counts() }
            await expectClosed { _ = try await ledger.certificate(1) }
        } then: { ledger async throws in
            guard kind != .memory else { return }
            #expect(try await ledger.counts().certificates == applied300.value)
        }
    }

    private let applied300 = Box(0)

    private func expectClosed(_ body: () async throws -> Void) async {
        do {
            try await body()
            Issue.record("a closed ledger answered")
        } catch {
            #expect((error as? StorageError)?.code == .closed)
        }
    }
}
