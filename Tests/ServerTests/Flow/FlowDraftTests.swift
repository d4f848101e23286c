import Automation
import Foundation
import Profiles
import Testing

@testable import Server

@Suite("the form of a flow")
struct FlowDraftTests {
    static let flows: [Flow] = {
        var flows = [Flow(), FlowSamples.flow]
        let rules: [RenewIn] = [
            .automatic, .onExpiration, .beforeExpiration(days: 1), .beforeExpiration(days: 42),
            .afterExpiration(days: 365),
        ]
        for rule in rules {
            for publish in PublishOn.allCases {
                for answer in LastResort.allCases {
                    flows.append(
                        Flow(
                            rules: FlowRules(
                                renewIn: rule, publicationEnabled: publish != .afterRenew, publishOn: publish,
                                lastResort: answer, window: FlowSamples.window([.sunday], [5]), earlier: false),
                            profiles: ["haproxy-edge", "nginx-fleet"]))
                }
            }
        }
        var odd = Cells.none
        odd[.saturday, Period.all[5]] = true
        odd[.sunday, Period.all[0]] = true
        flows.append(Flow(rules: FlowRules(window: Window(odd, zone: FlowSamples.berlin), publicationWindow: .always)))
        flows.append(Flow(rules: FlowRules(renewalEnabled: false, window: Window(.none, zone: .utc))))
        return flows
    }()

    static func sent(_ draft: FlowDraft) -> [String: [String]] {
        // Boxes that are not ticked are not sent.
        Dictionary(draft.form.filter { !$0.values.isEmpty }.map { ($0.name, $0.values) }) { first, _ in first }
    }

    @Test("every control comes back from a form as it was sent", arguments: flows)
    func roundTrip(flow: Flow) {
        let draft = FlowDraft(flow, revision: 12)
        let back = FlowDraft(form: Self.sent(draft), base: FlowDraft(Flow(), revision: 1))
        #expect(back == draft)
        let reading = FlowReading(back, saved: Flow(), profiles: FlowSamples.profiles)
        #expect(reading.flow == flow)
        #expect(reading.problems == [])
        #expect(reading.revision == 12)
    }

    @Test("the JSON of a flow is read to the same flow, as flows.yaml reads it", arguments: flows)
    func json(flow: Flow) {
        let (read, problems) = FlowJSON.read(Data(FlowJSON(flow).text.utf8), profiles: FlowSamples.profiles)
        #expect(read == flow)
        #expect(problems == [])
        #expect(FlowDraft(flow, revision: 1).baseFlow == flow)
    }

    @Test("JSON with mistakes says where each is, as a JSON pointer")
    func jsonProblems() {
        let text = #"{"renewal":{"renew":"before-expiration","days":400},"window":{"timeZone":"Mars/Olympus"},"x":1}"#
        let (flow, problems) = FlowJSON.read(Data(text.utf8), profiles: FlowSamples.profiles)
        #expect(flow == nil)
        #expect(Set(problems.map(\.position.file)) == ["/renewal/days", "/window/timeZone", "/x"])
        for junk in ["", "[]", "{", "3", String(repeating: "[", count: 60_000)] {
            #expect(FlowJSON.read(Data(junk.utf8), profiles: nil).problems.count == 1)
        }
    }

    @Test("a form without some controls leaves those as they were saved")
    func partialForm() {
        let saved = FlowDraft(FlowSamples.flow, revision: 12)
        #expect(FlowDraft(form: [:], base: saved) == saved)
        let draft = FlowDraft(form: ["renewIn": ["automatic"]], base: saved)
        #expect(draft.renewIn == "automatic")
        #expect(draft.days == "15", "hidden, but not lost")
        #expect(draft.window == saved.window && draft.profiles == saved.profiles)
    }

    @Test("days that were set elsewhere are offered beside the usual ones")
    func otherDays() {
        #expect(FlowDraft(FlowSamples.flow, revision: 1).dayChoices == [30, 15, 7, 3, 1])
        var flow = FlowSamples.flow
        flow.rules.renewIn = .beforeExpiration(days: 21)
        #expect(FlowDraft(flow, revision: 1).dayChoices == [30, 21, 15, 7, 3, 1])
        flow.rules.renewIn = .onExpiration
        #expect(!FlowDraft(flow, revision: 1).showsDays)
    }

    @Test("a window that is some days times some periods opens by those, any other cell by cell")
    func windowOpens() {
        let product = WindowDraft(FlowSamples.window([.saturday, .sunday], [0, 1]))
        #expect(product.by == "days")
        #expect(product.days == ["sunday", "saturday"])
        #expect(product.periods == ["00:00-04:00", "04:00-08:00"])
        #expect(WindowDraft(.always).days == ["all"])
        var cells = Cells.none
        cells[.saturday, Period.all[5]] = true
        cells[.sunday, Period.all[0]] = true
        let odd = WindowDraft(Window(cells, zone: .utc))
        #expect(odd.by == "cells")
        #expect(odd.cells == ["sunday 00:00-04:00", "saturday 20:00-24:00"])
        #expect(odd.ticks(.saturday, Period.all[5]) && !odd.ticks(.saturday, Period.all[0]))
    }

    @Test("labels are exactly those of the design, periods beginning at 08:00 and weeks on Sunday")
    func labels() {
        #expect(
            Period.inFormOrder.map(\.label) == [
                "08:00 AM - 12:00 PM", "12:00 PM - 4:00 PM", "4:00 PM - 8:00 PM", "8:00 PM - 12:00 AM",
                "12:00 AM - 04:00 AM", "04:00 AM - 08:00 AM",
            ])
        #expect(Weekday.inFormOrder.first == .sunday && Weekday.inFormOrder.last == .saturday)
        #expect(Set(Weekday.inFormOrder).count == 7 && Set(Period.inFormOrder).count == 6)
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        var control: FlowControl
        var text: String
        var change: @Sendable (inout FlowDraft) -> Void
        var testDescription: String { "\(control): \(text)" }
    }

    static let mistakes: [Mistake] = [
        Mistake(control: .renewal, text: "maybe") { $0.renewal = "maybe" },
        Mistake(control: .renewIn, text: "never") { $0.renewIn = "never" },
        Mistake(control: .days, text: "0") { $0.days = "0" },
        Mistake(control: .days, text: "400") { $0.days = "400" },
        Mistake(control: .days, text: "99999999999999999999") { $0.days = "99999999999999999999" },
        Mistake(control: .publication, text: "1") { $0.publication = "1" },
        Mistake(control: .profile, text: "no profile") { $0.profiles = [] },
        Mistake(control: .profile, text: "nginx-flet") { $0.profiles = ["nginx-flet"] },
        Mistake(control: .profile, text: "torn") { $0.profiles = ["torn"] },
        Mistake(control: .profile, text: "twice") { $0.profiles = ["nginx-fleet", "nginx-fleet"] },
        Mistake(control: .profile, text: "../../etc") { $0.profiles = ["../../etc"] },
        Mistake(control: .publishOn, text: "later") { $0.publishOn = "later" },
        Mistake(control: .lastResort, text: "") { $0.lastResort = "" },
        Mistake(control: .same, text: "?") { $0.same = "?" },
        Mistake(control: .earlier, text: "?") { $0.earlier = "?" },
        Mistake(control: .windowBy, text: "hours") { $0.window.by = "hours" },
        Mistake(control: .day, text: "someday") { $0.window.days = ["someday"] },
        Mistake(control: .period, text: "09:00-10:00") { $0.window.periods = ["09:00-10:00"] },
        Mistake(control: .cell, text: "saturday") {
            $0.window.by = "cells"
            $0.window.cells = ["saturday"]
        },
        Mistake(control: .timeZone, text: "Europe/Berln") { $0.window.timeZone = "Europe/Berln" },
        Mistake(control: .timeZone, text: "../../etc/passwd") { $0.window.timeZone = "../../etc/passwd" },
        Mistake(control: .day, text: "no day") { $0.window.days = [] },
        Mistake(control: .period, text: "no period") { $0.window.periods = [] },
        Mistake(control: .publicationDay, text: "no day of publication") {
            $0.same = "no"
            $0.publicationWindow.days = []
        },
        Mistake(control: .publicationTimeZone, text: "nowhere") {
            $0.same = "no"
            $0.publicationWindow.timeZone = "nowhere"
        },
        Mistake(control: .revision, text: "x") { $0.revision = "x" },
        Mistake(control: .reason, text: "too long") { $0.reason = String(repeating: "x", count: 1001) },
    ]

    @Test("each mistake is told at its control with a remedy, and what was typed is kept", arguments: mistakes)
    func problems(mistake: Mistake) {
        var draft = FlowDraft(FlowSamples.flow, revision: 12)
        mistake.change(&draft)
        let reading = FlowReading(draft, saved: FlowSamples.flow, profiles: FlowSamples.profiles)
        #expect(reading.problems.map(\.control) == [mistake.control])
        for problem in reading.problems {
            #expect(problem.message.hasSuffix(".") && !problem.remedy.isEmpty)
            #expect(problem.label == mistake.control.label)
            #expect(reading.count(on: problem.tab) == 1)
        }
        #expect(FlowDraft(form: Self.sent(draft), base: draft) == draft)
    }

    @Test("where YAML would be refused, so is the form, and where it would be read, the form is")
    func agreesWithYAML() {
        func yaml(_ flow: Flow) -> Bool {
            FlowJSON.read(Data(FlowJSON(flow).text.utf8), profiles: FlowSamples.profiles).flow != nil
        }
        for isPublished in [true, false] {
            for isRenewed in [true, false] {
                for profiles in [[], ["nginx-fleet"], ["torn"], ["none"], ["nginx-fleet", "nginx-fleet"]] {
                    for cells in [Cells.none, .all] {
                        for other in [nil, Window(.none, zone: .utc), .always] {
                            let flow = Flow(
                                rules: FlowRules(
                                    renewalEnabled: isRenewed, publicationEnabled: isPublished,
                                    window: Window(cells, zone: .utc), publicationWindow: other),
                                profiles: profiles)
                            let reading = FlowReading(
                                FlowDraft(flow, revision: 1), saved: Flow(), profiles: FlowSamples.profiles)
                            #expect(reading.problems.isEmpty == yaml(flow), "\(flow)")
                        }
                    }
                }
            }
        }
    }

    @Test("neither stage is required, and days that are hidden are not read")
    func nothingRequired() {
        let off = FlowSamples.reading {
            $0.renewal = "no"
            $0.publication = "no"
            $0.profiles = []
            $0.window.days = []
        }
        #expect(off.problems == [])
        let hidden = FlowSamples.reading {
            $0.renewIn = "on-expiration"
            $0.days = "junk"
        }
        #expect(hidden.problems == [] && hidden.flow.rules.renewIn == .onExpiration)
        let separate = FlowSamples.reading { $0.publicationWindow.timeZone = "junk" }
        #expect(separate.problems == [], "one window serves both")
    }
}
