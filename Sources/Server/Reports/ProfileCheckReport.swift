import Automation
import Foundation
import PluginKit
import Profiles
import Runner

/// What a check of one profile found. The form of `profile check --output json`.
package struct ProfileCheckReport: Codable, Sendable {
    package struct Target: Codable, Sendable {
        package var name: String
        /// The one that it was checked with.
        package var certificate: String
        package var usable: Bool
        package var findings: [CheckReport.Finding]
    }

    /// A publication that happens because the profile renders something else than the target holds.
    package struct Publication: Codable, Sendable {
        package var certificate: String
        /// "profile/target"
        package var target: String
        package var version: Int
        /// Nil where no period of the window is ever open for it.
        package var at: String?
        package var reason: String
        /// When it would have been without the change.
        package var before: String?
        /// Of its window: an IANA name.
        package var timeZone: String

        package var zone: Zone { ZoneTable.shared[timeZone] ?? .utc }
    }

    package var name: String
    package var kind: String
    package var valid: Bool
    package var problems: [String]
    package private(set) var publications: [Publication] = []
    package private(set) var targets: [Target] = []
    /// Why no target was looked at.
    package private(set) var notReached: String?

    package init(_ report: ProfileReport) {
        name = report.name
        kind = report.kind
        valid = report.valid
        problems = report.problems
    }

    package mutating func add(_ target: String, _ certificate: String, _ findings: [CheckReport.Finding]) {
        let usable = !findings.contains { $0.weight == .problem }
        targets.append(Target(name: target, certificate: certificate, usable: usable, findings: findings))
    }

    package mutating func publishesAgain(_ consequences: [Consequences]) {
        publications = consequences.flatMap { follows in
            follows.publications.map {
                Publication(
                    certificate: follows.certificate, target: $0.target, version: $0.version, at: $0.run?.at.rfc3339,
                    reason: $0.reason(in: follows.zone), before: $0.before?.rfc3339,
                    timeZone: follows.zone.identifier)
            }
        }
    }

    package mutating func notReached(_ reason: String) { notReached = reason }

    /// Asks each target, as a certificate that uses the profile would be published there.
    ///
    /// - Parameters:
    ///   - certificate: one that has a version, if there is one.
    ///   - words: message and remedy of what went wrong.
    package mutating func reach(
        _ profile: PublishingProfile, _ certificate: String?, _ rehearsal: Rehearsal,
        words: (any Error) -> (message: String, remedy: String?)
    ) async {
        let certificate = profile.isForChallenges ? "a challenge" : certificate
        guard let certificate else { return notReached("there is no certificate to look with") }
        for target in profile.targets {
            do {
                let report =
                    profile.isForChallenges
                    ? try await rehearsal.checkForChallenges(profile: profile.name, target: target.name)
                    : try await rehearsal.check(certificate, profile: profile.name, target: target.name)
                add(target.name, certificate, report.findings)
            } catch {
                let (message, remedy) = words(error)
                add(target.name, certificate, [.init(.problem, message, remedy: remedy)])
            }
        }
    }
}
