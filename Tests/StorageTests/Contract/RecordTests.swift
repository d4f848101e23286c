import Automation
import Foundation
import PluginKit
import Storage
import Testing

@Suite("Records")
struct RecordTests {
    /// A field that no sample sets would be lost unseen.
    private func expectNoNil(
        _ record: Any, except absent: Set<String> = [], _ location: SourceLocation = #_sourceLocation
    ) {
        for child in Mirror(reflecting: record).children {
            let mirror = Mirror(reflecting: child.value)
            guard mirror.displayStyle == .optional, !absent.contains(child.label ?? "") else { continue }
            #expect(mirror.children.first != nil, "\(child.label ?? "") is nil", sourceLocation: location)
        }
    }

    @Test("a certificate comes back as it was stored", arguments: LedgerKind.allCases)
    func certificates(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let (full, plain) = (try Samples.fullCertificate(1), Samples.certificate(2))
            expectNoNil(full)
            try await ledger.apply([.addCertificate(full), .addCertificate(plain)])
            #expect(try await ledger.certificate(1) == full)
            #expect(try await ledger.certificate(named: full.name) == full)
            #expect(try await ledger.certificate(2) == plain)
            #expect(try await ledger.overview(2)?.state == RenewalState(certificate: 2))
            #expect(try await ledger.certificate(3) == nil)
            #expect(try await ledger.certificate(named: "nobody") == nil)
            #expect(try await ledger.overview(3) == nil)
        }
    }

    @Test("every value of a flow's controls comes back", arguments: LedgerKind.allCases)
    func flows(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            var records: [CertificateRecord] = []
            let rules: [RenewIn] = [
                .automatic, .beforeExpiration(days: 30), .onExpiration, .afterExpiration(days: 1),
            ]
            for (renewIn, index) in zip(rules, Int64(1)...) {
                for (last, other) in zip(LastResort.allCases, PublishOn.allCases) {
                    for key in KeyType.allCases {
                        var record = Samples.certificate(Int64(records.count + 1))
                        record.flow.rules.renewIn = renewIn
                        record.flow.rules.lastResort = last
                        record.flow.rules.publishOn = other
                        record.flow.rules.window.cells = Cells(bits: UInt64(index) << 39)
                        record.flow.rules.renewalEnabled = index == 2
                        record.flow.rules.earlier = index == 3
                        record.key.type = key
                        records.append(record)
                    }
                }
            }
            try await ledger.apply(records.map { .addCertificate($0) })
            #expect(try await ledger.overviews(after: 0, limit: 1000).map(\.certificate) == records)
            #expect(try await ledger.planningRows(after: 0, limit: 1000).map(\.rules) == records.map(\.flow.rules))
        }
    }

    @Test("a changed certificate has the next revision and may have another name", arguments: LedgerKind.allCases)
    func changing(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.addCertificate(Samples.certificate(1))])
            var changed = try Samples.fullCertificate(1)
            changed.revision = 0
            try await ledger.apply([.changeCertificate(changed)])
            changed.revision = 1
            #expect(try await ledger.certificate(1) == changed)
            #expect(try await ledger.certificate(named: "c1.example.com") == nil)
            #expect(try await ledger.certificate(named: changed.name) == changed)
            try await ledger.apply([.addCertificate(Samples.certificate(2, name: "c1.example.com"))])
            changed = Samples.certificate(1, name: "third")
            changed.revision = 1
            try await ledger.apply([.changeCertificate(changed)])
            #expect(try await ledger.certificate(1)?.pause == nil)
        }
    }

    @Test(
        "a renewal state comes back as it was stored, with nothing and with everything", arguments: LedgerKind.allCases)
    func renewals(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let full = Samples.fullRenewal(1)
            expectNoNil(full)
            expectNoNil(try #require(full.trouble))
            try await ledger.apply([.addCertificate(Samples.certificate(1))])
            try await ledger.apply([.putRenewal(full)])
            #expect(try await ledger.overview(1)?.state == full)
            #expect(try await ledger.renewalContext(1)?.state == full)
            var next = full
            next.trouble = Samples.trouble(40, optionals: false)
            try await ledger.apply([.putRenewal(next)])
            #expect(try await ledger.overview(1)?.state == next)
            try await ledger.apply([.putRenewal(RenewalState(certificate: 1))])
            #expect(try await ledger.overview(1)?.state == RenewalState(certificate: 1))
        }
    }

    @Test("what was held only grows, and only by itself", arguments: LedgerKind.allCases)
    func heldNumber(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([.addCertificate(Samples.certificate(1)), .noteHeld(certificate: 1, number: 3)])
            var state = Samples.fullRenewal(1)
            state.heldNumber = 99
            try await ledger.apply([.noteHeld(certificate: 1, number: 2), .putRenewal(state)])
            #expect(try await ledger.overview(1)?.state.heldNumber == 3)
            state.heldNumber = 0
            try await ledger.apply([.putRenewal(state), .noteHeld(certificate: 1, number: 4)])
            #expect(try await ledger.overview(1)?.state.heldNumber == 4)
            try await ledger.apply([.noteHeld(certificate: 2, number: 1)])
            #expect(try await ledger.overview(2) == nil)
        }
    }

    @Test("versions and their material come back as they were stored", arguments: LedgerKind.allCases)
    func versions(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let (full, plain) = (Samples.fullVersion(1), Samples.version(1, 1))
            expectNoNil(full)
            try await ledger.apply([
                .addCertificate(Samples.certificate(1)), .addVersion(full, Samples.material),
                .addVersion(plain, Samples.keyless),
            ])
            #expect(try await ledger.versions(of: 1, limit: 9) == [full, plain])
            #expect(try await ledger.versions(of: 1, limit: 1) == [full])
            #expect(try await ledger.version(of: 1, number: 4) == full)
            #expect(try await ledger.version(of: 1, number: 2) == nil)
            #expect(try await ledger.version(withFingerprint: plain.fingerprint.sha256) == plain)
            #expect(try await ledger.version(withFingerprint: Samples.data(9)) == nil)
            #expect(try await ledger.material(of: 1, number: 4) == Samples.material)
            #expect(try await ledger.material(of: 1, number: 1) == Samples.keyless)
            #expect(try await ledger.material(of: 1, number: 2) == nil)
        }
    }

    @Test("a version is revoked, and its key dropped, without touching others", arguments: LedgerKind.allCases)
    func revokedAndDropped(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            try await ledger.apply([
                .addCertificate(Samples.certificate(1)), .addVersion(Samples.version(1, 1), Samples.material),
                .addVersion(Samples.version(1, 2, ends: 800), Samples.material),
                .addVersion(Samples.version(1, 3, ends: 700), Samples.keyless),
            ])
            func keyed(_ end: Instant, after last: VersionRecord? = nil, _ limit: Int = 9) async throws -> [Int] {
                try await ledger.versionsWithKeys(endedBefore: end, after: last, limit: limit).map(\.number)
            }
            #expect(try await keyed(Samples.instant(900)) == [2])
            #expect(try await keyed(.distantFuture) == [2, 1])
            #expect(try await keyed(.distantFuture, 1) == [2])
            let first = try #require(try await ledger.version(of: 1, number: 2))
            #expect(try await keyed(.distantFuture, after: first) == [1])
            let last = try #require(try await ledger.version(of: 1, number: 1))
            #expect(try await keyed(.distantFuture, after: last) == [])
            try await ledger.apply([
                .dropKey(certificate: 1, number: 2), .markRevoked(certificate: 1, number: 1, at: Samples.now),
                .dropKey(certificate: 1, number: 9), .markRevoked(certificate: 9, number: 1, at: Samples.now),
            ])
            #expect(try await keyed(.distantFuture) == [1])
            let chain = Samples.material.chain
            #expect(try await ledger.material(of: 1, number: 2) == VersionMaterial(chain: chain, sealedKey: nil))
            #expect(try await ledger.version(of: 1, number: 1)?.revokedAt == Samples.now)
            #expect(try await ledger.version(of: 1, number: 2)?.revokedAt == nil)
        }
    }

    @Test("an intent comes back as it was stored", arguments: LedgerKind.allCases)
    func intents(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let (full, plain) = (try Samples.fullIntent(1), Samples.intent(2))
            expectNoNil(full)
            try await ledger.apply([
                .addCertificate(Samples.certificate(1)), .addCertificate(Samples.certificate(2)), .openIntent(full),
                .openIntent(plain),
            ])
            #expect(try await ledger.renewalContext(1)?.openIntent == full)
            #expect(try await ledger.renewalContext(2)?.openIntent == plain)
            var moved = try Samples.fullIntent(2)
            (moved.predecessor, moved.generation) = (plain.predecessor, plain.generation)
            try await ledger.apply([.putIntent(moved)])
            #expect(try await ledger.renewalContext(2)?.openIntent == moved)
        }
    }

    @Test("placements, wishes and publications come back as they were stored", arguments: LedgerKind.allCases)
    func placements(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let (full, plain) = (Samples.fullPlacement(21, of: 1), Samples.placement(20, of: 1))
            let (wish, publication) = (Samples.fullWish(21), try Samples.fullPublication(21))
            expectNoNil(full)
            expectNoNil(wish)
            expectNoNil(publication)
            expectNoNil(try #require(full.held))
            try await ledger.apply([
                .addCertificate(Samples.certificate(1)), .putPlacement(full), .putPlacement(plain), .putWish(wish),
                .putPublication(publication), .putPublication(Samples.publication(21, 5)),
                .putPublication(Samples.publication(20, 1)),
            ])
            #expect(try await ledger.placement(21) == full)
            #expect(try await ledger.placement(22) == nil)
            #expect(try await ledger.placements(of: 1) == [plain, full])
            #expect(try await ledger.placements(profile: "mail") == [full])
            #expect(try await ledger.placements(profile: "none").isEmpty)
            #expect(try await ledger.wish(of: 21) == Samples.stored(wish))
            #expect(try await ledger.wish(of: 20) == PlacementWish(placement: 20))
            #expect(try await ledger.publications(of: 21, limit: 9) == [publication, Samples.publication(21, 5)])
            #expect(try await ledger.publications(of: 21, limit: 1) == [publication])
            var foreign = full
            foreign.held?.number = nil
            foreign.held?.delivery = nil
            try await ledger.apply([.putPlacement(foreign), .putWish(Samples.stored(PlacementWish(placement: 21)))])
            #expect(try await ledger.placement(21) == foreign)
            #expect(try await ledger.wish(of: 21) == Samples.stored(PlacementWish(placement: 21), changes: 2))
            try await ledger.apply([.putPlacement(Samples.placement(21, of: 1, target: "web-9"))])
            #expect(try await ledger.placement(21) == Samples.placement(21, of: 1, target: "web-9"))
            var moved = Samples.publication(21, 5)
            moved.state = .serving
            try await ledger.apply([.putPublication(moved)])
            #expect(try await ledger.publications(of: 21, limit: 9) == [publication, moved])
        }
    }

    @Test("every state of a publication comes back", arguments: LedgerKind.allCases)
    func publicationStates(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let records = zip(PublicationState.allCases, 1...).map { state, sequence in
                var record = Samples.publication(5, sequence)
                record.state = state
                return record
            }
            try await ledger.apply(records.map { .putPublication($0) })
            #expect(try await ledger.publications(of: 5, limit: 99) == records.reversed())
        }
    }

    @Test("a place on a target has one owner, until another takes it over", arguments: LedgerKind.allCases)
    func places(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let (first, second) = (Samples.placement(1, of: 1), Samples.placement(2, of: 1, target: "web-2"))
            try await ledger.apply([
                .addCertificate(Samples.certificate(1)), .putPlacement(first), .putPlacement(second),
                .ownPlaces(placement: 1, places: ["x", "y", "x"], takingOver: false),
                .ownPlaces(placement: 1, places: ["y", "z"], takingOver: false),
            ])
            #expect(try await ledger.owner(ofPlace: "x") == nil)
            #expect(try await ledger.owner(ofPlace: "y") == first)
            try await ledger.apply([.ownPlaces(placement: 2, places: ["z", "w"], takingOver: true)])
            #expect(try await ledger.owner(ofPlace: "z") == second)
            #expect(try await ledger.owner(ofPlace: "y") == first)
            try await ledger.apply([.ownPlaces(placement: 2, places: [], takingOver: false)])
            #expect(try await ledger.owner(ofPlace: "z") == nil)
        }
    }

    @Test(
        "attempts are read newest first, of a certificate, of a piece of work or of all", arguments: LedgerKind.allCases
    )
    func attempts(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let work = WorkKey(.publication, 4)
            let (full, plain) = (Samples.fullAttempt(work, certificate: 1), Samples.attempt(renewal(1), certificate: 1))
            let other = Samples.attempt(work, certificate: 2)
            expectNoNil(full)
            try await ledger.apply([.addAttempt(full), .addAttempt(plain), .addAttempt(other)])
            #expect(try await ledger.attempts(of: nil, work: nil, limit: 9) == [other, plain, full])
            #expect(try await ledger.attempts(of: nil, work: nil, limit: 1) == [other])
            #expect(try await ledger.attempts(of: 1, work: nil, limit: 9) == [plain, full])
            #expect(try await ledger.attempts(of: nil, work: work, limit: 9) == [other, full])
            #expect(try await ledger.attempts(of: 1, work: work, limit: 9) == [full])
            #expect(try await ledger.attemptCount(of: work) == 2)
            #expect(try await ledger.attemptCount(of: renewal(4)) == 0)
        }
    }

    @Test("pruning forgets what ended before, and notices that left before", arguments: LedgerKind.allCases)
    func pruning(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            var (old, young) = (Samples.fullNotice(1), Samples.fullNotice(2))
            (old.sentAt, young.sentAt) = (Samples.instant(99), Samples.instant(100))
            let kept = Samples.attempt(renewal(1), certificate: 1, ended: 100)
            try await ledger.apply([
                .putNotice(old), .putNotice(young), .putNotice(Samples.notice(3)), .addAttempt(kept),
                .addAttempt(Samples.attempt(renewal(1), certificate: 1, ended: 99)),
            ])
            #expect(try await ledger.oldestAttempt() == Samples.instant(100))
            try await ledger.apply([.prune(before: Samples.instant(100), atMost: 1)])
            #expect(try await ledger.attempts(of: nil, work: nil, limit: 9).count == 2)
            try await ledger.apply([.prune(before: Samples.instant(100), atMost: 2)])
            #expect(try await ledger.attempts(of: nil, work: nil, limit: 9) == [kept])
            #expect(try await ledger.notice(1) == nil)
            #expect(try await ledger.notice(2) == young)
            #expect(try await ledger.notice(3) == Samples.notice(3))
        }
    }

    @Test(
        "notices, secrets, plug-in state and meta values come back as they were stored", arguments: LedgerKind.allCases)
    func smallRecords(kind: LedgerKind) async throws {
        try await kind.withLedger { ledger async throws in
            let notice = Samples.fullNotice(1)
            expectNoNil(notice)
            let secret = SecretRecord(name: "b", sealed: Samples.data(1), setAt: Samples.now, setBy: "anna")
            let other = SecretRecord(name: "B", sealed: Data(), setAt: Samples.now, setBy: "")
            let state = PluginStateRecord(scope: "s", key: "k", sealed: Samples.data(2), digest: Samples.data(3))
            try await ledger.apply([
                .putNotice(notice), .putSecret(secret), .putSecret(other), .putPluginState(state, replacing: nil),
                .putMeta(key: "a", value: "1"),
            ])
            #expect(try await ledger.notice(1) == notice)
            #expect(try await ledger.secrets() == [other, secret])
            #expect(try await ledger.secret(named: "b") == secret)
            #expect(try await ledger.pluginState(scope: "s", key: "k") == state)
            #expect(try await ledger.pluginState(scope: "k", key: "s") == nil)
            #expect(try await ledger.meta("a") == "1")
            #expect(try await ledger.meta("b") == nil)
            let changed = PluginStateRecord(scope: "s", key: "k", sealed: Samples.data(4), digest: Samples.data(5))
            try await ledger.apply([
                .removeSecret("b"), .removeSecret("nobody's"), .putMeta(key: "a", value: "2"),
                .putPluginState(changed, replacing: Samples.data(3)), .putNotice(Samples.notice(1)),
            ])
            #expect(try await ledger.secret(named: "b") == nil)
            #expect(try await ledger.meta("a") == "2")
            #expect(try await ledger.pluginState(scope: "s", key: "k") == changed)
            #expect(try await ledger.notice(1) == Samples.notice(1))
        }
    }

    @Test("all of it is there after a restart", arguments: LedgerKind.allCases)
    func restart(kind: LedgerKind) async throws {
        let before = Box<[AnyHashable?]>([])
        try await kind.withRestart { ledger async throws in
            try await ledger.apply(
                [
                    .addCertificate(try Samples.fullCertificate(1)), .putRenewal(Samples.fullRenewal(1)),
                    .addVersion(Samples.fullVersion(1), Samples.material), .openIntent(try Samples.fullIntent(1)),
                    .putPlacement(Samples.fullPlacement(2, of: 1)), .putWish(Samples.fullWish(2)),
                    .putPublication(try Samples.fullPublication(2)), .schedule(due(1)), .schedule(due(2)),
                    .addAttempt(Samples.fullAttempt(renewal(1), certificate: 1)), .putNotice(Samples.fullNotice(3)),
                ], events: [Samples.fullEvent])
            _ = try await ledger.claim(1)
            before.value = try await ledger.contents()
        } then: { ledger async throws in
            #expect(try await ledger.contents() == before.value)
        }
    }
}
