import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Storage

/// What a publication would find and do at one target. The form of `publish --dry-run --output json`.
package struct OutlookReport: Codable, Sendable {
    /// A certificate that is there; `version` is 0 where it is none of this certificate's.
    package struct Certificate: Codable, Sendable {
        package var version: Int
        package var fingerprint: String
        package var notAfter: String

        init(_ held: PlacementRecord.Held) {
            version = held.number ?? 0
            fingerprint = held.fingerprint.description
            notAfter = held.life.notAfter.rfc3339
        }

        init(_ version: VersionRecord) {
            self.version = version.number
            fingerprint = version.fingerprint.description
            notAfter = version.life.notAfter.rfc3339
        }
    }

    package struct Found: Codable, Sendable {
        /// `certificate`, `nothing`, `unreadable`, `unknowable`
        package var state: String
        package var certificate: Certificate?
        /// What is there instead.
        package var message: String?
    }

    package struct Served: Codable, Sendable {
        /// Compared with what would be published: `serving`, `different`, `unreachable`
        package var outcome: String
        package var certificate: Certificate?
        package var lines: [String]
    }

    package struct Step: Codable, Sendable {
        package var command: [String]
        /// `here`, `target`
        package var on: String
    }

    package struct Schedule: Codable, Sendable {
        /// `planned`, `nothing-to-do`, `never`, `off`, `held`, `paused`, `needs-attention`, `revoked`
        package var state: String
        package var at: String?
        package var reason: String
    }

    package struct Hindrance: Codable, Sendable {
        package var code: String
        package var message: String
        package var remedy: String

        init(_ failure: PluginFailure) {
            code = failure.code
            message = failure.message
            remedy = failure.remedy
        }
    }

    package var certificate: String
    /// "profile/target"
    package var target: String
    package var effect: String
    package var publishes: Certificate?
    package var recorded: Certificate?
    package var found: Found?
    package var served: Served?
    package var files: [RenderingReport.File]
    package var requests: [PlannedRequest]
    package var test: Step?
    package var reload: Step?
    package var proof: String?
    package var goesAfter: [String]
    package var schedule: Schedule?
    package var refusals: [Hindrance]
    /// Why it could not be looked at.
    package var failure: Hindrance?
    package var findings: [CheckReport.Finding]

    package init(_ outlook: PublicationOutlook, _ profiles: ProfileSet, _ registry: Registry, now: Instant) {
        let placement = outlook.context.placement
        // Nil where it is not there any more.
        let profile = profiles.publishing[placement.profile]
        let schema = profile.flatMap { registry.publishers[$0.publisher]?.manifest.options } ?? OptionSchema()
        let name = outlook.context.certificate.name
        certificate = name
        target = placement.name
        effect = outlook.effect.rawValue
        publishes = outlook.version.map { Certificate($0) }
        recorded = outlook.recorded.map { Certificate($0) }
        found = outlook.presence.map { Self.found($0, outlook.found) }
        served = outlook.served.map {
            Served(
                outcome: $0.outcome.rawValue, certificate: outlook.shown.map { Certificate($0) }, lines: $0.lines)
        }
        var rendering = outlook.rendering.map {
            RenderingReport(name, placement.profile, placement.target, $0, schema)
        }
        rendering?.compare(with: outlook.files)
        files = rendering?.files ?? []
        requests = rendering?.requests ?? []
        test = Self.step(rendering?.test, profile?.test)
        reload = Self.step(rendering?.reload, profile?.reload)
        proof = rendering?.proof
        goesAfter = outlook.goesAfter
        schedule = outlook.schedule.map {
            Schedule($0, outlook.context.certificate.flow.rules.windowOfPublication.zone, now: now)
        }
        refusals = outlook.refusals.map { Hindrance($0) }
        failure = outlook.failure.map { Hindrance($0) }
        findings = outlook.findings
    }

    private static func step(_ command: [String]?, _ step: CommandStep?) -> Step? {
        guard let command, let step else { return nil }
        return Step(command: command, on: step.place == .here ? "here" : "target")
    }

    private static func found(_ presence: Presence, _ held: PlacementRecord.Held?) -> Found {
        switch presence {
        case .nothing: Found(state: "nothing")
        case .certificates where held == nil:
            Found(state: "unreadable", message: "What is there is no certificate.")
        case .certificates: Found(state: "certificate", certificate: held.map { Certificate($0) })
        case .unreadable(let words): Found(state: "unreadable", message: words)
        case .unknowable: Found(state: "unknowable")
        }
    }
}

extension OutlookReport.Schedule {
    init(_ schedule: PublicationOutlook.Schedule, _ zone: Zone, now: Instant) {
        switch schedule {
        case .planned(let run):
            self.init(state: "planned", at: run.at.rfc3339, reason: Wording.reason(run, in: zone))
        case .nothingToDo: self.init(state: "nothing-to-do", reason: "the target holds it")
        case .never: self.init(state: "never", reason: "no period of the window is ever open for it")
        case .paused(let pause): self.init(state: "paused", reason: ShowForm.Stop(pause).pauseWords(zone, now: now))
        case .stuck(let trouble): self.init(state: "needs-attention", reason: trouble.message)
        case .resting(.held): self.init(state: "held", reason: "a person holds the target at what it has")
        case .resting(.publicationOff): self.init(state: "off", reason: "publication is switched off in the flow")
        case .resting(let reason): self.init(state: reason.rawValue, reason: "nothing is to be there")
        }
    }
}
