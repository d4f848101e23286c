import Foundation
import Testing

@testable import Automation

@Suite("policies decide by values alone")
struct PolicyTests {
    static let now = Instant(seconds: 1_800_000_000)
    static let long = Life(notBefore: now, notAfter: now + .days(90))

    func next(
        _ failures: Int, _ kind: RetryPolicy.Kind = .passing, _ stage: RetryPolicy.Stage = .issuing,
        at now: Instant = PolicyTests.now, replaced: Life? = PolicyTests.long, retryAfter: Instant? = nil,
        share: UInt32 = .max / 2
    ) -> Span {
        RetryPolicy.next(
            after: failures, kind: kind, stage: stage, at: now, replaced: replaced, retryAfter: retryAfter,
            share: share) - now
    }

    @Test(
        "tries follow after 1, 10 and 100 minutes, then daily", arguments: zip(1...6, [1, 10, 100, 1440, 1440, 1440]))
    func retryTable(failures: Int, minutes: Int64) {
        #expect(abs(next(failures).seconds - minutes * 60) <= 1)
    }

    @Test("pauses vary by a fifth, and no more", arguments: 1...5)
    func jitter(failures: Int) {
        let middle = next(failures).seconds
        #expect(abs(next(failures, share: 0).seconds - middle * 4 / 5) <= 2)
        #expect(abs(next(failures, share: .max).seconds - middle * 6 / 5) <= 2)
    }

    @Test("no pause is longer than a tenth of what is left, and from the third on none is shorter than its floor")
    func bounds() {
        let nearEnd = Self.long.notAfter - .hours(5)
        #expect(next(4, at: nearEnd) == .minutes(30))
        #expect(next(2, at: Self.long.notAfter - .minutes(50)) == .minutes(5))
        #expect(next(3, at: Self.long.notAfter - .minutes(50)) == .minutes(15))
        #expect(next(3, .passing, .publishing, at: Self.long.notAfter - .minutes(20)) == .minutes(5))
        let short = Life(notBefore: Self.now, notAfter: Self.now + .minutes(10))
        #expect(next(3, at: Self.now + .minutes(9), replaced: short) == .seconds(30))
    }

    @Test("after expiry tries are hourly")
    func afterExpiry() { #expect(next(9, at: Self.long.notAfter + .days(2)) == .hours(1)) }

    @Test("Retry-After is never undercut")
    func retryAfter() {
        let wish = Self.now + .days(3)
        #expect(next(1, retryAfter: wish) == .days(3))
        #expect(next(1, at: Self.long.notAfter - .minutes(10), retryAfter: Self.long.notAfter) == .minutes(10))
    }

    @Test("what needs a person is tried daily, and hourly in the last tenth")
    func needsPerson() {
        #expect(next(1, .needsPerson) == .days(1))
        #expect(next(1, .needsPerson, at: Self.long.notAfter - .days(5)) == .hours(1))
        #expect(next(1, .needsPerson, replaced: nil) == .days(1))
    }

    @Test("a breaker opens after five failures in a row, lets one try through, and closes at a success")
    func breaker() {
        var breaker = Breaker()
        for _ in 0..<4 { breaker.failed(at: Self.now) }
        #expect(!breaker.isOpen(at: Self.now))
        breaker.failed(at: Self.now)
        #expect(breaker.isOpen(at: Self.now) && !breaker.isOpen(at: Self.now + .minutes(1)))
        breaker.failed(at: Self.now + .minutes(1))
        #expect(breaker.openUntil == Self.now + .minutes(3))
        for _ in 0..<20 { breaker.failed(at: Self.now) }
        #expect(breaker.openUntil == Self.now + .minutes(15))
        breaker.succeeded()
        #expect(!breaker.isOpen(at: Self.now))
    }

    @Test("a breaker opens at once where the other side says when to come again, for a quarter of an hour at most")
    func patience() {
        var breaker = Breaker()
        breaker.failed(at: Self.now, wish: Self.now + .minutes(5))
        #expect(breaker.openUntil == Self.now + .minutes(5))
        breaker.failed(at: Self.now, wish: Self.now + .minutes(2))
        #expect(breaker.openUntil == Self.now + .minutes(5))
        breaker.failed(at: Self.now, wish: Self.now + .days(1))
        #expect(breaker.openUntil == Self.now + .minutes(15))
        breaker.failed(at: Self.now, wish: Self.now - .minutes(1))
        #expect(breaker.openUntil == Self.now + .minutes(15))
    }

    @Test(
        "alerts leave at the first failure, then at 50, 25 and 10 % of the remaining life",
        arguments: [
            (0.9, AlertPolicy.Level.first), (0.51, .first), (0.5, .half), (0.25, .quarter), (0.1, .tenth),
            (0, .expired),
        ])
    func alerts(left: Double, level: AlertPolicy.Level) {
        let now = Self.long.notAfter - Span(seconds: Int64(Double(Self.long.length.seconds) * left))
        #expect(AlertPolicy.level(failures: 1, atStake: Self.long, now: now) == level)
        #expect(AlertPolicy.level(failures: 0, atStake: Self.long, now: now) == .none)
    }

    @Test("a rollout starts with the first few, then a share at a time, and stops at a failure")
    func rollout() {
        let rollout = Rollout(first: 1, then: .percent(50), stopOnFailure: true)
        typealias Standing = Rollout.Standing
        func admitted(_ standings: [Standing]) -> [Int] {
            standings.indices.filter { rollout.admission(of: $0, among: standings) == .admitted }
        }
        #expect(admitted(Array(repeating: .outstanding, count: 5)) == [0])
        #expect(admitted([.done, .outstanding, .outstanding, .outstanding, .outstanding]) == [0, 1, 2, 3])
        #expect(admitted([.done, .done, .done, .outstanding, .outstanding]) == [0, 1, 2, 3])
        #expect(admitted([.done, .done, .done, .done, .outstanding]) == [0, 1, 2, 3, 4])
        #expect(rollout.admission(of: 2, among: [.failed, .outstanding, .outstanding]) == .stopped)
        var goesOn = rollout
        goesOn.stopOnFailure = false
        #expect(goesOn.admission(of: 1, among: [.failed, .outstanding, .outstanding]) == .admitted)
        let huge = Rollout(first: 1, then: .count(.max), stopOnFailure: true)
        #expect(huge.admission(of: 2, among: [.done, .outstanding, .outstanding]) == .admitted)
        #expect(Rollout.allAtOnce.admission(of: 7, among: Array(repeating: .outstanding, count: 9)) == .admitted)
    }

    func candidate(_ number: Int, revoked: Bool = false) -> Wanted.Candidate {
        .init(number: number, notBefore: number > 8 ? Self.now + .days(1) : Self.now, isRevoked: revoked)
    }

    func wanted(
        _ versions: [Wanted.Candidate], held: Int? = nil, enabled: Bool = true, byHand: Bool = false,
        managed: Bool = true, retired: Bool = false
    ) -> Wanted {
        Wanted.decide(
            versions: versions, held: held, publicationEnabled: enabled, isHeldByHand: byHand, isManaged: managed,
            isRetired: retired, now: Self.now)
    }

    @Test("a version that starts later is wanted, but not where a target lacks the one that is valid")
    func startsLater() {
        #expect(wanted([candidate(9), candidate(3), candidate(2)], held: 3) == .version(9))
        #expect(wanted([candidate(9), candidate(3), candidate(2)], held: 2) == .version(3))
        #expect(wanted([candidate(9), candidate(3), candidate(2)]) == .version(3))
        #expect(wanted([candidate(9), candidate(3, revoked: true), candidate(2)], held: 3) == .version(9))
        #expect(wanted([candidate(9)]) == .version(9))
    }

    @Test("a target should hold the newest version that was not revoked, and never goes back by itself")
    func wantedVersion() {
        #expect(wanted([]) == .nothing(.noVersion))
        #expect(wanted([candidate(3), candidate(2)]) == .version(3))
        #expect(wanted([candidate(3, revoked: true), candidate(2)]) == .version(2))
        #expect(wanted([candidate(3, revoked: true), candidate(2)], held: 3) == .nothing(.revoked))
        #expect(wanted([candidate(3, revoked: true)]) == .nothing(.revoked))
        #expect(wanted([candidate(3)], enabled: false) == .nothing(.publicationOff))
        #expect(wanted([candidate(3)], byHand: true) == .nothing(.held))
        #expect(wanted([candidate(3)], managed: false) == .nothing(.unmanaged))
        #expect(wanted([candidate(3)], retired: true) == .nothing(.retired))
    }

    @Test("drift is repaired, but what is not ours and lives longer is left to a person")
    func drift() {
        let longer = Life(notBefore: Self.now, notAfter: Self.now + .days(365))
        let shorter = Life(notBefore: Self.now, notAfter: Self.now + .days(30))
        #expect(Drift.judge(.expected, ours: Self.long, isHeld: false) == .none)
        #expect(Drift.judge(.nothing, ours: Self.long, isHeld: false) == .repair)
        #expect(Drift.judge(.foreign(shorter), ours: Self.long, isHeld: false) == .repair)
        #expect(Drift.judge(.foreign(longer), ours: Self.long, isHeld: false) == .foreignOutlives)
        #expect(Drift.judge(.ours(shorter), ours: Self.long, isHeld: true) == .none)
        #expect(Drift.judge(.unreachable, ours: Self.long, isHeld: false) == .unknown)
    }

    @Test("a proof needs every address to show our leaf and the chain that was published")
    func proof() {
        let (leaf, issuer, root, other) = (Data([1]), Data([2]), Data([3]), Data([9]))
        func judge(_ answers: [Presented.Answer]) -> Proof.Verdict {
            Proof.judge(
                expected: [leaf, issuer], presented: answers.map { Presented(address: "192.0.2.1:443", answer: $0) },
                describe: { _ in "another" })
        }
        #expect(judge([.chain([leaf, issuer])]) == .serving)
        #expect(judge([.chain([leaf, root, issuer])]) == .serving)
        #expect(judge([]) != .serving)
        #expect(judge([.chain([leaf])]) != .serving)
        #expect(judge([.chain([other, issuer])]) == .different(["192.0.2.1:443: it shows another."]))
        #expect(judge([.chain([leaf, issuer]), .failure("refused")]) == .silent(["refused"]))
    }
}
