import Foundation
import Testing

@testable import Automation

/// Rules of the design, section 3, that the worked examples do not reach.
@Suite("planning keeps the rules that have no example")
struct PlannerRuleTests {
    static let start = Instant(seconds: 1_800_000_000)  // a Friday
    static let life = Life(notBefore: start, notAfter: start + .days(90))

    func situation(_ change: (inout RenewalSituation) -> Void = { _ in }) -> RenewalSituation {
        var situation = RenewalSituation(life: Self.life, storedAt: Self.start, spread: Spread(share: 0))
        change(&situation)
        return situation
    }

    func window(_ days: [Weekday], _ periods: [String]) throws -> Window {
        Window(Cells(days: days, periods: try periods.map { try #require(Period(name: $0)) }), zone: .utc)
    }

    @Test("a version that we issued is never due before a tenth of the life it had left")
    func guardHolds() {
        let late = situation { $0.storedAt = Self.start + .days(80) }
        let rules = FlowRules(renewIn: .beforeExpiration(days: 30))
        #expect(RenewalPlanner(rules).due(late).0 == Self.start + .days(81))
        var imported = late
        imported.issuedHere = false
        #expect(RenewalPlanner(rules).due(imported).0 == Self.start + .days(60))
    }

    @Test("the CA's advice picks the moment for Automatic, and nothing is added")
    func advicePicks() throws {
        let advised = situation {
            $0.advice = .init(
                start: Self.start + .days(59), end: Self.start + .days(61), firstStart: Self.start + .days(59),
                learnt: Self.start)
            $0.spread = Spread(share: .max / 2)
        }
        let run = try #require(RenewalPlanner(FlowRules()).plan(advised, now: Self.start))
        #expect(run.cause == .advised)
        #expect(run.earliest == run.latest)
        #expect(run.at >= Self.start + .days(59) && run.at < Self.start + .days(61))
    }

    @Test("the CA's advice leaves the other rules alone unless it is early")
    func adviceIsNotForOtherRules() throws {
        let advised = situation {
            $0.advice = .init(
                start: Self.start + .days(59), end: Self.start + .days(61), firstStart: Self.start + .days(59),
                learnt: Self.start)
        }
        let run = RenewalPlanner(FlowRules(renewIn: .beforeExpiration(days: 15))).plan(advised, now: Self.start)
        #expect(run?.due == Self.start + .days(75))
    }

    @Test(
        "an early request of the CA is due at once under every rule, with a day's deadline",
        arguments: [
            RenewIn.automatic, .beforeExpiration(days: 15), .onExpiration, .afterExpiration(days: 7),
        ])
    func earlyAdvice(rule: RenewIn) throws {
        let learnt = Self.start + .days(5)
        let early = situation {
            $0.advice = .init(
                start: Self.start - .days(2), end: Self.start - .days(1), firstStart: Self.start + .days(59),
                learnt: learnt)
        }
        let planner = RenewalPlanner(FlowRules(renewIn: rule))
        let run = try #require(planner.plan(early, now: learnt))
        #expect(run.cause == .advisedEarly && run.at == learnt)
        #expect(run.deadline == learnt + .hours(24))
        var used = early
        used.earlyAllowed = false
        #expect(planner.plan(used, now: learnt)?.cause != .advisedEarly)
        #expect(planner.deadline(used) != learnt + .hours(24), "what may not be followed sets no deadline")
    }

    @Test("an advice that ends before it starts is no advice")
    func invertedAdvice() {
        let inverted = situation {
            $0.advice = .init(
                start: Self.start + .days(61), end: Self.start + .days(59), firstStart: Self.start + .days(59),
                learnt: Self.start)
        }
        #expect(RenewalPlanner(FlowRules()).due(inverted).0 == Self.start + .days(60))
        let early = situation {
            $0.advice = .init(
                start: Self.start + .days(2), end: Self.start + .days(1), firstStart: Self.start + .days(59),
                learnt: Self.start)
        }
        #expect(RenewalPlanner(FlowRules()).due(early).1 == .automatic)
        #expect(RenewalPlanner(FlowRules()).deadline(early) == Self.life.deadline)
    }

    @Test("the renewal of a revoked version needs no window")
    func revokedNeedsNoWindow() throws {
        let learnt = Self.start + .days(3)
        let revoked = situation { $0.revokedAt = learnt }
        let closed = FlowRules(window: try window([.monday], ["00:00-04:00"]))
        let run = try #require(RenewalPlanner(closed).plan(revoked, now: learnt + .hours(1)))
        #expect(run.at == learnt + .hours(1) && run.ignoresWindow && run.deadline == learnt + .hours(24))
    }

    @Test("a failed try waits for its hour and for the window, then goes outside rather than past the deadline")
    func retryKeepsTheWindow() throws {
        let rules = FlowRules(renewIn: .beforeExpiration(days: 3), window: try window([.tuesday], ["00:00-04:00"]))
        let failed = situation { $0.retryAt = Self.start + .days(70) }
        let run = try #require(RenewalPlanner(rules).plan(failed, now: Self.start + .days(70)))
        #expect(rules.window.isOpen(at: run.at) && run.at > Self.start + .days(70))
        let late = situation { $0.retryAt = Self.start + .days(89) }
        let last = try #require(RenewalPlanner(rules).plan(late, now: Self.start + .days(89)))
        #expect(last.move == .outside && last.at == Self.start + .days(89))
    }

    @Test("a version that no target will hold in time is renewed for its publication")
    func successorForPublication() throws {
        let publication = Self.start + .days(300)
        let unheld = situation { $0.unheldPublication = publication }
        let run = try #require(RenewalPlanner(FlowRules(publicationEnabled: true)).plan(unheld, now: Self.start))
        #expect(run.cause == .successorForPublication && run.at == publication - .days(1))
        let late = RenewalPlanner(FlowRules(renewIn: .afterExpiration(days: 3), publicationEnabled: true))
        #expect(late.plan(unheld, now: Self.start)?.cause == .successorForPublication, "an expired one is no use there")
        let soon = situation { $0.unheldPublication = Self.start + .days(20) }
        #expect(RenewalPlanner(FlowRules(publicationEnabled: true)).plan(soon, now: Self.start)?.cause == .automatic)
    }

    @Test("what was moved earlier and did not come off goes on while its publication period is open, and not after it")
    func missedEarlier() throws {
        let wednesday = try #require(Instant(rfc3339: "2027-01-13T00:00:00Z"))
        let friday = wednesday + .days(2)
        let rules = FlowRules(
            publicationEnabled: true, window: .always,
            publicationWindow: try window([.friday], ["04:00-08:00", "08:00-12:00"]))
        var situation = RenewalSituation(
            life: Life(notBefore: wednesday, notAfter: wednesday + .hours(160)), storedAt: wednesday,
            spread: Spread(share: 0))
        let planner = RenewalPlanner(rules)
        let planned = try #require(planner.plan(situation, now: wednesday))
        #expect(planned.at == friday + .hours(8) && planned.move == .earlier)
        let late = try #require(planner.plan(situation, now: friday + .hours(11)))
        #expect(late.at == friday + .hours(11) && late.move == .overdue)
        let over = try #require(planner.plan(situation, now: friday + .hours(12)))
        #expect(over.at == wednesday + .hours(80))
        situation.retryAt = friday + .minutes(690)
        let again = try #require(planner.plan(situation, now: friday + .hours(11)))
        #expect(again.at == friday + .minutes(690))
    }

    @Test("what is overdue runs now where the window is open, and stays planned where it is not")
    func overdue() throws {
        let now = Self.start + .days(70)
        let run = try #require(RenewalPlanner(FlowRules()).plan(situation(), now: now))
        #expect(run.at == now && run.move == .overdue)
        let rules = FlowRules(window: try window([.monday], ["08:00-12:00"]))
        let waits = try #require(RenewalPlanner(rules).plan(situation(), now: now))
        #expect(waits.at > now && rules.window.isOpen(at: waits.at))
    }

    @Test("a plan does not move while time passes")
    func planIsStable() throws {
        var random = SeededGenerator(seed: 99)
        for _ in 0..<500 {
            let cells = Cells(bits: UInt64.random(in: 1..<(1 << 42), using: &random))
            let rules = FlowRules(
                renewIn: .beforeExpiration(days: 15), publicationEnabled: true, window: Window(cells, zone: .utc))
            let spread = Spread(share: UInt32.random(in: 0 ... .max, using: &random))
            let known = situation { $0.spread = spread }
            let first = try #require(RenewalPlanner(rules).plan(known, now: Self.start))
            for share in [0.1, 0.5, 0.9, 0.999] {
                let later = Self.start + Span(seconds: Int64(Double((first.at - Self.start).seconds) * share))
                #expect(RenewalPlanner(rules).plan(known, now: later)?.at == first.at)
            }
        }
    }

    // MARK: Publications

    func publication(_ change: (inout PublicationSituation) -> Void = { _ in }) -> PublicationSituation {
        var situation = PublicationSituation(
            held: .init(life: Self.life), notBefore: Self.start + .days(60), wantedSince: Self.start + .days(60))
        change(&situation)
        return situation
    }

    @Test("a target that holds nothing waits for the window, but has no deadline")
    func emptyTarget() throws {
        let rules = FlowRules(
            publicationEnabled: true, publishOn: .onPreviousExpiry, window: try window([.monday], ["00:00-04:00"]))
        let run = try #require(
            PublicationPlanner(rules).plan(publication { $0.held = nil }, now: Self.start + .days(60)))
        #expect(run.cause == .targetNeedsOne(.nothing) && run.deadline == nil && rules.window.isOpen(at: run.at))
    }

    @Test("what is expired, revoked, lacks a name or was asked for early is replaced at once, whatever is chosen")
    func atOnce() throws {
        let rules = FlowRules(publicationEnabled: true, publishOn: .afterPreviousExpiry)
        let now = Self.start + .days(60)
        let cases: [(PublicationSituation.Held, Cause)] = [
            (.init(life: Self.life, revokedAt: now), .targetNeedsOne(.revoked)),
            (.init(life: Self.life, lacksName: true), .targetNeedsOne(.lacksName)),
            (.init(life: Self.life, advisedEarlyAt: now), .targetNeedsOne(.advisedEarly)),
            (.init(life: Life(notBefore: Self.start, notAfter: Self.start + .days(10))), .targetNeedsOne(.expired)),
        ]
        for (held, cause) in cases {
            let run = try #require(PublicationPlanner(rules).plan(publication { $0.held = held }, now: now))
            #expect(run.cause == cause && run.at == now)
        }
    }

    @Test("a version is never published before it begins")
    func notBefore() throws {
        let begins = Self.start + .days(61)
        let run = PublicationPlanner(FlowRules(publicationEnabled: true))
            .plan(publication { $0.notBefore = begins }, now: Self.start + .days(60))
        #expect(run?.at == begins)
    }

    @Test("no replacement makes a publication later")
    func inheritsDue() throws {
        let rules = FlowRules(publicationEnabled: true)
        let run = PublicationPlanner(rules).plan(
            publication { $0.inheritedDue = Self.start + .days(50) }, now: Self.start + .days(60))
        #expect(run?.due == Self.start + .days(60), "not before its own notBefore")
        let waiting = publication {
            $0.notBefore = Self.start
            $0.inheritedDue = Self.start + .days(50)
        }
        #expect(PublicationPlanner(rules).plan(waiting, now: Self.start + .days(60))?.due == Self.start + .days(50))
    }

    @Test("the answer to Ask me decides in place of the flow")
    func answer() throws {
        let rules = FlowRules(
            publicationEnabled: true, lastResort: .ask, window: try window([.friday], ["00:00-04:00"]))
        let late = publication { $0.wantedSince = Self.start + .days(89) + .hours(16) }
        let now = late.wantedSince
        #expect(PublicationPlanner(rules).plan(late, now: now)?.move == .asks)
        var answered = late
        answered.answer = .publish
        #expect(PublicationPlanner(rules).plan(answered, now: now)?.move == .outside)
        answered.answer = .wait
        #expect(PublicationPlanner(rules).plan(answered, now: now)?.move == .waits)
    }

    @Test("a publication that follows a late renewal has no deadline")
    func followsLate() {
        let rules = FlowRules(renewIn: .afterExpiration(days: 3), publicationEnabled: true)
        #expect(PublicationPlanner(rules).deadline(publication { $0.followsLateRenewal = true }) == nil)
        #expect(PublicationPlanner(rules).deadline(publication()) == Self.life.deadline)
    }

    @Test("what its chain ends is expired, however long the leaf would live", arguments: PublishOn.allCases)
    func chainExpires(publishOn: PublishOn) throws {
        let cut = Life(notBefore: Self.start, notAfter: Self.start + .days(90), chainNotAfter: Self.start + .days(70))
        let run = PublicationPlanner(FlowRules(publicationEnabled: true, publishOn: publishOn))
            .plan(publication { $0.held = .init(life: cut) }, now: Self.start + .days(60))
        #expect(try #require(run).at <= Self.start + .days(70))
    }

    @Test("an open instant before the deadline is used, though it leaves no room")
    func tightPeriod() throws {
        let tuesday = Self.start + .days(3) + .hours(16)
        let held = Life(
            notBefore: Self.start - .days(60), notAfter: Self.start + .days(30),
            chainNotAfter: tuesday + .minutes(30) + .hours(6))
        let rules = FlowRules(
            publicationEnabled: true, publishOn: .onPreviousExpiry, window: try window([.tuesday], ["00:00-04:00"]))
        let run = PublicationPlanner(rules).plan(
            .init(held: .init(life: held), notBefore: Self.start, wantedSince: Self.start), now: Self.start)
        #expect(run?.at == tuesday && run?.move == .earlier && run?.deadline == tuesday + .minutes(30))
    }

    @Test("a rollback needs no window")
    func rollbackNeedsNoWindow() {
        let run = PlannedRun(due: Self.start, at: Self.start, cause: .rolledBack, move: .none, deadline: nil)
        #expect(run.ignoresWindow)
    }

    @Test("the earliest end in the chain is what counts for deadlines")
    func chainEndsFirst() {
        let short = Life(notBefore: Self.start, notAfter: Self.start + .days(90), chainNotAfter: Self.start + .days(50))
        #expect(short.deadline == Self.start + .days(50) - .hours(6))
        let run = RenewalPlanner(FlowRules(renewIn: .beforeExpiration(days: 15)))
            .plan(situation { $0.life = short }, now: Self.start)
        #expect(run?.due == short.deadline - .days(5) && run?.move == Move.none)
    }

    @Test("a chain that ends before a third of the leaf's life is replaced in time, in the window or outside")
    func chainEndsEarly() throws {
        let cut = Life(notBefore: Self.start, notAfter: .distantFuture, chainNotAfter: Self.start + .days(100))
        for window in [Window.always, try window([.monday], ["00:00-04:00"]), Window(.none, zone: .utc)] {
            let rules = FlowRules(publicationEnabled: true, window: window)
            let run = RenewalPlanner(rules).plan(situation { $0.life = cut }, now: Self.start)
            #expect(run.map { $0.at < cut.deadline } ?? window.cells.isEmpty)
        }
    }
}
