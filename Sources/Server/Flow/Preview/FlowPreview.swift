import Automation
import Runner
import Storage

/// What a draft would do for a year, each run succeeding at once: the forecast that the schedule's own planners make.
struct FlowPreview: Sendable {
    /// So many runs are walked at most: lives of minutes would fill a year with a hundred thousand.
    static let limit = 400
    static let horizon = Span.days(365)

    var certificate: String
    var input: ForecastInput
    /// Ascending.
    var runs: [ForecastRun]
    var now: Instant
    /// Where it ends: a year from now, or with the last run where there are too many to tell.
    var until: Instant
    var isCut: Bool
    /// Of the versions that are there and to come, by number.
    var lives: [Int: Life]
    var gaps: [FlowGap]
    var warnings: [FlowWarning]

    /// - Parameters:
    ///   - forecast: of `input`, from `now` over `horizon`, of at most `limit` runs.
    ///   - flowWarnings: of the flow as a whole.
    init(_ input: ForecastInput, _ forecast: Forecast, flowWarnings: [ForecastWarning], now: Instant) {
        certificate = input.certificate
        self.input = input
        runs = forecast.runs
        self.now = now
        isCut = forecast.ending == .tooMany
        until = isCut ? forecast.runs.last?.run.at ?? now : now + Self.horizon
        lives = Self.lives(input, forecast.runs)
        gaps = FlowGap.all(
            in: input, runs: runs, lives: lives, from: now, until: until,
            // What ends the last one may lie behind the end of the preview.
            last: forecast.ending == nil && input.rules.isMeantLate ? .rule : .nothingPlanned)
        warnings = []
        warnings = FlowWarning.all(of: self, flowWarnings)
    }

    /// - Parameter outlook: `Foresight.outlook(of:under:until:limit:)` with `horizon` and `limit`.
    init(_ outlook: Outlook, now: Instant) {
        self.init(outlook.input, outlook.forecast, flowWarnings: outlook.warnings, now: now)
    }

    private static func lives(_ input: ForecastInput, _ runs: [ForecastRun]) -> [Int: Life] {
        var lives: [Int: Life] = [:]
        for target in input.targets {
            if let waiting = target.waiting { lives[waiting.number] = waiting.life }
            if let held = target.held, let number = target.heldNumber { lives[number] = held.life }
        }
        if let current = input.current { lives[input.currentNumber] = current.life }
        for next in runs where next.stage == .renewal {
            let at = next.run.at
            let announced = input.announcedLives.last { $0.from <= at }?.length ?? input.newLife
            let end = min(at + min(input.newLife, announced), input.issuerEnd ?? .distantFuture)
            lives[next.version] = Life(notBefore: at, notAfter: end)
        }
        return lives
    }

    var rules: FlowRules { input.rules }
    /// Times of the flow are read in the zone of the renewal's window.
    var clock: FlowClock { FlowClock(zone: rules.window.zone, now: now) }
    /// The runs, those of one moment and version together.
    var steps: [FlowStep] { FlowStep.all(runs) }
    var renewals: Int { runs.count { $0.stage == .renewal } }
    var publications: Int { runs.count { $0.stage == .publication } }
    /// How often something expired is served, and how long in all.
    var outages: Int { FlowGap.merged(gaps).count }
    var outageSum: Span { FlowGap.sum(gaps) }

    func words(_ run: ForecastRun) -> RunWords { RunWords(run, rules: rules, now: now) }

    /// "the next year", or less where too many runs lie there.
    var span: String { isCut ? "the next \(FlowClock.words(until - now))" : "the next year" }

    /// "11 gaps, 24 d 11 h"; "no gap"
    var gapWords: String {
        outages == 0 ? "no gap" : "\(Wording.count(outages, "gap")), \(FlowClock.words(outageSum))"
    }

    /// How many warnings each tab shows.
    func count(on tab: FlowTab) -> Int { warnings.count { $0.tab == tab } }

    /// Those that saving still has to ask about.
    func unconfirmed(_ draft: FlowDraft) -> [FlowWarning] {
        warnings.filter { $0.confirmation != nil && !draft.confirmed.contains($0.id) }
    }
}

extension Foresight {
    /// What a flow would do for a year.
    func preview(of overview: CertificateOverview, under flow: Flow, now: Instant) async throws -> FlowPreview {
        let outlook = try await outlook(
            of: overview, under: flow, until: now + FlowPreview.horizon, limit: FlowPreview.limit)
        return FlowPreview(outlook, now: now)
    }
}
