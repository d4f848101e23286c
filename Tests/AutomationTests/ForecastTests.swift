import Foundation
import Testing

@testable import Automation

@Suite("a forecast says what will happen, and warns of what may not work")
struct ForecastTests {
    static let start = Instant(seconds: 1_800_000_000)  // Friday, 2027-01-15 08:00 UTC
    static let life = Life(notBefore: start, notAfter: start + .days(90))

    func input(_ rules: FlowRules, life: Life = ForecastTests.life, _ change: (inout ForecastInput) -> Void = { _ in })
        -> ForecastInput
    {
        var input = ForecastInput(
            certificate: "www", rules: rules,
            current: RenewalSituation(life: life, storedAt: life.notBefore, spread: Spread(share: 0)), currentNumber: 1,
            targets: [.init(name: "web/here", held: .init(life: life), heldNumber: 1)], newLife: life.length,
            spread: { _ in Spread(share: 0) })
        change(&input)
        return input
    }

    func forecast(_ input: ForecastInput, days: Int64 = 120) -> Forecast {
        Forecast(input, from: Self.start, until: Self.start + .days(days))
    }

    /// The kinds that are said of the flow as a whole.
    func flowWarnings(_ input: ForecastInput, days: Int64 = 120) -> [ForecastWarning] {
        let forecast = forecast(input, days: days)
        return Forecast.warnings(for: input, runs: forecast.runs, ending: forecast.ending)
    }

    func text(_ kind: ForecastWarning.Kind, _ warnings: [ForecastWarning]) -> String? {
        warnings.first { $0.kind == kind }?.text
    }

    func weekly(_ day: Weekday = .tuesday) throws -> Window {
        Window(Cells(days: [day], periods: [try #require(Period(name: "00:00-04:00"))]), zone: .utc)
    }

    @Test("a flow without a blemish has no warning")
    func nothingToWarnOf() throws {
        let rules = FlowRules(renewIn: .beforeExpiration(days: 30), publicationEnabled: true, window: try weekly())
        #expect(flowWarnings(input(rules)).isEmpty)
        for run in forecast(input(rules)).runs { #expect(Forecast.warnings(for: run.run, replaces: Self.life).isEmpty) }
    }

    @Test("an outage that the rule means is told with its hours")
    func outageByRule() throws {
        let rules = FlowRules(renewIn: .afterExpiration(days: 3), publicationEnabled: true)
        let run = try #require(forecast(input(rules)).runs.first { $0.stage == .publication }).run
        let warnings = Forecast.warnings(for: run, replaces: Self.life)
        #expect(text(.outageByRule, warnings)?.contains("72 hours (3 days)") == true)
        #expect(text(.deadlineMissed, warnings) == nil)
    }

    @Test("an outage for want of an open period is told, and that the window can't be used")
    func outageByWindow() throws {
        let short = Life(notBefore: Self.start, notAfter: Self.start + .hours(48))
        let rules = FlowRules(publicationEnabled: true, lastResort: .wait, window: try weekly())
        let run = try #require(forecast(input(rules, life: short)).runs.first { $0.stage == .publication }).run
        let warnings = Forecast.warnings(for: run, replaces: short)
        #expect(warnings.map(\.kind) == [.windowUnusable, .outageByWindow])
        #expect(text(.outageByWindow, warnings)?.contains("40 hours (1 day 16 hours)") == true)
    }

    @Test("with earlier: false a missed deadline is warned of")
    func deadlineMissed() throws {
        let rules = FlowRules(renewIn: .beforeExpiration(days: 3), window: try weekly(.friday), earlier: false)
        let life = Life(notBefore: Self.start, notAfter: Self.start + .days(90) + .hours(19))  // a Friday, at 03:00
        let run = try #require(forecast(input(rules, life: life)).runs.first).run
        #expect(run.move == .later && run.missesDeadline)
        #expect(Forecast.warnings(for: run, replaces: life).map(\.kind) == [.deadlineMissed])
    }

    @Test("a window that stays closed for longer than the lead is named with both lengths, for either stage")
    func gaps() throws {
        var rules = FlowRules(renewIn: .beforeExpiration(days: 3), publicationEnabled: true, window: try weekly())
        let both = flowWarnings(input(rules)).filter { $0.kind == .gapLongerThanLead }
        #expect(both.count == 1)
        #expect(
            both.first?.text.contains("6 days 20 hours") == true && both.first?.text.contains("2 days 18 hours") == true
        )
        rules.window = .always
        rules.publicationWindow = try weekly()
        #expect(text(.gapLongerThanLead, flowWarnings(input(rules)))?.contains("window of publication") == true)
        rules.publicationEnabled = false
        #expect(text(.gapLongerThanLead, flowWarnings(input(rules))) == nil)
    }

    @Test("more days than half of the life are told, whether or not the CA picks the moment", arguments: [true, false])
    func clamped(advised: Bool) throws {
        let rules = FlowRules(renewIn: .beforeExpiration(days: 60))
        let input = input(rules) {
            guard advised else { return }
            $0.current?.advice = .init(
                start: Self.start + .days(59), end: Self.start + .days(61), firstStart: Self.start + .days(59),
                learnt: Self.start)
        }
        #expect(
            text(.daysClamped, flowWarnings(input))?.hasPrefix("60 days are more than half of a life of 90 days")
                == true)
        let run = try #require(forecast(input).runs.first).run
        #expect(run.cause == (advised ? .advised : .daysBeforeClamped(60)))
    }

    @Test("fewer than three tries before the deadline are counted, for either stage")
    func fewTries() throws {
        // No cell lies within the life: each stage acts once outside of the window, and a retry would have to wait.
        let short = Life(notBefore: Self.start, notAfter: Self.start + .hours(48))
        let rules = FlowRules(publicationEnabled: true, lastResort: .publish, window: try weekly())
        let few = flowWarnings(input(rules, life: short)).filter { $0.kind == .fewTries }.map(\.text)
        #expect(
            few == [
                "Only 1 try of the renewal fits before its deadline.",
                "Only 1 try of the publication fits before its deadline.",
            ])
        #expect(text(.fewTries, flowWarnings(input(FlowRules(publicationEnabled: true)))) == nil)
    }

    @Test("a life that the CA has announced to shorten is used from its day on, and warned of")
    func announcedLife() throws {
        let rules = FlowRules(renewIn: .beforeExpiration(days: 30), publicationEnabled: true)
        let announced = input(rules) {
            $0.announcedLives = [.init(from: Self.start + .days(30), length: .days(45))]
        }
        let renewals = forecast(announced, days: 200).runs.filter { $0.stage == .renewal }.map(\.run)
        #expect(renewals.map(\.due) == [60, 90, 120, 150, 180].map { Self.start + .days($0) })
        #expect(renewals.map(\.cause).dropFirst().allSatisfy { $0 == .daysBeforeClamped(30) })
        let told = try #require(text(.lifeShortens, flowWarnings(announced)))
        #expect(told.contains("45 days instead of 90 days") && told.contains("renewed as Automatic"))
        #expect(text(.lifeShortens, flowWarnings(announced, days: 20)) == nil, "no renewal of this forecast meets it")
        let longer = input(rules) { $0.announcedLives = [.init(from: Self.start, length: .days(100))] }
        #expect(text(.lifeShortens, flowWarnings(longer)) == nil)
    }

    @Test(
        "an issuer that ends before what it would issue is warned of, and ends the forecast where nothing later comes")
    func issuerEnds() throws {
        let rules = FlowRules(renewIn: .beforeExpiration(days: 30), publicationEnabled: true)
        let cut = input(rules) { $0.issuerEnd = Self.start + .days(100) }
        #expect(text(.issuerEnds, flowWarnings(cut)) != nil)
        #expect(forecast(cut).runs.count == 2)
        let over = input(rules) { $0.issuerEnd = Self.start + .days(90) }
        #expect(forecast(over).ending == .issuerEnds(Self.start + .days(90)) && forecast(over).runs.isEmpty)
        #expect(text(.issuerEnds, flowWarnings(over))?.contains("no later version") == true)
        let far = input(rules) { $0.issuerEnd = Self.start + .days(400) }
        #expect(text(.issuerEnds, flowWarnings(far)) == nil)
    }

    @Test("an issuer whose chain ends earlier than the present one, but later than the leaf's chain, still helps")
    func chainCounts() {
        let cut = Life(notBefore: Self.start, notAfter: Self.start + .days(90), chainNotAfter: Self.start + .days(50))
        let input = input(FlowRules(), life: cut) { $0.issuerEnd = Self.start + .days(80) }
        #expect(forecast(input).runs.count == 1)
    }

    @Test("what is off or paused is said")
    func off() {
        #expect(flowWarnings(input(FlowRules(renewalEnabled: false))).map(\.kind) == [.renewalOff, .publicationOff])
        let paused = input(FlowRules(publicationEnabled: true)) { $0.isPaused = true }
        #expect(flowWarnings(paused).map(\.kind) == [.paused] && forecast(paused).runs.isEmpty)
    }

    @Test("what stands in the way of a renewal ends the forecast, and is said")
    func hindrances() {
        for (hindrance, kind) in [
            (ForecastInput.Hindrance.retired, ForecastWarning.Kind.retired),
            (.needsAttention("It failed."), .needsAttention), (.noLaterEnd("The issuer ends."), .needsAttention),
        ] {
            let hindered = input(FlowRules(publicationEnabled: true)) { $0.hindrance = hindrance }
            #expect(forecast(hindered).runs.isEmpty && forecast(hindered).ending == .hindered(hindrance))
            #expect(flowWarnings(hindered).map(\.kind) == [kind])
        }
        let asked = input(FlowRules(publicationEnabled: true)) {
            $0.hindrance = .needsAttention("It failed.")
            $0.isRenewalAsked = true
        }
        #expect(forecast(asked).runs.first?.run.cause == .byHand && forecast(asked).runs.count > 2)
    }

    @Test("a target that is held by hand keeps what it has, one that needs attention waits for the next version")
    func targetsThatStay() {
        let held = input(FlowRules(publicationEnabled: true)) { $0.targets[0].takesNew = false }
        #expect(forecast(held).runs.allSatisfy { $0.stage == .renewal } && !forecast(held).runs.isEmpty)
        #expect(flowWarnings(held).map(\.kind) == [.held])
        let stuck = input(FlowRules(publicationEnabled: true)) {
            $0.targets[0].waiting = .init(number: 1, life: Self.life, wantedSince: Self.start)
            $0.targets[0].waiting?.needsAttention = true
        }
        #expect(forecast(stuck).runs.first { $0.stage == .publication }?.version == 2)
        #expect(flowWarnings(stuck).map(\.kind) == [.needsAttention])
    }

    @Test("a pause with an end holds runs up until then, and a window without an open cell for ever")
    func standstills() {
        let due = Self.start + .days(60)
        let paused = input(FlowRules(publicationEnabled: true)) {
            $0.isPaused = true
            $0.resumesAt = due + .days(10)
        }
        #expect(forecast(paused).runs.first?.run.at == due + .days(10))
        let closed = input(FlowRules(window: Window(.none, zone: .utc)))
        #expect(forecast(closed).ending == .windowNeverOpens)
        #expect(flowWarnings(closed).contains { $0.kind == .windowNeverOpens })
    }

    @Test("runs before the moment asked for are assumed, and not told")
    func fromLater() {
        let input = input(FlowRules(publicationEnabled: true))
        let all = forecast(input, days: 300).runs
        let later = Forecast(
            input, from: Self.start, until: Self.start + .days(300), showing: Self.start + .days(130)
        ).runs
        #expect(later == all.filter { $0.run.at >= Self.start + .days(130) } && !later.isEmpty && later != all)
    }

    @Test("a shorter life that the issuing profile says by now is told before it comes")
    func shorterProfile() {
        let shorter = input(FlowRules(renewIn: .beforeExpiration(days: 30))) { $0.newLife = .days(45) }
        let told = text(.lifeShortens, flowWarnings(shorter))
        #expect(told?.contains("45 days instead of 90 days") == true && told?.contains("as Automatic") == true)
    }

    @Test("every kind of warning has a test here")
    func kinds() { #expect(ForecastWarning.Kind.allCases.count == 16) }

    @Test("a reissue is published as After renew, whatever the rule")
    func reissue() throws {
        let rules = FlowRules(publicationEnabled: true, publishOn: .afterPreviousExpiry)
        let asked = input(rules) { $0.current?.reissueAskedAt = Self.start }
        let runs = forecast(asked).runs
        #expect(runs.first?.run.cause == .changedSubjects && runs.first?.run.at == Self.start)
        #expect(runs.dropFirst().first?.run.cause == .afterRenew && runs.dropFirst().first?.run.at == Self.start)
    }

    @Test("a forecast of lives that are over at once ends")
    func zeroLives() {
        let over = Life(notBefore: Self.start, notAfter: Self.start)
        let forecast = Forecast(
            input(FlowRules(publicationEnabled: true), life: over), from: Self.start, until: .distantFuture, limit: 50)
        #expect(forecast.runs.count == 50 && forecast.ending == .tooMany)
    }
}
