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

    package struct Entry {
        package var next: ForecastRun
        package var outlook: Outlook
        /// Its place among the runs of its certificate, from 0.
        package var place: Int
    }

    package let outlooks: [Outlook]
    package let from: Instant
    package let until: Instant
    package let now: Instant

    /// Ascending by time.
    package var entries: [Entry] {
        outlooks.flatMap { outlook in
            outlook.forecast.runs.enumerated().map { Entry(next: $1, outlook: outlook, place: $0) }
        }.sorted { left, right in
            let (one, other) = (left.next.run.at, right.next.run.at)
            return one == other ? left.outlook.certificate.name < right.outlook.certificate.name : one < other
        }
    }

    /// What concerns a flow as a whole stands at its first run.
    package var runs: [Run] {
        entries.map { entry in
            Run(entry.next, of: entry.outlook, flow: entry.place == 0 ? entry.outlook.warnings : [])
        }
    }

    package init(outlooks: [Outlook], from: Instant, until: Instant, now: Instant) {
        self.outlooks = outlooks
        self.from = from
        self.until = until
        self.now = now
    }
}

extension Outlook {
    /// The zone in which the rules of a stage are read.
    package func zone(of stage: ForecastRun.Stage) -> Zone {
        stage == .renewal ? input.rules.window.zone : input.rules.windowOfPublication.zone
    }
}

extension ForecastRun {
    /// "renewal: version 4", "publication: version 4 to files/default"
    package var words: String {
        target.map { "publication: version \(version) to \($0)" } ?? "renewal: version \(version)"
    }
}
