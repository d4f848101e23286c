import Automation
import Foundation
import Runner

/// Everything that will happen to some certificates, in the order of time.
package struct ForecastReport {
    /// One run: an element of `forecast --output json`.
    package struct Run: Codable, Sendable {
        package struct Warning: Codable, Sendable, Hashable {
            package var kind: String
            package var text: String

            package init(_ warning: ForecastWarning) {
                kind = warning.kind.rawValue
                text = warning.text
            }
        }

        package var certificate: String
        package var stage: String
        package var target: String?
        package var version: Int
        package var due: String
        package var at: String
        package var earliest: String
        package var latest: String
        package var deadline: String?
        package var reason: String
        package var timeZone: String
        package var warnings: [Warning]

        /// - Parameter flow: what is worth knowing about the flow as a whole.
        package init(_ next: ForecastRun, of outlook: Outlook, flow: [ForecastWarning] = []) {
            let zone = outlook.zone(of: next.stage)
            certificate = outlook.certificate.name
            stage = next.stage.rawValue
            target = next.target
            version = next.version
            due = next.run.due.rfc3339
            at = next.run.at.rfc3339
            earliest = next.run.earliest.rfc3339
            latest = next.run.latest.rfc3339
            deadline = next.run.deadline?.rfc3339
            reason = Wording.reason(next.run, in: zone)
            timeZone = zone.identifier
            let own = Forecast.warnings(for: next, rules: outlook.input.rules)
            warnings = (flow.filter { warning in !own.contains { $0.kind == warning.kind } } + own).map(Warning.init)
        }
    }

    /// What concerns one flow as a whole.
    package struct Flow: Codable, Sendable {
        package var certificate: String
        /// Of the renewal's window.
        package var timeZone: String
        /// More runs fall into the time than are told.
        package var isCut: Bool
        package var warnings: [Run.Warning]

        init(_ outlook: Outlook) {
            certificate = outlook.certificate.name
            timeZone = outlook.certificate.flow.rules.window.zone.identifier
            isCut = outlook.forecast.ending == .tooMany
            warnings = outlook.warnings.map(Run.Warning.init)
        }
    }

    /// Ascending by time. What concerns a flow as a whole stands at its first run.
    package var runs: [Run]
    package var flows: [Flow]
    package let from: Instant
    package let until: Instant
    package let now: Instant

    package init(outlooks: [Outlook], from: Instant, until: Instant, now: Instant) {
        self.init(
            runs: outlooks.flatMap { outlook in
                let warnings = outlook.warnings
                return outlook.forecast.runs.enumerated().map { place, run in
                    Run(run, of: outlook, flow: place == 0 ? warnings : [])
                }
            }, flows: outlooks.map(Flow.init), from: from, until: until, now: now)
    }

    /// - Parameter runs: of each certificate in the order of time.
    package init(runs: [Run], flows: [Flow], from: Instant, until: Instant, now: Instant) {
        self.runs = runs.sorted { $0.at == $1.at ? $0.certificate < $1.certificate : $0.at < $1.at }
        self.flows = flows
        self.from = from
        self.until = until
        self.now = now
    }
}

extension ForecastReport.Run {
    package var zone: Zone { ZoneTable.shared[timeZone] ?? .utc }

    /// Nil where another program wrote no time there.
    package var moment: Instant? { Instant(rfc3339: at) }

    /// "renewal: version 4", "publication: version 4 to files/default"
    package var words: String {
        target.map { "publication: version \(version) to \($0)" } ?? "renewal: version \(version)"
    }
}

extension Outlook {
    /// The zone in which the rules of a stage are read.
    package func zone(of stage: ForecastRun.Stage) -> Zone {
        stage == .renewal ? input.rules.window.zone : input.rules.windowOfPublication.zone
    }
}
