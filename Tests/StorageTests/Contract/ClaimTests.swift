import Automation
import Foundation
import Storage
import Testing

@Suite("Claims")
struct ClaimTests {
    @Test(
        "what people asked for comes first, then what has the least time to its deadline",
        arguments: LedgerKind.allCases)
    func order(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let wanted = [
                due(1, at: 9, deadline: 900, manual: true), due(2, at: 8, manual: true),
                due(3, at: 7, deadline: 100), due(4, at: 3, deadline: 200), due(5, at: 4, deadline: 200),
                due(6, at: 4, deadline: 200, kind: .publication), due(7, at: 1),
            ]
            try await ledger.apply(wanted.shuffled().map { .schedule($0) })
            let claims = try await ledger.claim(10)
            #expect(claims.map(\.work.id) == [1, 2, 3, 4, 6, 5, 7])
        }
    }

    @Test("a claim tells what was scheduled, and its lease stands until it is released", arguments: LedgerKind.allCases)
    func claimTells(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let record = due(7, at: 5, deadline: 50, group: 3, starts: 1, manual: true, kind: .notice)
            try await ledger.apply([.schedule(record)])
            let claim = try await ledger.claimOne()
            #expect(
                claim
                    == Claim(
                        work: record.work, fence: claim.fence, until: Samples.now + .minutes(5), dueAt: record.at,
                        deadline: record.deadline, group: 3, starts: 2, isManual: true))
            #expect(try await ledger.due(record.work) == nil)
            #expect(try await ledger.lease(record.work) == claim)
            #expect(try await ledger.leases() == [claim])
            #expect(try await ledger.claim(10).isEmpty)
        }
    }

    @Test("nothing is claimed before it is due, nor more than was asked for", arguments: LedgerKind.allCases)
    func dueAndLimit(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply((1...5).map { .schedule(due($0, at: $0)) })
            #expect(try await ledger.claim(10, at: Samples.instant(0)).isEmpty)
            #expect(try await ledger.claim(0).isEmpty)
            #expect(try await ledger.claim(2, at: Samples.instant(3)).map(\.work.id) == [1, 2])
            #expect(try await ledger.claim(10, at: Samples.instant(3)).map(\.work.id) == [3])
            #expect(try await ledger.claim(10).map(\.work.id) == [4, 5])
        }
    }

    @Test("a clock that was set back takes back what is due", arguments: LedgerKind.allCases)
    func clockSetBack(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply((1...4).map { .schedule(due($0, at: $0 * 10, deadline: 1000 - $0)) })
            #expect(try await ledger.claim(1, at: Samples.instant(100)).map(\.work.id) == [4])
            #expect(try await ledger.claim(9, at: Samples.instant(15)).map(\.work.id) == [1])
            #expect(try await ledger.claim(9, at: Samples.instant(100)).map(\.work.id) == [3, 2])
        }
    }

    @Test("thousands of rows of a busy group hide nothing behind them", arguments: LedgerKind.allCases)
    func busyGroups(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply((1...5000).map { .schedule(due($0, at: $0, deadline: $0, group: 1)) })
            try await ledger.apply((5001...5003).map { .schedule(due($0, at: 6000, deadline: 9000, group: 2)) })
            try await ledger.apply([.schedule(due(5004, at: 6001, group: 3))])
            #expect(try await ledger.claim(2, busy: [1]).map(\.work.id) == [5001, 5002])
            #expect(try await ledger.claim(9, busy: [1, 2]).map(\.work.id) == [5004])
            #expect(try await ledger.claim(9, busy: [1, 2]).isEmpty)
            #expect(try await ledger.claim(3).map(\.work.id) == [1, 2, 3])
            #expect(try await ledger.claim(9, busy: [1]).map(\.work.id) == [5003])
        }
    }

    @Test("only what people asked for is claimed where only that is wanted", arguments: LedgerKind.allCases)
    func onlyManual(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([
                .schedule(due(1, deadline: 1)), .schedule(due(2, group: 4, manual: true)),
                .schedule(due(3, manual: true)), .schedule(due(4, at: 2_000_000, manual: true)),
            ])
            #expect(try await ledger.claim(9, busy: [4], onlyManual: true).map(\.work.id) == [3])
            #expect(try await ledger.claim(9, onlyManual: true).map(\.work.id) == [2])
            #expect(try await ledger.claim(9, onlyManual: true).isEmpty)
            #expect(try await ledger.claim(9).map(\.work.id) == [1])
        }
    }

    @Test("what becomes due or is hastened between two claims is seen by the second", arguments: LedgerKind.allCases)
    func seesWhatChanges(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.schedule(due(1, at: 1, deadline: 500)), .schedule(due(2, at: 2_000_000))])
            #expect(try await ledger.claim(0).isEmpty)
            try await ledger.apply([
                .hasten(due(2, at: 3, deadline: 400)), .schedule(due(3, at: 4, deadline: 300)),
                .hasten(due(1, at: 9, deadline: 200)),
            ])
            #expect(try await ledger.claim(1).map(\.work.id) == [1])
            try await ledger.apply([.unschedule(renewal(3))])
            #expect(try await ledger.claim(9).map(\.work.id) == [2])
        }
    }

    @Test("concurrent claimers never get the same work", arguments: LedgerKind.allCases)
    func concurrentClaims(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply((1...500).map { .schedule(due($0, at: $0 % 7)) })
            let all = try await withThrowingTaskGroup(of: [Claim].self) { group in
                for claimer in 0..<16 {
                    group.addTask {
                        var mine: [Claim] = []
                        while case let more = try await ledger.claim(1 + claimer % 5, owner: "r\(claimer)"),
                            !more.isEmpty
                        {
                            mine += more
                        }
                        return mine
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(all.count == 500)
            #expect(Set(all.map(\.work)).count == 500)
            #expect(Set(all.map(\.fence)).count == 500)
            #expect(try await ledger.counts().leases == 500)
        }
    }

    @Test("a later claim has a greater fence, also after a restart", arguments: LedgerKind.allCases)
    func fencesGrow(kind: LedgerKind) async throws {
        try await kind.withRestart { ledger async throws in
            try await ledger.apply([.schedule(due(1)), .schedule(due(2))])
            _ = try await ledger.claim(1)
        } then: { ledger async throws in
            let before = try #require(try await ledger.leases().first)
            let after = try await ledger.claimOne()
            #expect(before.fence < after.fence)
        }
    }

    @Test("the leases of dead owners are freed, due at once, and keep their starts", arguments: LedgerKind.allCases)
    func deadOwners(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([
                .schedule(due(1, at: 1, deadline: 10, group: 5)), .schedule(due(2, at: 2, manual: true)),
            ])
            let dead = try await ledger.claim(2, owner: "dead")
            try await ledger.apply([.schedule(due(3, at: 3)), .hasten(due(1, at: 9, manual: true))])
            let living = try await ledger.claim(1, owner: "living")
            let now = Samples.instant(2_000_000)
            #expect(Set(try await ledger.releaseLeases(exceptOf: "living", at: now)) == [renewal(1), renewal(2)])
            #expect(try await ledger.leases() == living)
            var expected = due(1, at: 9, deadline: 10, group: 5, starts: 1, manual: true)
            #expect(try await ledger.due(renewal(1)) == expected)
            expected = due(2, starts: 1, manual: true)
            expected.at = now
            #expect(try await ledger.due(renewal(2)) == expected)
            for claim in dead { #expect(try await ledger.commit(Change(), under: claim.fence) == .fenceLost) }
            let again = try await ledger.claim(9, at: now, owner: "living")
            #expect(again.map(\.starts) == [2, 2])
            #expect(try await ledger.releaseLeases(exceptOf: "living", at: now).isEmpty)
        }
    }

    @Test("a lease is prolonged only while it is one's own", arguments: LedgerKind.allCases)
    func extending(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.schedule(due(1)), .schedule(due(2))])
            let claims = try await ledger.claim(2)
            let (kept, ended) = (try #require(claims.first), try #require(claims.last))
            try await ledger.apply([], under: ended.fence, release: .init(ended.work, next: nil))
            let until = Samples.now + .hours(1)
            let mine = try await ledger.extend([kept.fence, ended.fence, Fence(token: 999)], until: until)
            #expect(mine == [kept.fence])
            #expect(try await ledger.leases().map(\.until) == [until])
        }
    }

    @Test("ids are never handed out twice, also after a restart", arguments: LedgerKind.allCases)
    func newIDs(kind: LedgerKind) async throws {
        let taken = Box<[Int64]>([])
        try await kind.withRestart { ledger async throws in
            for count in [3, 0, 1, 100, 2] { taken.value += try await ledger.newIDs(count) }
        } then: { ledger async throws in
            taken.value += try await ledger.newIDs(2)
        }
        #expect(taken.value.count == 108)
        #expect(taken.value.first == 1)
        #expect(zip(taken.value, taken.value.dropFirst()).allSatisfy { $0 < $1 })
    }
}
