import Automation
import Storage

/// Where one certificate stands: renewed, published and serving, by the same judgement for every report and page.
public struct CertificateStanding: Sendable {
    public var certificate: CertificateRecord
    public var state: RenewalState
    public var targets: [TargetStanding]
    /// The next renewal; nil too where a person, a pause or its retirement keeps it from starting.
    public var run: PlannedRun?
    public var needsAttention: Bool
    public var isPaused: Bool
    /// When this was judged.
    public var at: Instant

    /// - Parameter run: what the schedule plans, whatever keeps it from starting.
    init(_ overview: CertificateOverview, run: PlannedRun?, targets: [TargetStanding], at now: Instant) {
        (certificate, state) = (overview.certificate, overview.state)
        self.targets = targets
        at = now
        let renewalNeedsPerson = state.trouble?.needsAttention == true
        needsAttention = renewalNeedsPerson || targets.contains { $0.placement.trouble?.needsAttention == true }
        isPaused = certificate.pause?.holds(at: now) == true
        // What waits for a person is not planned, whatever the rule says.
        self.run = renewalNeedsPerson || isPaused || certificate.isRetired ? nil : run
    }

    /// Targets that flow and profile still name.
    public var managed: [TargetStanding] { targets.filter(\.isManaged) }

    /// The earliest end of what targets hold.
    public var firstEndServed: Instant? { targets.compactMap(\.placement.held?.life.chainNotAfter).min() }

    /// The next publication to a managed target that may start by itself, with its target.
    public var nextPublication: (run: PlannedRun, target: TargetStanding)? {
        guard !isPaused, !certificate.isRetired else { return nil }
        let planned = managed.compactMap { target in
            target.placement.trouble?.needsAttention == true ? nil : target.run.map { (run: $0, target: target) }
        }
        return planned.min { $0.run.at < $1.run.at }
    }

    /// The counts and marks that tables are made of.
    public var figures: StandingFigures { StandingFigures(self) }
}
