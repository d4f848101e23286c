import Automation
import Foundation
import Profiles
import Runner
import Storage
import Testing

@testable import Server

@Suite("the preview of a flow")
struct FlowPreviewTests {
    static func flow(_ change: (inout FlowRules) -> Void) -> Flow {
        var flow = FlowSamples.flow
        change(&flow.rules)
        return flow
    }

    @Test("a draft is forecast as the flow is once it is saved")
    func equalsSaved() async throws {
        let drafts = [
            Self.flow { $0.renewIn = .afterExpiration(days: 3) },
            Self.flow { $0.publishOn = .afterPreviousExpiry },
            Self.flow { $0.publicationEnabled = false },
            Flow(rules: FlowRules(publicationEnabled: true), profiles: ["haproxy-edge", "nginx-fleet"]),
            Flow(rules: FlowRules(publicationEnabled: true), profiles: ["haproxy-edge"]),
        ]
        for draft in drafts {
            let house = try await FlowHouse()
            let before = try await house.overview()
            let now = FlowSamples.now
            let preview = try await Foresight(house.outside).preview(of: before, under: draft, now: now)
            _ = try await house.desk.setFlow(
                FlowSamples.name, to: draft, revision: before.certificate.revision)
            let saved = try await Foresight(house.outside).outlook(
                of: try await house.overview(), until: now + FlowPreview.horizon, limit: FlowPreview.limit)
            #expect(preview.runs == saved.forecast.runs)
            #expect(!preview.runs.isEmpty)
        }
    }

    @Test("a flow that is not changed is forecast as it is")
    func unchanged() async throws {
        let house = try await FlowHouse()
        let overview = try await house.overview()
        let foresight = Foresight(house.outside)
        let now = FlowSamples.now
        let preview = try await foresight.preview(of: overview, under: overview.certificate.flow, now: now)
        let outlook = try await foresight.outlook(
            of: overview, until: now + FlowPreview.horizon, limit: FlowPreview.limit)
        #expect(preview.runs == outlook.forecast.runs)
    }

    @Test("after previous certificate expires, each gap is counted once, with its length, and has to be accepted")
    func outages() throws {
        let preview = FlowSamples.preview(Self.flow { $0.publishOn = .afterPreviousExpiry })
        #expect(preview.outages > 5)
        let runs = preview.runs.filter { $0.stage == .publication && $0.target == "nginx-fleet/web-1" }
        let first = try #require(preview.gaps.first)
        #expect(first.from == FlowSamples.life.notAfter)
        #expect(first.to == runs.first?.run.at)
        #expect(first.targets == ["nginx-fleet/web-1", "nginx-fleet/web-2"])
        #expect(first.cause == .rule)
        let warning = try #require(preview.warnings.first { $0.kind == .outageByRule })
        #expect(warning.confirmation == "I accept \(preview.outages) outages in the next year")
        #expect(warning.tab == .publishing && warning.tone == .bad)
        #expect(warning.text.contains("With \"After previous certificate expires\""))
        var draft = FlowDraft(FlowSamples.flow, revision: 1)
        #expect(preview.unconfirmed(draft).contains(warning))
        draft.confirmed = [warning.id]
        #expect(!preview.unconfirmed(draft).contains(warning))
    }

    @Test("a gap that is open where the preview ends is one of the rule's, in the heading and in the box")
    func openGap() throws {
        // Of lives of 100 days the fourth ends within the year, and what follows it lies behind.
        for days in [1, 20, 30, 36] {
            let preview = FlowSamples.preview(
                Self.flow { $0.renewIn = .afterExpiration(days: days) }, newLife: .days(100))
            let warning = try #require(preview.warnings.first { $0.kind == .outageByRule })
            #expect(warning.confirmation == "I accept \(Wording.count(preview.outages, "outage")) in the next year")
            #expect(preview.gaps.allSatisfy { $0.cause == .rule })
        }
    }

    @Test("a confirmation of some outages is none of more")
    func confirmationIsOfThis() throws {
        func id(_ flow: Flow, newLife: Span) throws -> String {
            try #require(FlowSamples.preview(flow, newLife: newLife).warnings.first { $0.kind == .outageByRule }).id
        }
        let flow = Self.flow { $0.publishOn = .afterPreviousExpiry }
        #expect(try id(flow, newLife: .days(47)) == id(flow, newLife: .days(47)))
        #expect(try id(flow, newLife: .days(47)) != id(flow, newLife: .days(20)))
    }

    @Test("more days than half of the life are clamped, said with the words for it")
    func clamped() throws {
        let preview = FlowSamples.preview(Self.flow { $0.renewIn = .beforeExpiration(days: 30) })
        let warning = try #require(preview.warnings.first { $0.kind == .daysClamped })
        #expect(warning.confirmation == "Use Automatic instead of 30 days")
        #expect(warning.tab == .renovation)
        #expect(preview.count(on: .renovation) >= 1)
    }

    @Test("switched off, what the targets hold ends, and nothing ends the gap")
    func off() throws {
        let preview = FlowSamples.preview(
            Self.flow {
                $0.renewalEnabled = false
                $0.publicationEnabled = false
            })
        #expect(preview.runs.isEmpty)
        let gap = try #require(preview.gaps.first)
        #expect(gap.cause == .nothingPlanned && gap.from == FlowSamples.life.notAfter && gap.to == preview.until)
        let confirmations = preview.warnings.compactMap(\.confirmation)
        #expect(confirmations == ["I renew it by hand", "I publish it by hand"])
    }

    @Test("warnings have ids of their own, and texts")
    func ids() {
        for flow in FlowDraftTests.flows {
            let preview = FlowSamples.preview(flow)
            #expect(Set(preview.warnings.map(\.id)).count == preview.warnings.count)
            #expect(preview.warnings.allSatisfy { !$0.text.isEmpty && $0.title.hasSuffix(".") })
        }
    }

    @Test("lives of ten minutes are told as far as they are walked, and no further")
    func shortLives() {
        let now = FlowSamples.now
        let flow = Flow(rules: FlowRules(publicationEnabled: true), profiles: ["nginx-fleet"])
        let life = Life(notBefore: now, notAfter: now + .minutes(10))
        let preview = FlowSamples.preview(flow, life: life)
        #expect(preview.isCut)
        #expect(preview.runs.count == FlowPreview.limit)
        #expect(preview.until == preview.runs.last?.run.at)
        #expect(preview.outages == 0)
        #expect(preview.span != "the next year")
        #expect(YearTimeLine(preview).svg.utf8.count < 200_000)
    }

    @Test("the lines under the choices say when each would run, and what it would break")
    func choices() throws {
        let draft = Self.flow { $0.publishOn = .afterRenew }
        let lines = FlowChoices(FlowSamples.input(draft), now: FlowSamples.now)
            .lines(days: FlowDraft.daysOffered, chosen: 15)
        func line(_ control: FlowControl, _ value: String) throws -> ChoiceLine {
            try #require(lines.first { $0.control == control && $0.value == value })
        }
        #expect(try line(.days, "30").text == "more than half of the 47-day life: Automatic is used instead")
        #expect(try line(.days, "30").tone == .warn)
        // It expires Mon 7 Dec 22:42; 3 days before is a Friday, and the window opens on Saturday.
        let three = try line(.days, "3")
        #expect(three.text.hasPrefix("about Fri 4 Dec 22:42, runs Sat 5 Dec 00:00, "))
        #expect(three.text.hasSuffix(" left"))
        #expect(try line(.days, "15").text.hasPrefix("due since Sun 22 Nov 22:42, runs Sat 28 Nov 00:00, "))
        #expect(try line(.renewIn, "after-expiration").tone == .bad)
        #expect(try line(.renewIn, "after-expiration").text.contains("expired for"))
        #expect(try line(.publishOn, "after-previous-expiry").tone == .bad)
        #expect(try line(.lastResort, "ask").text == "not needed by the forecast of the next year")
        #expect(Set(lines.filter { $0.control == .publishOn }.map(\.value)) == Set(PublishOn.allCases.map(\.rawValue)))
    }

    @Test("a choice is told by the planner that schedules it", arguments: [1, 3, 7, 15])
    func choicesAsPlanned(days: Int) throws {
        let flow = Self.flow { $0.renewIn = .beforeExpiration(days: days) }
        let run = try #require(FlowSamples.preview(flow).runs.first { $0.stage == .renewal })
        let clock = FlowClock(zone: FlowSamples.berlin, now: FlowSamples.now)
        let lines = FlowChoices(FlowSamples.input(), now: FlowSamples.now).lines(days: [days], chosen: days)
        let line = try #require(lines.first { $0.control == .days })
        #expect(line.text.contains(clock.short(run.run.at)))
    }

    @Test("lengths are written short")
    func lengths() {
        #expect(FlowClock.words(.days(4) + .hours(1) + .minutes(51)) == "4 d 1 h")
        #expect(FlowClock.words(.days(2) + .minutes(37)) == "2 d")
        #expect(FlowClock.words(.hours(16) + .minutes(5)) == "16 h 5 min")
        #expect(FlowClock.words(.seconds(30)) == "30 s")
        #expect(FlowClock.words(.zero) == "0 s")
        #expect(FlowClock.life(.days(47)) == "47-day")
        #expect(FlowClock.life(.hours(160)) == "160-hour")
        #expect(FlowClock.life(.minutes(10)) == "10-minute")
        let clock = FlowClock(zone: FlowSamples.berlin, now: FlowSamples.now)
        #expect(clock.short(FlowSamples.now) == "Tue 24 Nov 10:42")
        #expect(clock.short(FlowSamples.now + .days(200)) == "Sat 12 Jun 2027 11:42")
    }
}
