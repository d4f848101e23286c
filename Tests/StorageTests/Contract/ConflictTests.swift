import Automation
import Foundation
import PluginKit
import Storage
import Testing

@Suite("Conflicts and fences")
struct ConflictTests {
    /// A write that must conflict with what `prepare` stored.
    struct Refused: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var write: @Sendable () throws -> Change.Write
    }

    static let refused = [
        Refused(testDescription: "a certificate's name is taken") {
            .addCertificate(Samples.certificate(9, name: "c1.example.com"))
        },
        Refused(testDescription: "a certificate's id is taken") {
            .addCertificate(Samples.certificate(1, name: "new"))
        },
        Refused(testDescription: "a certificate was changed meanwhile") {
            var record = Samples.certificate(1)
            record.revision = 7
            return .changeCertificate(record)
        },
        Refused(testDescription: "a certificate takes another's name") {
            .changeCertificate(Samples.certificate(1, name: "c2.example.com"))
        },
        Refused(testDescription: "a changed certificate is gone") { .changeCertificate(Samples.certificate(9)) },
        Refused(testDescription: "a renewal's certificate is gone") { .putRenewal(Samples.fullRenewal(9)) },
        Refused(testDescription: "a version's number is taken") {
            .addVersion(Samples.version(1, 1), Samples.keyless)
        },
        Refused(testDescription: "a version's certificate is gone") {
            .addVersion(Samples.version(9, 1), Samples.material)
        },
        Refused(testDescription: "an intent is open") { .openIntent(Samples.intent(1, predecessor: 1, generation: 1)) },
        Refused(testDescription: "there was an intent for it") { .openIntent(Samples.intent(2)) },
        Refused(testDescription: "an intent's certificate is gone") { .openIntent(Samples.intent(9)) },
        Refused(testDescription: "an intent is closed") { .putIntent(Samples.intent(2)) },
        Refused(testDescription: "an intent was never opened") { .putIntent(Samples.intent(2, predecessor: 5)) },
        Refused(testDescription: "a placement is there already") { .putPlacement(Samples.placement(19, of: 1)) },
        Refused(testDescription: "a placement's certificate is gone") { .putPlacement(Samples.placement(19, of: 9)) },
        Refused(testDescription: "a place has an owner") {
            .ownPlaces(placement: 12, places: ["b", "a"], takingOver: false)
        },
        Refused(testDescription: "work is held") { .requireIdle(renewal(4)) },
        Refused(testDescription: "a wish was changed meanwhile") { .putWish(Samples.fullWish(12)) },
        Refused(testDescription: "a wish was never stored") { .putWish(Samples.stored(Samples.fullWish(19))) },
        Refused(testDescription: "plug-in state is there already") {
            .putPluginState(.init(scope: "s", key: "a", sealed: Data(), digest: Data()), replacing: nil)
        },
        Refused(testDescription: "plug-in state was changed meanwhile") {
            .putPluginState(.init(scope: "s", key: "a", sealed: Data(), digest: Data()), replacing: Samples.data(8))
        },
        Refused(testDescription: "plug-in state is gone") {
            .putPluginState(.init(scope: "s", key: "b", sealed: Data(), digest: Data()), replacing: Samples.data(7))
        },
    ]

    /// Something of everything, work 3 claimed by us and work 4 by another runner.
    private func prepare(_ ledger: any Ledger) async throws -> Claim {
        var closed = Samples.intent(2)
        closed.standing = .abandoned
        try await ledger.apply(
            [
                .addCertificate(Samples.certificate(1)), .addCertificate(Samples.certificate(2)),
                .addCertificate(Samples.certificate(5)), .addVersion(Samples.version(1, 1), Samples.material),
                .openIntent(Samples.intent(1)),
                .openIntent(Samples.intent(2)), .putIntent(closed), .putPlacement(Samples.placement(11, of: 1)),
                .putPlacement(Samples.placement(12, of: 2)),
                .ownPlaces(placement: 11, places: ["a"], takingOver: false), .putWish(Samples.fullWish(12)),
                .putPluginState(.init(scope: "s", key: "a", sealed: Data(), digest: Samples.data(7)), replacing: nil),
                .schedule(due(1, at: 30)), .schedule(due(2, at: 40)), .schedule(due(3, at: 1)),
                .schedule(due(4, at: 2)), .putMeta(key: "a", value: "old"), .putNotice(Samples.notice(1)),
            ], events: [Samples.event()])
        let claims = try await ledger.claim(2, at: Samples.instant(5))
        try await ledger.apply([.schedule(due(3, at: 77))])
        return try #require(claims.first)
    }

    /// Writes of every kind that are fine by themselves.
    private func others() throws -> (before: [Change.Write], after: [Change.Write]) {
        (
            [
                .addCertificate(Samples.certificate(3)), .changeCertificate(Samples.certificate(5, name: "renamed")),
                .addVersion(Samples.version(2, 1), Samples.material), .openIntent(Samples.intent(3)),
                .putRenewal(Samples.fullRenewal(2)), .noteHeld(certificate: 2, number: 4),
                .putPlacement(Samples.placement(13, of: 3)), .putWish(Samples.fullWish(11)),
                .ownPlaces(placement: 11, places: ["a", "c"], takingOver: false),
                .putPublication(Samples.publication(11, 1)), .addAttempt(Samples.attempt(renewal(1), certificate: 1)),
                .schedule(due(1, at: 3)), .hasten(due(2, at: 4)), .schedule(due(3, at: 5)), .schedule(due(5, at: 6)),
                .putMeta(key: "a", value: "new"), .markRevoked(certificate: 1, number: 1, at: Samples.now),
                .putSecret(SecretRecord(name: "s", sealed: Data([1]), setAt: Samples.now, setBy: "anna")),
            ],
            [
                .dropKey(certificate: 1, number: 1), .unschedule(renewal(1)), .unschedule(renewal(3)),
                .moveDue([DueMove(renewal(2), from: Samples.instant(4), to: Samples.instant(2), deadline: Samples.now)]
                ),
                .putNotice(Samples.fullNotice(1)), .prune(before: .distantFuture, atMost: 100), .removeCertificate(1),
            ]
        )
    }

    @Test(
        "a change that conflicts leaves no trace, wherever in it the conflict is", arguments: LedgerKind.allCases,
        refused)
    func conflictLeavesNoTrace(kind: LedgerKind, refused: Refused) async throws {
        try await kind.withLedger { ledger async throws in
            let claim = try await prepare(ledger)
            let before = try await ledger.contents()
            let (first, last) = try others()
            let write = try refused.write()
            for writes in [[write], first + [write], [write] + last, first + [write] + last] {
                let change = Change(
                    writes, events: [Samples.event("never")], release: .init(claim.work, next: due(3, at: 9)))
                let outcome = try await ledger.commit(change, under: claim.fence)
                guard case .conflict(let reason) = outcome else {
                    Issue.record("\(outcome) instead of a conflict")
                    continue
                }
                #expect(!reason.isEmpty)
                #expect(try await ledger.contents() == before)
            }
            #expect(try await ledger.claim(9, at: Samples.instant(29)).isEmpty)
            #expect(try await ledger.claim(9, at: Samples.instant(30)).map(\.work.id) == [1])
            #expect(try await ledger.verifyAudit(key: TestKeys.audit).findings.isEmpty)
        }
    }

    @Test(
        "the writes that surround the conflicts of these tests are applied where nothing conflicts",
        arguments: LedgerKind.allCases)
    func othersApply(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let claim = try await prepare(ledger)
            let before = try await ledger.contents()
            let (first, last) = try others()
            try await ledger.apply(
                first + last, events: [Samples.event("done")], under: claim.fence,
                release: .init(claim.work, next: due(3, at: 9)))
            #expect(try await ledger.contents() != before)
        }
    }

    @Test("a conflict of one change undoes nothing of the others beside it", arguments: LedgerKind.allCases)
    func conflictsStayAlone(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.addCertificate(Samples.certificate(1000))])
            let applied = try await withThrowingTaskGroup(of: CommitOutcome.self) { group in
                for id in Int64(1)...200 {
                    group.addTask {
                        let name = id.isMultiple(of: 3) ? "c1000.example.com" : nil
                        return try await ledger.commit(
                            Change(
                                [
                                    .putMeta(key: "m\(id)", value: "x"),
                                    .addCertificate(Samples.certificate(id, name: name)),
                                ],
                                events: [Samples.event("e\(id)")]))
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 == .applied ? 1 : 0 }
            }
            #expect(applied == 134)
            #expect(try await ledger.counts().certificates == 135)
            for id in Int64(1)...200 {
                let isThere = !id.isMultiple(of: 3)
                #expect(try await ledger.meta("m\(id)") == (isThere ? "x" : nil))
                #expect(try await ledger.certificate(id)?.id == (isThere ? id : nil))
            }
            let kinds = try await ledger.events(after: 0, certificate: nil, limit: 1000).map(\.draft.kind)
            #expect(Set(kinds.dropFirst()) == Set((1...200).filter { !$0.isMultiple(of: 3) }.map { "e\($0)" }))
            #expect(kinds.count == 135)
            #expect(try await ledger.verifyAudit(key: TestKeys.audit).findings.isEmpty)
        }
    }

    @Test("who lost the lease writes nothing", arguments: LedgerKind.allCases)
    func fenceLost(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let claim = try await prepare(ledger)
            let other = try #require(try await ledger.lease(renewal(4)))
            let (first, last) = try others()
            let ended = Fence(token: claim.fence.token + 100)
            let before = try await ledger.contents()
            let release = Change.Release(claim.work, next: due(3, at: 9))
            for (fence, release) in [
                (ended, nil), (ended, release), (other.fence, release), (nil, release),
                (claim.fence, Change.Release(renewal(1), next: nil)),
            ] {
                let change = Change(first + last, events: [Samples.event("never")], release: release)
                #expect(try await ledger.commit(change, under: fence) == .fenceLost)
                #expect(try await ledger.contents() == before)
            }
            try await ledger.apply([], under: claim.fence, release: release)
            let after = try await ledger.contents()
            #expect(try await ledger.commit(Change(first, release: release), under: claim.fence) == .fenceLost)
            #expect(try await ledger.commit(Change(first), under: claim.fence) == .fenceLost)
            #expect(try await ledger.contents() == after)
        }
    }

    @Test("work that nobody holds is idle", arguments: LedgerKind.allCases)
    func idle(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.schedule(due(1))])
            try await ledger.apply([.requireIdle(renewal(1)), .requireIdle(renewal(2))])
            let claim = try await ledger.claimOne()
            try await ledger.apply([], under: claim.fence, release: .init(renewal(1), next: nil))
            try await ledger.apply([.requireIdle(renewal(1))])
        }
    }

    @Test("there is one intent for a predecessor and generation, for ever", arguments: LedgerKind.allCases)
    func intentsForEver(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.addCertificate(Samples.certificate(1))])
            for standing in [IntentRecord.Standing.stored, .abandoned] {
                var intent = Samples.intent(1, predecessor: standing == .stored ? 0 : 1)
                try await ledger.apply([.openIntent(intent)])
                #expect(try await ledger.renewalContext(1)?.openIntent == intent)
                intent.standing = standing
                intent.sealedKey = Data()
                try await ledger.apply([.putIntent(intent)])
                #expect(try await ledger.renewalContext(1)?.openIntent == nil)
                intent.standing = .open
                for write in [Change.Write.openIntent(intent), .putIntent(intent)] {
                    guard case .conflict = try await ledger.commit(Change([write])) else {
                        Issue.record("a closed intent was opened again")
                        continue
                    }
                }
            }
            try await ledger.apply([.openIntent(Samples.intent(1, predecessor: 0, generation: 1))])
        }
    }
}
