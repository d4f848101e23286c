import Automation
import Foundation
import PluginKit
import Storage
import Testing

@Suite("Reading")
struct ReadingTests {
    @Test("lists are read in pages that follow one another", arguments: LedgerKind.allCases)
    func pages(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let names = ["b", "a", "ä", "Z", "z", "a.b", "a-b"]
            try await ledger.apply(zip(names, Int64(1)...).map { .addCertificate(Samples.certificate($1, name: $0)) })
            var (found, last): ([String], String?) = ([], nil)
            while case let page = try await ledger.certificates(after: last, limit: 2), let end = page.last {
                #expect(page.count <= 2)
                found += page.map(\.name)
                last = end.name
            }
            #expect(found == ["Z", "a", "a-b", "a.b", "b", "z", "ä"])
            var ids: [Int64] = []
            while case let page = try await ledger.overviews(after: ids.last ?? 0, limit: 3), !page.isEmpty {
                ids += page.map(\.certificate.id)
            }
            #expect(ids == Array(1...7))
            #expect(try await ledger.planningRows(after: 2, limit: 3).map(\.certificate) == [3, 4, 5])
        }
    }

    @Test(
        "the issuers in use are those of certificates in service, with their fallbacks", arguments: LedgerKind.allCases)
    func issuersInUse(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            #expect(try await ledger.issuersInUse().isEmpty)
            var plain = Samples.certificate(1, name: "plain")
            plain.issuer = "first"
            var backed = Samples.certificate(2, name: "backed")
            backed.issuer = "first"
            backed.fallback = Fallback(issuer: "second", after: .days(2))
            var retired = Samples.certificate(3, name: "retired")
            retired.issuer = "third"
            retired.isRetired = true
            try await ledger.apply([plain, backed, retired].map { .addCertificate($0) })
            #expect(try await ledger.issuersInUse() == ["first", "second"])
            #expect(try await ledger.certificate(2)?.fallback == backed.fallback)
            backed = try #require(try await ledger.certificate(2))
            backed.fallback = nil
            try await ledger.apply([.changeCertificate(backed)])
            #expect(try await ledger.issuersInUse() == ["first"])
        }
    }

    @Test("the contexts of both stages hold what belongs to them, newest first", arguments: LedgerKind.allCases)
    func contexts(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            var state = RenewalState(certificate: 1)
            state.current = 19
            let (first, second) = (Samples.placement(11, of: 1), Samples.placement(12, of: 1, target: "web-2"))
            try await ledger.apply(
                [
                    .addCertificate(Samples.certificate(1)), .addCertificate(Samples.certificate(2)),
                    .putRenewal(state), .putPlacement(second), .putPlacement(first),
                    .putPlacement(Samples.fullPlacement(13, of: 1)), .putPlacement(Samples.placement(14, of: 2)),
                    .openIntent(Samples.intent(1)), .putWish(Samples.fullWish(11)),
                ] + (1...20).map { .addVersion(Samples.version(1, $0), Samples.material) }
                    + (1...40).map { .putPublication(Samples.publication(11, $0)) })
            let renewal = try #require(try await ledger.renewalContext(1))
            #expect(renewal.certificate.id == 1)
            #expect(renewal.state == state)
            #expect(renewal.current?.number == 19)
            #expect(renewal.openIntent == Samples.intent(1))
            #expect(renewal.placements.map(\.id) == [11, 12, 13])
            #expect(try await ledger.renewalContext(2)?.current == nil)
            #expect(try await ledger.renewalContext(3) == nil)
            let publication = try #require(try await ledger.publicationContext(11))
            #expect(publication.certificate.id == 1)
            #expect(publication.state == state)
            #expect(publication.placement == first)
            #expect(publication.siblings == [first, second])
            #expect(publication.wish == Samples.stored(Samples.fullWish(11)))
            #expect(publication.versions.map(\.number) == (5...20).reversed())
            #expect(publication.publications.map(\.sequence) == (9...40).reversed())
            #expect(try await ledger.publicationContext(12)?.wish == PlacementWish(placement: 12))
            #expect(try await ledger.publicationContext(99) == nil)
        }
    }

    @Test("everything is counted", arguments: LedgerKind.allCases)
    func counts(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            #expect(try await ledger.counts() == LedgerCounts())
            try await ledger.apply(
                [
                    .addCertificate(Samples.certificate(1)), .addVersion(Samples.version(1, 1), Samples.material),
                    .addVersion(Samples.version(1, 2), Samples.material), .putPlacement(Samples.placement(1, of: 1)),
                    .schedule(due(1)), .schedule(due(2)), .schedule(due(3)),
                ], events: [Samples.event()])
            _ = try await ledger.claim(1)
            var expected = LedgerCounts()
            (expected.certificates, expected.versions, expected.placements) = (1, 2, 1)
            (expected.events, expected.due, expected.leases) = (2, 2, 1)
            #expect(try await ledger.counts() == expected)
        }
    }

    @Test("removing a certificate removes all of it, and ends the leases of its work", arguments: LedgerKind.allCases)
    func removal(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let writes: [Change.Write] = try [1, 2].flatMap { id -> [Change.Write] in
                [
                    .addCertificate(Samples.certificate(id)), .putRenewal(Samples.fullRenewal(id)),
                    .addVersion(Samples.fullVersion(id), Samples.material), .openIntent(try Samples.fullIntent(id)),
                    .putPlacement(Samples.placement(10 * id, of: id)), .putWish(Samples.fullWish(10 * id)),
                    .putPlacement(Samples.fullPlacement(10 * id + 1, of: id)),
                    .ownPlaces(placement: 10 * id, places: ["place \(id)"], takingOver: false),
                    .putPublication(try Samples.fullPublication(10 * id)),
                    .addAttempt(Samples.fullAttempt(renewal(id), certificate: id)), .schedule(due(id, at: id)),
                    .schedule(due(10 * id, at: id, kind: .publication)),
                    .schedule(due(10 * id + 1, at: 500, kind: .publication)), .schedule(due(10 * id, at: 600)),
                ]
            }
            try await ledger.apply(writes, events: [Samples.event(certificate: "c1.example.com")])
            let claims = try await ledger.claim(4, at: Samples.instant(10))
            try await ledger.apply([.schedule(due(1, at: 3))])
            try await ledger.apply([.removeCertificate(1), .removeCertificate(3)])

            #expect(try await ledger.overview(1) == nil)
            #expect(try await ledger.certificate(named: "c1.example.com") == nil)
            #expect(try await ledger.version(of: 1, number: 4) == nil)
            #expect(try await ledger.placements(of: 1).isEmpty)
            #expect(try await ledger.placement(10) == nil)
            #expect(try await ledger.wish(of: 10) == PlacementWish(placement: 10))
            #expect(try await ledger.publications(of: 10, limit: 9).isEmpty)
            #expect(try await ledger.attempts(of: 1, work: nil, limit: 9).isEmpty)
            #expect(try await ledger.owner(ofPlace: "place 1") == nil)
            #expect(try await ledger.events(after: 0, certificate: "c1.example.com", limit: 9).count == 1)
            #expect(Set(try await ledger.leases().map(\.work)) == [renewal(2), WorkKey(.publication, 20)])
            let left = try await ledger.due(before: .distantFuture, count: 99).map(\.work)
            #expect(left == [WorkKey(.publication, 21), renewal(10), renewal(20)])

            for claim in claims {
                let isGone = claim.work == renewal(1) || claim.work == WorkKey(.publication, 10)
                let outcome = try await ledger.commit(
                    Change([.putMeta(key: "a", value: "1")], release: .init(claim.work, next: due(claim.work.id))),
                    under: claim.fence)
                #expect(outcome == (isGone ? .fenceLost : .applied))
            }
            #expect(try await ledger.due(renewal(1)) == nil)
            #expect(try await ledger.overview(2)?.placements.count == 2)
            #expect(try await ledger.owner(ofPlace: "place 2")?.id == 20)
            try await ledger.apply([
                .addCertificate(Samples.certificate(3, name: "c1.example.com")),
                .putPlacement(Samples.placement(30, of: 3)),
                .ownPlaces(placement: 30, places: ["place 1"], takingOver: false),
            ])
            #expect(try await ledger.renewalContext(3)?.openIntent == nil)
        }
    }

    @Test("a planning row tells what the planner needs, and whether it decides alone", arguments: LedgerKind.allCases)
    func planningRows(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            var state = RenewalState(certificate: 0)
            state.current = 2
            state.life = Samples.life(5)
            state.storedAt = Samples.instant(6)
            state.issuedHere = false
            state.advice = .init(
                start: Samples.instant(1), end: Samples.instant(2), firstStart: Samples.instant(3),
                learnt: Samples.instant(4))
            /// One thing each that takes the decision away from the planner.
            let reasons: [@Sendable (inout CertificateRecord, inout RenewalState) -> Void] = [
                { _, _ in }, { record, _ in record.isRetired = true },
                { record, _ in record.pause = Pause(by: "a", reason: "b", since: Samples.now, until: nil) },
                { _, state in state.current = 0 }, { record, _ in record.renewalsAsked = 1 },
                { record, _ in record.reissuesAsked = 1 }, { _, state in state.revokedAt = Samples.now },
                { _, state in state.trouble = Samples.trouble(1, optionals: false) },
                { _, state in state.barred = "ends first" }, { _, state in state.earlyFollowedAt = Samples.now },
                { record, _ in record.flow.rules.publicationEnabled = true },
            ]
            for (reason, id) in zip(reasons, Int64(1)...) {
                var (record, state) = (Samples.certificate(id), state)
                state.certificate = id
                reason(&record, &state)
                try await ledger.apply([.addCertificate(record), .putRenewal(state), .schedule(due(id, at: id))])
            }
            let (intended, held) = (Int64(reasons.count + 1), Int64(reasons.count + 2))
            var record = Samples.certificate(held)
            record.flow.rules.publicationEnabled = true
            for id in [intended, held] {
                state.certificate = id
                try await ledger.apply([
                    .addCertificate(id == held ? record : Samples.certificate(id)), .putRenewal(state),
                    .noteHeld(certificate: id, number: 2),
                ])
            }
            try await ledger.apply([.openIntent(Samples.intent(intended))])

            let rows = try await ledger.planningRows(after: 0, limit: 99)
            #expect(rows.map(\.certificate) == Array(1...held))
            #expect(rows.filter(\.isPlain).map(\.certificate) == [1, held])
            let row = try #require(rows.first)
            #expect(row.issuer == "local")
            #expect(row.seed == 1)
            #expect(row.current == 2)
            #expect(row.life == state.life)
            #expect(row.storedAt == state.storedAt)
            #expect(row.issuedHere == false)
            #expect(row.advice == state.advice)
            #expect(row.dueAt == Samples.instant(1))
            #expect(rows.last?.dueAt == nil)
            #expect(row.situation?.spread == Samples.certificate(1).spread(version: 2))
            #expect(rows.filter { $0.situation != nil }.map(\.certificate) == [1, held])
            #expect(
                PlanningRow(Samples.certificate(1), try #require(try await ledger.overview(1)).state, dueAt: nil)
                    .isPlain)
        }
    }
}
