import Automation
import Foundation
import Profiles
import Runner
import Storage
import Testing

@testable import Server

@Suite("the review of a flow, and two people who change it")
struct FlowReviewTests {
    @Test("what changes stands in the order of the form, what stays is counted")
    func changes() throws {
        var draft = FlowSamples.flow
        draft.rules.renewIn = .beforeExpiration(days: 7)
        draft.rules.publishOn = .afterPreviousExpiry
        draft.rules.window = FlowSamples.window([.tuesday, .wednesday], [0, 1])
        let review = FlowReview(
            FlowSamples.preview(draft), draft: draft, saved: FlowSamples.flow, savedPreview: FlowSamples.preview(),
            profiles: FlowSamples.profiles)
        #expect(review.changes.map(\.title) == ["Days", "Publish on", "Days and periods for executions"])
        #expect(review.changes.first?.saved == "15 days" && review.changes.first?.draft == "7 days")
        #expect(review.changes.last?.draft == "Tuesday and Wednesday, 12:00 AM - 04:00 AM and 04:00 AM - 08:00 AM")
        #expect(review.stayWords == "8 settings stay")
        #expect(review.result?.saved.hasPrefix("no gap; ") == true)
        #expect(review.result?.draft.contains("gaps, ") == true)
    }

    @Test("everything is said in words, with hours and what the clock does")
    func words() throws {
        let review = FlowReview(
            FlowSamples.preview(), draft: FlowSamples.flow, saved: FlowSamples.flow, savedPreview: nil,
            profiles: FlowSamples.profiles)
        #expect(review.changes.isEmpty && review.result == nil)
        #expect(review.paragraphs.map(\.title) == ["Renovation", "Publishing", "Window", "If it fails"])
        let texts = review.paragraphs.map(\.text)
        #expect(
            texts[0].hasPrefix("Auto-renewal is on. www.example.com is renewed 15 days before expiration, about every ")
        )
        #expect(texts[1].contains("web-1 and web-2 through nginx-fleet, as soon as it is stored"))
        #expect(texts[2].contains("Both run on Sunday and Saturday, 12:00 AM - 04:00 AM and 04:00 AM - 08:00 AM"))
        #expect(texts[2].contains("Europe/Berlin: 16 of 168 hours a week"))
        #expect(
            texts[2].contains(
                "On Sun 28 Mar 2027 the clock skips 02:00-03:00, so the period 00:00-04:00 lasts 3 hours."))
        #expect(
            texts[2].contains(
                "On Sun 31 Oct 2027 the clock repeats 02:00-03:00, so the period 00:00-04:00 lasts 5 hours."))
    }

    @Test("joined blocks of a window are named once")
    func blocks() {
        var cells = Cells.none
        cells[.saturday, Period.all[5]] = true
        cells[.sunday, Period.all[0]] = true
        let words = WindowWords(Window(cells, zone: .utc))
        #expect(words.summary == "Open 8 of 168 hours a week: Sat 20:00 - Sun 04:00.")
        #expect(words.clockChanges(from: FlowSamples.now) == [])
        #expect(WindowWords(.always).choice == "all days, all periods")
        #expect(WindowWords(Window(.none, zone: .utc)).summary == "Open 0 of 168 hours a week: never.")
    }

    @Test("a midnight that the clock skips or repeats is told with its day")
    func midnight() throws {
        let cairo = try #require(ZoneTable.shared["Africa/Cairo"])
        let remarks = WindowWords(Window(.all, zone: cairo)).clockChanges(from: FlowSamples.now)
        #expect(
            remarks == [
                "On Fri 30 Apr 2027 the clock skips 00:00-01:00, so the period 00:00-04:00 lasts 3 hours.",
                "On Thu 28 Oct 2027 the clock repeats 23:00-00:00, so the period 20:00-24:00 lasts 5 hours.",
            ])
    }

    @Test("saving tells each setting before and after in one event, and makes the next revision")
    func saving() async throws {
        let house = try await FlowHouse()
        let before = try await house.overview().certificate
        var flow = before.flow
        flow.rules.renewIn = .onExpiration
        let saved = try await house.desk.setFlow(FlowSamples.name, to: flow, revision: before.revision)
        let stored = try await house.overview().certificate
        #expect(stored == saved && stored.flow == flow && stored.revision == before.revision + 1)
        let events = try await house.ledger.latestEvents(certificate: FlowSamples.name, limit: 10)
        let event = try #require(events.first)
        #expect(events.count == 1 && event.draft.kind == "flow.changed" && event.draft.actor == "anna")
        #expect(event.draft.detail["renewal, before"] == "15 days before expiration")
        #expect(event.draft.detail["renewal, after"] == "on expiration")
        #expect(event.draft.detail["what"] == "renewal: 15 days before expiration -> on expiration")
        let again = try await house.desk.setFlow(FlowSamples.name, to: flow, revision: saved.revision)
        #expect(again == saved, "nothing to change, nothing changed")
    }

    @Test("saving on an older revision is refused, and changes nothing")
    func conflict() async throws {
        let house = try await FlowHouse()
        let before = try await house.overview().certificate
        var flow = before.flow
        flow.rules.earlier = false
        let saved = try await house.desk.setFlow(FlowSamples.name, to: flow, revision: before.revision)
        flow.rules.lastResort = .publish
        do {
            _ = try await house.desk.setFlow(FlowSamples.name, to: flow, revision: before.revision)
            Issue.record("it was saved")
        } catch let refusal as DeskRefusal {
            #expect(refusal.code == DeskRefusal.flowConflict)
        }
        #expect(try await house.overview().certificate == saved)
    }

    @Test("a new profile gets its targets, and the renewal is scheduled anew")
    func hastens() async throws {
        let house = try await FlowHouse()
        let before = try await house.overview()
        var flow = before.certificate.flow
        flow.profiles = ["haproxy-edge"]
        _ = try await house.desk.setFlow(FlowSamples.name, to: flow, revision: before.certificate.revision)
        let after = try await house.overview()
        let added = try #require(after.placements.first { $0.name == "haproxy-edge/lb" })
        #expect(try await house.ledger.due(WorkKey(.publication, added.id))?.at == FlowSamples.now)
        for placement in before.placements {
            #expect(try await house.ledger.due(WorkKey(.publication, placement.id))?.at == FlowSamples.now)
        }
        #expect(try await house.ledger.due(WorkKey(.renewal, after.certificate.id)) != nil)
    }

    @Test("the second of two is told who saved what, and can put the own changes on top")
    func twoPeople() async throws {
        let house = try await FlowHouse()
        let before = try await house.overview().certificate
        var mine = FlowDraft(before.flow, revision: before.revision)
        mine.publishOn = "on-previous-expiry"
        mine.days = "7"
        mine.reason = "fewer surprises"
        var theirs = before.flow
        theirs.rules.renewIn = .beforeExpiration(days: 3)
        theirs.rules.lastResort = .publish
        let saved = try await house.desk.setFlow(FlowSamples.name, to: theirs, revision: before.revision)
        let events = try await house.ledger.latestEvents(certificate: FlowSamples.name, limit: 10)
        let reading = FlowReading(mine, saved: saved.flow, profiles: FlowSamples.profiles)
        let conflict = try #require(FlowConflict(mine, mine: reading.flow, saved: saved, events: events))
        #expect(conflict.saver == FlowConflict.Saver(name: "anna", at: FlowSamples.now))
        #expect(conflict.changedThere?.map(\.setting) == [.days, .lastResort])
        #expect(conflict.touching == [.days])
        let rebased = conflict.rebased
        let top = FlowReading(rebased, saved: saved.flow, profiles: FlowSamples.profiles)
        #expect(top.revision == saved.revision && rebased.reason == "fewer surprises")
        #expect(top.flow.rules.renewIn == .beforeExpiration(days: 7), "mine, where both changed it")
        #expect(top.flow.rules.lastResort == .publish, "theirs, where only they did")
        #expect(top.flow.rules.publishOn == .onPreviousExpiry, "mine, where only I did")
        #expect(FlowConflict(rebased, mine: top.flow, saved: saved, events: events) == nil)
    }

    @Test("where others changed the certificate but not its flow, the draft goes on")
    func otherChange() async throws {
        let house = try await FlowHouse()
        let before = try await house.overview().certificate
        var draft = FlowDraft(before.flow, revision: before.revision)
        draft.renewal = "no"
        _ = try await house.desk.pause(.name(FlowSamples.name), until: nil)
        let saved = try await house.overview().certificate
        #expect(saved.revision != before.revision)
        let flow = FlowReading(draft, saved: saved.flow, profiles: FlowSamples.profiles).flow
        #expect(FlowConflict(draft, mine: flow, saved: saved, events: []) == nil)
        let refreshed = draft.refreshed(for: saved)
        #expect(refreshed.revision == String(saved.revision) && refreshed.renewal == "no")
        draft.base = "junk"
        #expect(draft.refreshed(for: saved) == draft)
        #expect(FlowConflict(draft, mine: flow, saved: saved, events: [])?.changedThere == nil)
    }
}
