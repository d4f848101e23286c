import Automation
import Runner
import Storage

/// Why one certificate's next runs are when they are.
package struct Explanation {
    /// The form of `explain --output json`.
    package struct Form: Codable, Sendable {
        package struct Step: Codable, Sendable {
            package var run: ForecastReport.Run
            package var sentences: [String]
        }

        package struct Rest: Codable, Sendable {
            package var stage: String
            package var target: String?
            package var sentence: String
        }

        package var certificate: String
        package var version: Int
        package var notBefore: String?
        package var notAfter: String?
        /// When its chain ends, which may be sooner.
        package var chainNotAfter: String?
        package var rules: ShowForm.Flow
        /// The issuing profile that the next renewal is asked from.
        package var issuer: String
        /// The one that is asked as a rule.
        package var firstIssuer: String
        package var fallback: String?
        /// Which issuer is asked next, where there is a fallback and the first one fails.
        package var turn: String?
        package var advice: CAAdvice?
        package var next: [Step]
        /// Stages that plan nothing, and why.
        package var resting: [Rest]
        package var warnings: [ForecastReport.Run.Warning]
    }

    package let outlook: Outlook
    package let now: Instant
    /// What is said of a trouble.
    private let words: (Trouble) -> String

    package init(_ outlook: Outlook, now: Instant, words: @escaping (Trouble) -> String = \.message) {
        self.outlook = outlook
        self.now = now
        self.words = words
    }

    package var rules: FlowRules { outlook.input.rules }
    package var zone: Zone { rules.window.zone }
    package var choice: IssuerChoice { IssuerChoice(outlook.certificate, outlook.state) }

    /// The next renewal, and the next publication to each target.
    package var next: [ForecastRun] {
        var seen: Set<String> = []
        return outlook.forecast.runs.filter { seen.insert($0.target ?? "").inserted }
    }

    package func sentences(_ run: ForecastRun) -> [String] { Wording.sentences(run, rules: rules, now: now) }

    package var warnings: [ForecastWarning] {
        var seen: Set<ForecastWarning> = []
        return (outlook.warnings + next.flatMap { Forecast.warnings(for: $0, rules: rules) }).filter {
            seen.insert($0).inserted
        }
    }

    /// Why a stage plans nothing.
    package var resting: [Form.Rest] {
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

    package var renewalRests: String {
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

    package func publicationRests(_ context: PublicationContext) -> String {
        let placement = context.placement
        let target = outlook.input.targets.first { $0.name == placement.name }
        guard let target else { return "Neither flow nor profile names it any more: it keeps what it has." }
        if !rules.publicationEnabled { return "Automatic publication is off: it keeps what it has." }
        if !target.takesNew { return "It is held by hand at what it has." }
        if target.waiting?.needsAttention == true {
            return "It needs attention: \(placement.trouble.map(words) ?? "nothing is tried until somebody acts.")"
        }
        if outlook.input.isPaused { return "The flow is paused." }
        if target.waiting == nil, outlook.state.revokedAt != nil { return "It holds a version that was revoked." }
        return target.waiting == nil
            ? "It holds what it should, and no newer version will come." : "Its window never opens."
    }

    package var form: Form {
        let (certificate, life) = (outlook.certificate, outlook.state.life)
        return Form(
            certificate: certificate.name, version: outlook.state.current, notBefore: life?.notBefore.rfc3339,
            notAfter: life?.notAfter.rfc3339, chainNotAfter: life?.chainNotAfter.rfc3339,
            rules: ShowForm.Flow(certificate.flow), issuer: choice.profile(at: now), firstIssuer: certificate.issuer,
            fallback: certificate.fallback?.words, turn: choice.words(at: now), advice: CAAdvice(outlook.state),
            next: next.map { .init(run: .init($0, of: outlook), sentences: sentences($0)) }, resting: resting,
            warnings: warnings.map(ForecastReport.Run.Warning.init))
    }
}
