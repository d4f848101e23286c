import Foundation
import Testing

@testable import Automation

@Suite("the two machines say what comes next")
struct MachineTests {
    typealias Machine = PublicationMachine

    static let all = Machine.Steps(test: true, reload: true, prove: true, rollback: true)
    static let now = Instant(seconds: 1_800_000_000)

    /// The actions that a machine asks for, given what comes of each.
    func actions(_ steps: Machine.Steps, _ events: [Machine.Event], from state: PublicationState = .waiting)
        -> ([Machine.Action], PublicationState)
    {
        var machine = Machine(state: state, steps: steps)
        var actions = [machine.action]
        for event in events {
            machine.handle(event)
            actions.append(machine.action)
        }
        return (actions, machine.state)
    }

    @Test("all goes well: publish, test, reload, prove, serving")
    func goesWell() {
        let (actions, state) = actions(Self.all, [.published, .passed, .passed, .passed])
        #expect(actions == [.publish, .test, .reload, .prove, .finish] && state == .serving)
    }

    @Test("without a proof it ends as published, not checked", arguments: [true, false])
    func withoutProof(reload: Bool) {
        let steps = Machine.Steps(test: false, reload: reload, prove: false, rollback: true)
        let (_, state) = actions(steps, reload ? [.published, .passed] : [.published])
        #expect(state == .notChecked)
    }

    @Test("a failed reload or proof puts back, reloads and proves what was there", arguments: 2...3)
    func rollsBack(failsAt: Int) {
        let before = Array(repeating: Machine.Event.passed, count: failsAt - 1)
        let (actions, state) = actions(Self.all, [.published] + before + [.failed, .passed, .passed, .passed])
        #expect(actions.suffix(4) == [.restore, .reloadRestored, .proveRestored, .finish] && state == .rolledBack)
    }

    @Test("a failed test puts back what was there, without a reload and a proof: nothing was read yet")
    func failedTest() {
        let (actions, state) = actions(Self.all, [.published, .failed, .passed])
        #expect(actions == [.publish, .test, .restore, .finish] && state == .rolledBack)
    }

    @Test("so does a later start, where the failed test is on record")
    func failedTestResumed() {
        var machine = Machine(state: .rollingBack, failedStep: .test, steps: Self.all)
        #expect(machine.action == .restore)
        machine.handle(.passed)
        #expect(machine.state == .rolledBack)
    }

    @Test("a service that reads by itself is proved after a failed test: it may have read")
    func failedTestWithoutReload() {
        let steps = Machine.Steps(test: true, reload: false, prove: true, rollback: true)
        let (actions, state) = actions(steps, [.published, .failed, .passed, .passed])
        #expect(actions == [.publish, .test, .restore, .proveRestored, .finish] && state == .rolledBack)
    }

    @Test("after a crash a failed test reloads what was put back: it may have been read")
    func failedTestAfterCrash() {
        let (actions, state) = actions(Self.all, [.failed, .passed, .passed, .passed], from: .switched)
        #expect(actions == [.test, .restore, .reloadRestored, .proveRestored, .finish] && state == .rolledBack)
    }

    @Test("what starts over because of others is put back without a reload too")
    func startsOver() {
        var machine = Machine(steps: Self.all)
        machine.handle(.published)
        machine.startOver()
        #expect(machine.action == .publish)
        for event in [Machine.Event.published, .failed, .passed] { machine.handle(event) }
        #expect(machine.state == .rolledBack)
    }

    @Test("a failed publish ends without a rollback: nothing was switched")
    func publishFails() {
        let (actions, state) = actions(Self.all, [.failed])
        #expect(actions == [.publish, .finish] && state == .failed)
    }

    @Test("what was put back is what the target holds, even where it does not serve", arguments: [true, false])
    func putBack(reloads: Bool) {
        var machine = PublicationMachine(steps: Self.all)
        let events: [PublicationMachine.Event] =
            [.published, .passed, .failed] + (reloads ? [.passed, .failed] : [.cannotRestore])
        for event in events { machine.handle(event) }
        #expect(machine.state == .needsAttention && machine.isPutBack == reloads)
    }

    @Test("where nothing may be put back, a person has to look")
    func cannotRestore() {
        let (_, state) = actions(Self.all, [.published, .failed, .cannotRestore])
        #expect(state == .needsAttention)
    }

    @Test("a rollback that fails is tried again from where it was")
    func restoreFails() {
        let (actions, state) = actions(Self.all, [.published, .failed, .failed])
        #expect(actions.last == .restore && state == .rollingBack)
    }

    @Test("what was put back and does not serve needs a person")
    func restoredDoesNotServe() {
        let (_, state) = actions(Self.all, [.published, .passed, .failed, .passed, .passed, .failed])
        #expect(state == .needsAttention)
    }

    @Test("with onFailure: keep, a failed test ends as failed")
    func keeps() {
        let steps = Machine.Steps(test: true, reload: true, prove: true, rollback: false)
        let (_, state) = actions(steps, [.published, .failed])
        #expect(state == .failed)
    }

    @Test(
        "after a crash it goes on from what was stored",
        arguments: [
            (PublicationState.staged, Machine.Action.publish), (.switched, .test), (.tested, .reload),
            (.reloaded, .prove), (.rollingBack, .restore), (.serving, .finish),
        ])
    func resumes(state: PublicationState, action: Machine.Action) {
        #expect(Machine(state: state, steps: Self.all).action == action)
    }

    // MARK: Renewal

    func record(_ change: (inout RenewalRecord) -> Void) -> RenewalRecord {
        let run = PlannedRun(due: Self.now, at: Self.now, cause: .automatic, move: .none, deadline: nil)
        var record = RenewalRecord(
            isRetired: false, isPaused: false, needsAttention: false, run: run, retryAt: nil, intent: nil,
            publicationGoesFirst: false)
        change(&record)
        return record
    }

    func next(_ change: (inout RenewalRecord) -> Void = { _ in }) -> RenewalAction {
        RenewalMachine.next(record(change), now: Self.now)
    }

    @Test("a renewal begins when it is due, and not before")
    func begins() {
        #expect(next() == .openIntent)
        #expect(next { $0.run?.at = Self.now + .hours(1) } == .rest(until: Self.now + .hours(1)))
        #expect(next { $0.run = nil } == .rest(until: nil))
        #expect(next { $0.publicationGoesFirst = true } == .yield)
    }

    @Test("nothing begins while it is paused, retired or needs attention")
    func restsByOrder() {
        #expect(next { $0.isPaused = true } == .rest(until: nil))
        #expect(next { $0.isRetired = true } == .rest(until: nil))
        #expect(next { $0.needsAttention = true } == .rest(until: nil))
    }

    @Test("an intent is finished where it stands, also while the flow is paused")
    func finishesIntent() {
        func intent(_ phase: RenewalRecord.Intent.Phase, matches: Bool = true, pending: Instant? = nil)
            -> RenewalRecord.Intent
        { .init(phase: phase, matchesRequest: matches, pendingUntil: pending) }
        #expect(next { $0.intent = intent(.opened) } == .begin)
        #expect(next { $0.intent = intent(.ordered) } == .resume)
        #expect(
            next {
                $0.intent = intent(.ordered)
                $0.isPaused = true
            } == .resume)
        #expect(
            next { $0.intent = intent(.ordered, pending: Self.now + .minutes(5)) }
                == .rest(until: Self.now + .minutes(5)))
    }

    @Test("a changed certificate abandons an intent before finalize, and never after")
    func abandons() {
        #expect(next { $0.intent = .init(phase: .ordered, matchesRequest: false, pendingUntil: nil) } == .abandonIntent)
        #expect(next { $0.intent = .init(phase: .finalizing, matchesRequest: false, pendingUntil: nil) } == .resume)
    }

    @Test("a failed try of an intent waits for its hour")
    func retries() {
        let action = next {
            $0.intent = .init(phase: .ordered, matchesRequest: true, pendingUntil: nil)
            $0.retryAt = Self.now + .minutes(10)
        }
        #expect(action == .rest(until: Self.now + .minutes(10)))
    }
}
