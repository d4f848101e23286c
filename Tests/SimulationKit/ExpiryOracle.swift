import Automation
import Foundation
import Storage

/// Decides whether an expiry on a target could have been avoided.
///
/// It knows what the runner cannot: when issuer and targets will be out, when the runner will be down, when people will
/// change their mind. It forgives only what these explain.
struct ExpiryOracle {
    private let scenario: Scenario
    private let overview: CertificateOverview
    private let versions: [Int: VersionRecord]
    private let events: [Event]

    init(_ scenario: Scenario, _ overview: CertificateOverview, _ versions: [VersionRecord], _ events: [Event]) {
        self.scenario = scenario
        self.overview = overview
        self.versions = Dictionary(versions.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        self.events = events
    }

    func violations(on placement: PlacementRecord, publishedAt switches: [(at: Instant, version: Int)]) -> [String] {
        var violations: [String] = []
        for (index, entry) in switches.enumerated() {
            guard let version = versions[entry.version] else { continue }
            let expiry = version.life.chainNotAfter
            let replacedAt = index + 1 < switches.count ? switches[index + 1].at : scenario.end
            guard replacedAt > expiry, expiry < scenario.end else { continue }
            guard !isExcused(version, placement, heldFrom: entry.at, expiry: expiry) else { continue }
            violations.append(
                "\(overview.certificate.name) on \(placement.name): version \(version.number) expired \(expiry), "
                    + "replaced \(replacedAt)")
        }
        return violations
    }

    private func isExcused(
        _ version: VersionRecord, _ placement: PlacementRecord, heldFrom: Instant, expiry: Instant
    ) -> Bool {
        // Somebody changed the flow while this version was held: it had other rules then.
        let changed = events.contains {
            ($0.draft.kind.hasPrefix("certificate.") || $0.draft.kind.hasPrefix("flow.")
                || $0.draft.kind == "rollback.asked")
                && $0.draft.at > heldFrom - version.life.length && $0.draft.at < expiry
        }
        if changed { return true }
        let rules = overview.certificate.flow.rules
        guard rules.renewalEnabled, rules.publicationEnabled, rules.publishOn != .afterPreviousExpiry else { return true }
        if case .afterExpiration = rules.renewIn { return true }
        if !overview.certificate.flow.profiles.contains(placement.profile) { return true }
        // Undisturbed, would it have been in time?
        let planned = undisturbed(version, heldFrom: heldFrom)
        guard let planned, planned < expiry else { return true }
        // The flow gave no way out of the window, and what had to work in it did not.
        let due = min(planned, RenewalPlanner(rules).due(situation(version)).0)
        let disturbed = disturbance(placement, from: due, to: expiry)
        if disturbed > .zero, rules.lastResort != .publish || !rules.earlier { return true }
        return disturbed * 4 > expiry - due
    }

    /// When the next version would be published, were nothing in the way.
    private func undisturbed(_ version: VersionRecord, heldFrom: Instant) -> Instant? {
        let rules = overview.certificate.flow.rules
        let length = scenario.lives[overview.certificate.name] ?? version.life.length
        let input = ForecastInput(
            certificate: overview.certificate.name, rules: rules, current: situation(version),
            currentNumber: version.number,
            targets: [.init(name: "target", held: .init(life: version.life), heldNumber: version.number)],
            newLife: length, spread: { [overview] in overview.certificate.spread(version: $0) })
        return Forecast(input, from: max(heldFrom, version.storedAt), until: .distantFuture, limit: 8).runs
            .first { $0.stage == .publication }?.run.at
    }

    private func situation(_ version: VersionRecord) -> RenewalSituation {
        RenewalSituation(
            life: version.life, storedAt: version.storedAt,
            spread: overview.certificate.spread(version: version.number))
    }

    /// How long issuer, target or runner were away in that time.
    private func disturbance(_ placement: PlacementRecord, from: Instant, to: Instant) -> Span {
        var times = scenario.issuerOutages + (scenario.targetOutages[placement.target] ?? [])
        times += zip(scenario.crashes, scenario.downtimes).map {
            // A crash may cost a lease's time besides the downtime, and a jump of the clock two minutes.
            Outage(start: $0 - .minutes(5), end: $0 + $1 + .minutes(10))
        }
        times += scenario.clockJumps.map { Outage(start: $0.at - .minutes(40), end: $0.at + .minutes(40)) }
        if scenario.flakiness > 0 { times.append(Outage(start: from, end: from + (to - from) / 10)) }
        return times.reduce(Span.zero) { sum, outage in
            let overlap = min(outage.end, to) - max(outage.start, from)
            return overlap > .zero ? sum + overlap : sum
        }
    }
}
