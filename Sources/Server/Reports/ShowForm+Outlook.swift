import Automation
import Profiles
import Runner
import Storage

extension ShowForm {
    /// Everything about one certificate.
    /// - Parameters:
    ///   - versions: newest first; one more than `limit` tells that there are older ones.
    package init(_ outlook: Outlook, versions: [VersionRecord], limit: Int, profiles: ProfileSet, now: Instant) {
        let (certificate, state) = (outlook.certificate, outlook.state)
        var seen: Set<String> = []
        self.init(
            name: certificate.name, subjects: certificate.subjects.map(\.description),
            key: .init(type: certificate.key.type.rawValue, reuse: certificate.key.reuse), issuer: certificate.issuer,
            fallback: certificate.fallback.map { .init(issuer: $0.issuer, after: $0.after.seconds) },
            advice: CAAdvice(state), labels: certificate.labels, owner: certificate.owner, note: certificate.note,
            flow: Flow(certificate.flow), timeZone: certificate.flow.rules.window.zone.identifier,
            createdAt: certificate.createdAt.rfc3339, version: state.current,
            notAfter: state.life?.notAfter.rfc3339, chainNotAfter: state.life?.chainNotAfter.rfc3339,
            renewedAt: state.storedAt?.rfc3339,
            paused: certificate.pause.flatMap { $0.holds(at: now) ? .init($0) : nil }, retired: certificate.isRetired,
            trouble: state.trouble.map(Problem.init), turn: IssuerChoice(certificate, state).words(at: now),
            versions: versions.prefix(limit).map(Version.init), olderVersions: versions.count > limit,
            targets: outlook.targets.map { ShownTarget($0, profiles: profiles).form },
            next: outlook.forecast.runs.filter { seen.insert($0.target ?? "").inserted }
                .map { ForecastReport.Run($0, of: outlook) },
            warnings: outlook.warnings.map(ForecastReport.Run.Warning.init))
    }
}
