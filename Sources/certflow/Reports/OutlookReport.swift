import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Server
import Storage

/// What a publication would find and do at one target. The form of `publish --dry-run --output json`.
struct OutlookReport: Encodable {
    /// A certificate that is there; `version` is 0 where it is none of this certificate's.
    struct Certificate: Encodable {
        var version: Int
        var fingerprint: String
        var notAfter: String

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

    struct Found: Encodable {
        /// `certificate`, `nothing`, `unreadable`, `unknowable`
        var state: String
        var certificate: Certificate?
        /// What is there instead.
        var message: String?
    }

    struct Served: Encodable {
        /// Compared with what would be published: `serving`, `different`, `unreachable`
        var outcome: String
        var certificate: Certificate?
        var lines: [String]
    }

    struct Step: Encodable {
        var command: [String]
        /// `here`, `target`
        var on: String
    }

    struct Schedule: Encodable {
        /// `planned`, `nothing-to-do`, `never`, `off`, `held`, `paused`, `needs-attention`, `revoked`
        var state: String
        var at: String?
        var reason: String
    }

    struct Hindrance: Encodable {
        var code: String
        var message: String
        var remedy: String

        init(_ failure: PluginFailure) {
            code = failure.code
            message = failure.message
            remedy = failure.remedy
        }
    }

    var certificate: String
    /// "profile/target"
    var target: String
    var effect: String
    var publishes: Certificate?
    var recorded: Certificate?
    var found: Found?
    var served: Served?
    var files: [RenderingReport.File]
    var requests: [PlannedRequest]
    var test: Step?
    var reload: Step?
    var proof: String?
    var goesAfter: [String]
    var schedule: Schedule?
    var refusals: [Hindrance]
    /// Why it could not be looked at.
    var failure: Hindrance?
    var findings: [CheckReport.Finding]

    /// - Parameters:
    ///   - profile: nil where it is not there any more.
    ///   - schema: of its backend.
    init(_ outlook: PublicationOutlook, _ profile: PublishingProfile?, _ schema: OptionSchema, _ moments: Moments) {
        let placement = outlook.context.placement
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
            Schedule($0, outlook.context.certificate.flow.rules.windowOfPublication.zone, moments)
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
    init(_ schedule: PublicationOutlook.Schedule, _ zone: Zone, _ moments: Moments) {
        switch schedule {
        case .planned(let run):
            self.init(state: "planned", at: run.at.rfc3339, reason: Wording.reason(run, in: zone))
        case .nothingToDo: self.init(state: "nothing-to-do", reason: "the target holds it")
        case .never: self.init(state: "never", reason: "no period of the window is ever open for it")
        case .paused(let pause): self.init(state: "paused", reason: ShowForm.Stop(pause).pauseWords(zone, moments))
        case .stuck(let trouble): self.init(state: "needs-attention", reason: trouble.message)
        case .resting(.held): self.init(state: "held", reason: "a person holds the target at what it has")
        case .resting(.publicationOff): self.init(state: "off", reason: "publication is switched off in the flow")
        case .resting(let reason): self.init(state: reason.rawValue, reason: "nothing is to be there")
        }
    }
}
