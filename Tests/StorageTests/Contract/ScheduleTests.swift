import Automation
import Foundation
import Storage
import Testing

@Suite("Scheduling and releasing")
struct ScheduleTests {
    @Test("scheduling replaces, hastening never makes later or less urgent", arguments: LedgerKind.allCases)
    func scheduleAndHasten(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.schedule(due(1, at: 50, deadline: 500, group: 1, manual: true))])
            try await ledger.apply([.schedule(due(1, at: 60, deadline: 600, group: 2))])
            #expect(try await ledger.due(renewal(1)) == due(1, at: 60, deadline: 600, group: 2))
            try await ledger.apply([.hasten(due(1, at: 70, deadline: 550, manual: true))])
            #expect(try await ledger.due(renewal(1)) == due(1, at: 60, deadline: 550, group: 2, manual: true))
            try await ledger.apply([.hasten(due(1, at: 40, deadline: 700, group: 3))])
            #expect(try await ledger.due(renewal(1)) == due(1, at: 40, deadline: 550, group: 3, manual: true))
            try await ledger.apply([.hasten(due(2, at: 9, group: 4))])
            #expect(try await ledger.due(renewal(2)) == due(2, at: 9, group: 4))
            #expect(try await ledger.counts().due == 2)
        }
    }

    @Test("scheduling keeps the count of starts that never ended", arguments: LedgerKind.allCases)
    func scheduleKeepsStarts(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.schedule(due(1, at: 5, starts: 2))])
            try await ledger.apply([.schedule(due(1, at: 9))])
            #expect(try await ledger.due(renewal(1))?.starts == 2)
            try await ledger.apply([.hasten(due(1, at: 1))])
            #expect(try await ledger.due(renewal(1)) == due(1, at: 1, starts: 2))
        }
    }

    @Test("work of two kinds with one id has nothing in common", arguments: LedgerKind.allCases)
    func kindsApart(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.schedule(due(1, at: 1)), .schedule(due(1, at: 1, kind: .publication))])
            let claims = try await ledger.claim(1)
            #expect(claims.map(\.work) == [WorkKey(.publication, 1)])
            #expect(try await ledger.due(renewal(1)) == due(1, at: 1))
            #expect(try await ledger.lease(renewal(1)) == nil)
        }
    }

    @Test("a release says when it is looked at next, and how many starts count", arguments: LedgerKind.allCases)
    func release(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.schedule(due(1, at: 1, starts: 2)), .schedule(due(2, at: 2))])
            let claims = try await ledger.claim(2)
            let next = due(1, at: 90, deadline: 95, group: 8)
            try await ledger.apply([], under: claims[0].fence, release: .init(renewal(1), next: next))
            try await ledger.apply([], under: claims[1].fence, release: .init(renewal(2), next: nil))
            #expect(try await ledger.due(before: .distantFuture, count: 9) == [next])
            #expect(try await ledger.leases().isEmpty)
            for claim in claims { #expect(try await ledger.commit(Change(), under: claim.fence) == .fenceLost) }
        }
    }

    /// What was scheduled while it was claimed, in order; what the release says; and what then stands.
    struct Merge: Sendable, CustomTestStringConvertible {
        var meanwhile: [Change.Write]
        var next: DueRecord?
        var expected: DueRecord?
        var testDescription: String
    }

    static let merges = [
        Merge(
            meanwhile: [.schedule(due(1, at: 50, deadline: 80))], next: due(1, at: 60, deadline: 70),
            expected: due(1, at: 50, deadline: 70), testDescription: "the earlier of the two, scheduled"),
        Merge(
            meanwhile: [.schedule(due(1, at: 60))], next: due(1, at: 50), expected: due(1, at: 50),
            testDescription: "the earlier of the two, released"),
        Merge(
            meanwhile: [.hasten(due(1, at: 60, group: 7, manual: true))], next: due(1, at: 50, group: 6),
            expected: due(1, at: 50, group: 7, manual: true), testDescription: "a person's wish is kept"),
        Merge(
            meanwhile: [.schedule(due(1, at: 60, starts: 4, manual: true))], next: nil,
            expected: due(1, at: 60, manual: true), testDescription: "nothing else is planned"),
        Merge(
            meanwhile: [.schedule(due(1, at: 60, deadline: 90, group: 2)), .schedule(due(1, at: 70, deadline: 80))],
            next: nil, expected: due(1, at: 60, deadline: 80, group: 2), testDescription: "two wishes are one"),
        Merge(
            meanwhile: [.schedule(due(1, at: 50)), .unschedule(renewal(1))], next: due(1, at: 60),
            expected: due(1, at: 60), testDescription: "a wish that was taken back"),
        Merge(
            meanwhile: [
                .hasten(due(1, at: 50, deadline: 51, group: 3, manual: true)), .unschedule(renewal(1)),
                .schedule(due(1, at: 55, deadline: 99)),
            ], next: due(1, at: 60), expected: due(1, at: 55, deadline: 99),
            testDescription: "of a wish that was taken back nothing stays"),
        Merge(meanwhile: [.unschedule(renewal(1))], next: nil, expected: nil, testDescription: "nothing"),
    ]

    @Test("what was scheduled while it was claimed counts when it ends", arguments: LedgerKind.allCases, merges)
    func merging(kind: LedgerKind, merge: Merge) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.schedule(due(1, at: 1, starts: 3))])
            let claim = try await ledger.claimOne()
            for write in merge.meanwhile { try await ledger.apply([write]) }
            #expect(try await ledger.counts().due == 0)
            #expect(try await ledger.lease(renewal(1)) == claim)
            try await ledger.apply([], under: claim.fence, release: .init(renewal(1), next: merge.next))
            #expect(try await ledger.due(renewal(1)) == merge.expected)
            #expect(try await ledger.leases().isEmpty)
        }
    }

    @Test("a change that schedules its own work and releases it merges both", arguments: LedgerKind.allCases)
    func schedulesItself(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.schedule(due(1))])
            let claim = try await ledger.claimOne()
            try await ledger.apply(
                [.schedule(due(1, at: 20))], under: claim.fence, release: .init(renewal(1), next: due(1, at: 30)))
            #expect(try await ledger.due(renewal(1)) == due(1, at: 20))
        }
    }

    @Test("planned work is moved only where it still stands where it was read", arguments: LedgerKind.allCases)
    func moving(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([
                .schedule(due(1, at: 10, deadline: 90, group: 3, starts: 2, manual: true)), .schedule(due(2, at: 20)),
                .schedule(due(3, at: 30)),
            ])
            let claimed = try await ledger.claim(1, at: Samples.instant(10))
            try await ledger.apply(
                [], under: claimed.first?.fence, release: .init(renewal(1), next: due(1, at: 10, group: 3)))
            _ = try await ledger.claim(1, at: Samples.instant(10))
            func move(_ id: Int64, _ from: Int64, _ to: Int64) -> DueMove {
                DueMove(
                    renewal(id), from: Samples.instant(from), to: Samples.instant(to), deadline: Samples.instant(99))
            }
            try await ledger.apply([.moveDue([move(3, 30, 5), move(2, 21, 6), move(1, 10, 7), move(9, 1, 2)])])
            #expect(
                try await ledger.due(before: .distantFuture, count: 9) == [due(3, at: 5, deadline: 99), due(2, at: 20)])
            #expect(try await ledger.claim(9, at: Samples.instant(10)).map(\.work.id) == [3])
        }
    }

    @Test("moved work keeps its group, its starts and a person's wish", arguments: LedgerKind.allCases)
    func movingKeeps(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.schedule(due(1, at: 10, deadline: 90, group: 3, starts: 2, manual: true))])
            try await ledger.apply([
                .moveDue([
                    DueMove(
                        renewal(1), from: Samples.instant(10), to: Samples.instant(4), deadline: Samples.instant(40))
                ])
            ])
            #expect(try await ledger.due(renewal(1)) == due(1, at: 4, deadline: 40, group: 3, starts: 2, manual: true))
        }
    }

    @Test("the ledger tells when the next work becomes due", arguments: LedgerKind.allCases)
    func nextDue(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            #expect(try await ledger.nextDue() == nil)
            #expect(try await ledger.nextDue(after: Samples.instant(0)) == nil)
            try await ledger.apply([.schedule(due(1, at: 5)), .schedule(due(2, at: 9)), .schedule(due(3, at: 7))])
            #expect(try await ledger.nextDue() == Samples.instant(5))
            #expect(try await ledger.nextDue(after: Samples.instant(5)) == Samples.instant(7))
            #expect(try await ledger.nextDue(after: Samples.instant(9)) == nil)
            #expect(try await ledger.due(before: Samples.instant(9), count: 9).map(\.work.id) == [1, 3])
            #expect(try await ledger.due(before: .distantFuture, count: 2).map(\.work.id) == [1, 3])
        }
    }
}
