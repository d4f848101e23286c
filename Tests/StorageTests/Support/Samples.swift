import Automation
import Foundation
import PluginKit
import Storage
import Testing

/// Records with every field set, each to a value of its own, and such with every optional field absent.
enum Samples {
    static let now = instant(1_000_000)

    static func instant(_ seconds: Int64) -> Instant { Instant(seconds: 1_800_000_000 + seconds) }
    static func data(_ byte: UInt8, _ count: Int = 32) -> Data { Data(repeating: byte, count: count) }
    static func fingerprint(_ byte: UInt8) -> Fingerprint { Fingerprint(sha256: data(byte)) }

    static func life(_ start: Int64) -> Life {
        Life(notBefore: instant(start), notAfter: instant(start + 900), chainNotAfter: instant(start + 800))
    }

    static func zone(_ name: String) throws -> Zone { try #require(ZoneTable.shared[name]) }

    /// As new as can be.
    static func certificate(_ id: Int64, name: String? = nil) -> CertificateRecord {
        CertificateRecord(
            id: id, name: name ?? "c\(id).example.com", subjects: [.dns("c\(id).example.com")], issuer: "local",
            seed: id, createdAt: instant(0))
    }

    static func fullCertificate(_ id: Int64) throws -> CertificateRecord {
        var rules = FlowRules(
            renewalEnabled: false, renewIn: .afterExpiration(days: 7), publicationEnabled: true,
            publishOn: .afterPreviousExpiry, lastResort: .wait,
            window: Window(Cells(bits: 0b1011), zone: try zone("Europe/Berlin")),
            publicationWindow: Window(Cells(bits: 1 << 41 | 1), zone: try zone("America/St_Johns")), earlier: false)
        rules.renewIn = .afterExpiration(days: 7)
        var record = CertificateRecord(
            id: id, name: "full-\(id)", subjects: [.dns("*.example.com"), .ip([192, 0, 2, 1])],
            key: KeyPolicy(type: .rsa3072, reuse: true), issuer: "acme", labels: ["team": "web", "tier": "1"],
            owner: "ops@example.com", note: "two\nlines, a NUL \0 and \"quotes\"",
            flow: Flow(rules: rules, profiles: ["edge", "mail"]), seed: -77, createdAt: instant(1), revision: 5)
        record.publicationSince = instant(2)
        record.fallback = Fallback(issuer: "other", after: .hours(30))
        record.pause = Pause(by: "anna", reason: "freeze", since: instant(3), until: instant(4))
        record.isRetired = true
        record.renewalsAsked = 6
        record.reissuesAsked = 8
        record.reissueAskedAt = instant(9)
        return record
    }

    static func trouble(_ seed: Int64, optionals: Bool) -> Trouble {
        Trouble(
            failures: Int(seed), since: instant(seed + 1), lastAt: instant(seed + 2),
            retryAt: optionals ? instant(seed + 3) : nil, kind: .rateLimited, code: "code-\(seed)",
            message: "message-\(seed)", remedy: "remedy-\(seed)", step: optionals ? "step" : nil,
            output: optionals ? "out\0put" : nil, told: .quarter, needsAttention: true, felt: Int(seed + 4),
            version: optionals ? Int(seed + 5) : nil, basis: "basis-\(seed)",
            turns: optionals
                ? IssuerTurns(from: instant(seed + 6), firstRetryAt: instant(seed + 7), isFirstsTurn: true) : nil)
    }

    static func fullRenewal(_ certificate: Int64) -> RenewalState {
        var state = RenewalState(certificate: certificate)
        state.current = 3
        state.life = life(10)
        state.storedAt = instant(11)
        state.issuedHere = false
        state.revokedAt = instant(12)
        state.advice = .init(start: instant(13), end: instant(14), firstStart: instant(15), learnt: instant(16))
        state.adviceDue = instant(17)
        state.adviceExplanation = "https://ca.example/incident"
        state.earlyFollowedAt = instant(18)
        state.earlyFollowedVersion = 2
        state.generation = 4
        state.renewalsDone = 5
        state.reissuesDone = 6
        state.barred = "the issuer ends first"
        state.trouble = trouble(20, optionals: true)
        return state
    }

    static func version(_ certificate: Int64, _ number: Int, ends: Int64 = 900) -> VersionRecord {
        VersionRecord(
            certificate: certificate, number: number, predecessor: number - 1, subjects: [.dns("a.example.com")],
            fingerprint: fingerprint(UInt8(truncatingIfNeeded: 10 * Int(certificate) + number)), serial: "0\(number)",
            issuerName: "CN=Issuer", life: Life(notBefore: instant(0), notAfter: instant(ends)), storedAt: instant(5),
            source: .issued, keyType: nil, issuer: "local")
    }

    static func fullVersion(_ certificate: Int64) -> VersionRecord {
        var record = VersionRecord(
            certificate: certificate, number: 4, predecessor: 3,
            subjects: [.dns("b.example.com"), .ip([10, 0, 0, 1])],
            fingerprint: fingerprint(0x51), serial: "0a1b", issuerName: "CN=Other", life: life(30),
            storedAt: instant(31), source: .imported, keyType: .ecdsaP384, issuer: "acme", followsLateRule: true)
        record.revokedAt = instant(32)
        return record
    }

    static let material = VersionMaterial(chain: [data(1, 300), data(2, 3), Data()], sealedKey: data(3, 90))
    static let keyless = VersionMaterial(chain: [data(4, 10)], sealedKey: nil)

    static func intent(_ certificate: Int64, predecessor: Int = 0, generation: Int = 0) -> IntentRecord {
        IntentRecord(
            certificate: certificate, predecessor: predecessor, generation: generation, requestDigest: data(5),
            sealedKey: data(6, 48), issuer: "local", subjects: [.dns("a.example.com")], openedAt: instant(40),
            cause: .daysBefore(30), renewalsAsked: 1, reissuesAsked: 2)
    }

    static func fullIntent(_ certificate: Int64) throws -> IntentRecord {
        var record = intent(certificate, predecessor: 7, generation: 3)
        record.phase = .finalizing
        record.step = .ordered
        record.handle = try Handle(["order": "17"], format: 2)
        record.pendingUntil = instant(41)
        record.cause = .targetNeedsOne(.lacksName)
        return record
    }

    static func placement(_ id: Int64, of certificate: Int64, target: String = "web-1") -> PlacementRecord {
        PlacementRecord(id: id, certificate: certificate, profile: "edge", target: target, createdAt: instant(50))
    }

    static func fullPlacement(_ id: Int64, of certificate: Int64) -> PlacementRecord {
        var record = PlacementRecord(
            id: id, certificate: certificate, profile: "mail", target: "mx-1", createdAt: instant(51))
        record.held = .init(
            number: 2, fingerprint: fingerprint(0x61), life: life(52), delivery: "delivery", since: instant(53))
        record.sequence = 9
        record.proof = ProofRecord(outcome: .different, at: instant(54), lines: ["one", "two"])
        record.trouble = trouble(60, optionals: false)
        record.wishesDone = 3
        record.sweepDue = instant(55)
        record.askedFor = 4
        return record
    }

    static func fullWish(_ placement: Int64) -> PlacementWish {
        var wish = PlacementWish(placement: placement)
        wish.asked = 2
        wish.deed = .rollback(to: 3)
        wish.by = "anna"
        wish.reason = "it broke"
        wish.hold = .init(untilReleased: true, newest: 4, by: "bert", reason: "hold it", since: instant(70))
        wish.notSooner = instant(71)
        wish.answer = .publish
        wish.answerFor = 5
        wish.takesOver = true
        return wish
    }

    /// A wish as it comes back after `changes`: each counts its revision on.
    static func stored(_ wish: PlacementWish, changes: Int64 = 1) -> PlacementWish {
        var stored = wish
        stored.revision = changes
        return stored
    }

    static func publication(_ placement: Int64, _ sequence: Int) -> PublicationRecord {
        PublicationRecord(
            placement: placement, sequence: sequence, version: sequence, delivery: "d\(sequence)", cause: .afterRenew,
            isLastResort: false, startedAt: instant(80))
    }

    static func fullPublication(_ placement: Int64) throws -> PublicationRecord {
        var record = PublicationRecord(
            placement: placement, sequence: 6, version: 7, delivery: "delivery-6", cause: .daysBeforeClamped(9),
            isLastResort: true, startedAt: instant(81))
        record.state = .rollingBack
        record.failedStep = .reload
        record.step = .switched
        record.handle = try Handle(["live": "a"], format: 3)
        record.receipt = Receipt(
            effect: .changed, atomic: true, handle: try Handle(["old": "b"], format: 4), remarks: ["kept 3"])
        record.endedAt = instant(82)
        return record
    }

    static func attempt(_ work: WorkKey, certificate: Int64, ended: Int64 = 91) -> AttemptRecord {
        AttemptRecord(
            work: work, certificate: certificate, startedAt: instant(90), endedAt: instant(ended), outcome: .succeeded)
    }

    static func fullAttempt(_ work: WorkKey, certificate: Int64) -> AttemptRecord {
        AttemptRecord(
            work: work, certificate: certificate, target: "edge/web-1", version: 4, serves: 6,
            startedAt: instant(92), endedAt: instant(93), outcome: .failed, kind: .conflict, code: "code",
            message: "message",
            remedy: "remedy", step: "reload", output: "line\0\u{1F511}", notes: ["a", "b"])
    }

    static func notice(_ id: Int64) -> NoticeRecord {
        NoticeRecord(
            id: id, notice: Notice(id: "n\(id)", title: "title", body: "body"), level: .first, createdAt: instant(100))
    }

    static func fullNotice(_ id: Int64) -> NoticeRecord {
        var record = NoticeRecord(
            id: id, notice: Notice(id: "full", title: "title", body: "body", certificate: "c"), level: .tenth,
            createdAt: instant(101))
        record.failures = 3
        record.sentAt = instant(102)
        record.lastFailure = "no route"
        return record
    }

    static func event(_ kind: String = "test.happened", certificate: String = "", at seconds: Int64 = 110) -> EventDraft
    {
        EventDraft(at: instant(seconds), actor: "anna", kind: kind, certificate: certificate)
    }

    static let fullEvent = EventDraft(
        at: instant(111), actor: "bert", kind: "version.stored", certificate: "c", subject: "edge/web-1",
        reason: "because\0of \"this\"", detail: ["b": "2\n", "a": "\u{1}\\ü", "": "empty"])
}
