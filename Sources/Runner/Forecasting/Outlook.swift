import Automation
import PluginKit
import Storage

/// What will happen to one certificate, with all that it was read from.
public struct Outlook: Sendable {
    public var certificate: CertificateRecord
    public var state: RenewalState
    /// One for each target that it has or had.
    public var targets: [PublicationContext]
    public var issuer: IssuerFacts
    public var input: ForecastInput
    public var forecast: Forecast

    /// What is worth knowing about the flow as a whole.
    public var warnings: [ForecastWarning] {
        var warnings = Forecast.warnings(for: input, runs: forecast.runs, ending: forecast.ending)
        if let failure = issuer.failure {
            warnings.insert(ForecastWarning(.needsAttention, "\(failure.message) \(failure.remedy)"), at: 0)
        }
        return warnings
    }
}

/// What an issuer says of itself, as far as forecasts need it.
public struct IssuerFacts: Sendable {
    /// No version that it issues ends later.
    public var end: Instant?
    /// How long what it issues now lives; nil where it isn't known.
    public var lifetime: Span?
    /// Shorter lives that its profile says the CA has announced.
    public var announced: [AnnouncedLife] = []
    /// Why it could not be asked.
    public var failure: PluginFailure?
}
