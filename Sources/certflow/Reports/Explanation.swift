import Automation
import Runner
import Storage

/// Why one certificate's next runs are when they are.
struct Explanation {
    /// The form of `explain --output json`.
    struct Form: Encodable {
        struct Rules: Encodable {
            var renewal: String
            var publication: String
            var lastResort: String
            var window: String
            var publicationWindow: String
            var timeZone: String
        }

        struct Step: Encodable {
            var run: ForecastReport.Run
            var sentences: [String]
        }

        struct Rest: Encodable {
            var stage: String
            var target: String?
            var sentence: String
        }

        var certificate: String
        var version: Int
        var notBefore: String?
        var notAfter: String?
        var rules: Rules
        /// The issuing profile that the next renewal is asked from.
        var issuer: String
        var fallback: String?
        var advice: CAAdvice?
        var next: [Step]
        /// Stages that plan nothing, and why.
        var resting: [Rest]
        var warnings: [ForecastReport.Run.Warning]
    }

    private let outlook: Outlook
    private let now: Instant

    init(_ outlook: Outlook, now: Instant) {
        self.outlook = outlook
        self.now = now
    }

    private var rules: FlowRules { outlook.input.rules }
    private var zone: Zone { rules.window.zone }
    private var choice: IssuerChoice { IssuerChoice(outlook.certificate, outlook.state) }

    /// The next renewal, and the next publication to each target.
    private var next: [ForecastRun] {
        var seen: Set<String> = []
        return outlook.forecast.runs.filter { seen.insert($0.target ?? "").inserted }
    }

    private func sentences(_ run: ForecastRun) -> [String] { Wording.sentences(run, rules: rules, now: now) }

    private var warnings: [ForecastWarning] {
        var seen: Set<ForecastWarning> = []
        return (outlook.warnings + next.flatMap { Forecast.warnings(for: $0, rules: rules) }).filter {
            seen.insert($0).inserted
        }
    }

    /// Why a stage plans nothing.
    private var resting: [Form.Rest] {
        let planned = Set(next.map { $0.target ?? "" })
        var resting: [Form.Rest] = []
        if !planned.contains("") {
            resting.append(.init(stage: "renewal", target: nil, sentence: renewalRests))
        }
        for target in outlook.targets where !planned.contains(target.placement.name) {
            resting.append(
                .init(stage: "publication", target: target.placement.name, sentence: publicationRests(target)))
        }
        return resting
    }

    private var renewalRests: String {
        switch outlook.forecast.ending {
        case .paused: return "The flow is paused."
        case .renewalOff where outlook.state.revokedAt != nil:
            return "Its version was revoked, and auto-renewal is off: renew it by hand."
        case .renewalOff: return "Auto-renewal is off."
        case .windowNeverOpens: return "The window has no open period."
        case .issuerEnds(let end):
            return "The issuer ends \(Wording.moment(end, in: zone)): it can bring no later end."
        case .hindered(.retired): return "The certificate was taken out of service."
        case .hindered(.noLaterEnd(let text)), .hindered(.needsAttention(let text)): return text
        case .tooMany, nil: return "Nothing is planned within a hundred years."
        }
    }

    private func publicationRests(_ context: PublicationContext) -> String {
        let placement = context.placement
        let target = outlook.input.targets.first { $0.name == placement.name }
        guard let target else { return "Neither flow nor profile names it any more: it keeps what it has." }
        if !rules.publicationEnabled { return "Automatic publication is off: it keeps what it has." }
        if !target.takesNew { return "It is held by hand at what it has." }
        if target.waiting?.needsAttention == true {
            return "It needs attention: \(placement.trouble?.message ?? "nothing is tried until somebody acts.")"
        }
        if outlook.input.isPaused { return "The flow is paused." }
        if target.waiting == nil, outlook.state.revokedAt != nil { return "It holds a version that was revoked." }
        return target.waiting == nil
            ? "It holds what it should, and no newer version will come." : "Its window never opens."
    }

    var form: Form {
        Form(
            certificate: outlook.certificate.name, version: outlook.state.current,
            notBefore: outlook.state.life?.notBefore.rfc3339, notAfter: outlook.state.life?.notAfter.rfc3339,
            rules: .init(
                renewal: Wording.renewal(rules), publication: Wording.publication(rules),
                lastResort: rules.lastResort.rawValue, window: rules.window.words,
                publicationWindow: rules.windowOfPublication.words, timeZone: zone.identifier),
            issuer: choice.profile(at: now), fallback: outlook.certificate.fallback?.words,
            advice: CAAdvice(outlook.state),
            next: next.map { .init(run: .init($0, of: outlook), sentences: sentences($0)) }, resting: resting,
            warnings: warnings.map(ForecastReport.Run.Warning.init))
    }

    func print() {
        Console.line("\(Console.paint(Console.oneLine(outlook.certificate.name), .strong)): \(present)")
        var flow = Sheet()
        flow.add("renewed", Wording.renewal(rules))
        flow.add("published", outlook.publicationWords)
        flow.add("window", Wording.window(rules))
        if rules.publicationEnabled { flow.add("if none is left", Wording.lastResort(rules.lastResort)) }
        if let fallback = outlook.certificate.fallback {
            flow.add("issued by", "\(outlook.certificate.issuer), else \(fallback.words)")
        }
        if let words = choice.words(at: now) { flow.more(words, .warning) }
        flow.add("advised", CAAdvice(outlook.state)?.words(zone))
        flow.print()
        let moments = Moments(now: now)
        for run in next {
            Console.line()
            let title = "\(run.words), \(moments.words(run.run.at, in: outlook.zone(of: run.stage)))"
            Console.line(Console.paint(title.prefix(1).uppercased() + title.dropFirst(), .strong))
            Self.write(sentences(run))
        }
        for rest in resting {
            Console.line()
            Console.line(Console.paint(rest.target.map { "No publication to \($0)" } ?? "No renewal", .strong))
            Self.write([rest.sentence])
        }
        let warnings = warnings
        guard !warnings.isEmpty else { return }
        Console.line()
        var sheet = Sheet()
        for warning in warnings { sheet.add("!", warning.text, .warning) }
        sheet.print()
    }

    private var present: String {
        guard let life = outlook.state.life, outlook.state.current > 0 else { return "no version yet" }
        let end = Moments(now: now).words(life.chainNotAfter, in: zone)
        return "version \(outlook.state.current) \(life.chainNotAfter > now ? "is valid until" : "expired") \(end)"
    }

    private static func write(_ sentences: [String]) {
        for sentence in sentences {
            for line in Fold.lines(Console.oneLine(sentence), width: Console.width - 2) { Console.line("  \(line)") }
        }
    }
}

extension Outlook {
    /// "after renew, to files"
    var publicationWords: String {
        let rules = certificate.flow.rules
        let profiles = certificate.flow.profiles
        guard rules.publicationEnabled else {
            return profiles.isEmpty ? "off" : "off (profiles: \(profiles.joined(separator: ", ")))"
        }
        return "\(Wording.publication(rules)), to \(profiles.joined(separator: ", "))"
    }
}
