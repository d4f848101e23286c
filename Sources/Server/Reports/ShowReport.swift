import Automation
import Profiles
import Runner
import Storage

/// Everything about one certificate.
package struct ShowReport {
    package let outlook: Outlook
    package let versions: [VersionRecord]
    package let hasMoreVersions: Bool
    package let targets: [ShownTarget]
    package let now: Instant

    /// - Parameter versions: newest first.
    package init(_ outlook: Outlook, versions: [VersionRecord], limit: Int, profiles: ProfileSet, now: Instant) {
        self.outlook = outlook
        self.versions = Array(versions.prefix(limit))
        hasMoreVersions = versions.count > limit
        targets = outlook.targets.map { ShownTarget($0, outlook: outlook, profiles: profiles, now: now) }
        self.now = now
    }

    package var certificate: CertificateRecord { outlook.certificate }
    package var state: RenewalState { outlook.state }
    package var rules: FlowRules { certificate.flow.rules }
    package var zone: Zone { rules.window.zone }

    package var next: [ForecastRun] {
        var seen: Set<String> = []
        return outlook.forecast.runs.filter { seen.insert($0.target ?? "").inserted }
    }

    package var form: ShowForm {
        ShowForm(
            name: certificate.name, subjects: certificate.subjects.map(\.description),
            key: .init(type: certificate.key.type.rawValue, reuse: certificate.key.reuse), issuer: certificate.issuer,
            fallback: certificate.fallback.map { .init(issuer: $0.issuer, after: $0.after.seconds) },
            advice: CAAdvice(state), labels: certificate.labels, owner: certificate.owner, note: certificate.note,
            flow: flowForm,
            timeZone: zone.identifier, createdAt: certificate.createdAt.rfc3339, version: state.current,
            notAfter: state.life?.notAfter.rfc3339, renewedAt: state.storedAt?.rfc3339,
            paused: certificate.pause.flatMap { $0.holds(at: now) ? .init($0) : nil }, retired: certificate.isRetired,
            trouble: state.trouble.map(ShowForm.Problem.init), versions: versions.map(ShowForm.Version.init),
            targets: targets.map(\.form), next: next.map { ForecastReport.Run($0, of: outlook) },
            warnings: outlook.warnings.map(ForecastReport.Run.Warning.init))
    }

    package var flowForm: ShowForm.Flow {
        ShowForm.Flow(
            renewal: Wording.renewal(rules), renewalEnabled: rules.renewalEnabled,
            publication: Wording.publication(rules), publicationEnabled: rules.publicationEnabled,
            profiles: certificate.flow.profiles, lastResort: rules.lastResort.rawValue, window: rules.window.words,
            publicationWindow: rules.windowOfPublication.words, earlier: rules.earlier)
    }
}
