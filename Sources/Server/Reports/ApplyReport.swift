import Automation
import Foundation
import Profiles
import Runner

/// What applying files would change, and what follows from it. The form of `apply --output json`.
package struct ApplyReport: Codable, Sendable {
    package struct Publication: Codable, Sendable {
        /// "profile/target"
        package var target: String
        package var version: Int
        /// Nil where no period of the window is ever open for it.
        package var at: String?
        package var reason: String
        /// When it would have been without the change.
        package var before: String?

        package init(_ publication: Consequences.Publication, in zone: Zone) {
            target = publication.target
            version = publication.version
            at = publication.run?.at.rfc3339
            reason = publication.reason(in: zone)
            before = publication.before?.rfc3339
        }
    }

    package struct Certificate: Codable, Sendable {
        package var name: String
        /// "created", "changed", "unchanged"
        package var effect: String
        package var differences: [String]
        /// Why a version is issued, and when.
        package var issues: String?
        package var issuesAt: String?
        package var publications: [Publication]
        /// Of the windows in which it is renewed and published: IANA names.
        package var timeZone: String
        package var publicationTimeZone: String
        /// Targets that are not managed any more.
        package var released: [String]
        /// What its flow makes people think about, where that changes.
        package var warnings: [PreviewForm.Warning]

        package var isNew: Bool { effect == Desk.AppliedCertificate.Effect.created.rawValue }
        package var isUnchanged: Bool { effect == Desk.AppliedCertificate.Effect.unchanged.rawValue }
        package var zone: Zone { ZoneTable.shared[timeZone] ?? .utc }
        package var publicationZone: Zone { ZoneTable.shared[publicationTimeZone] ?? .utc }
    }

    package var certificates: [Certificate]
    package var dryRun: Bool

    package init(
        _ specs: [CertificateSpec], _ applied: [Desk.AppliedCertificate], _ consequences: [Consequences],
        _ warnings: FlowWarnings, dryRun: Bool
    ) {
        let rules = Dictionary(specs.map { ($0.name, $0.flow.rules) }) { first, _ in first }
        let byName = Dictionary(consequences.map { ($0.certificate, $0) }) { first, _ in first }
        self.dryRun = dryRun
        certificates = applied.map { certificate in
            let follows = byName[certificate.name]
            return Certificate(
                name: certificate.name, effect: certificate.effect.rawValue, differences: certificate.differences,
                issues: follows?.issues.map { Wording.short($0.cause) },
                issuesAt: follows?.issues?.at.rfc3339,
                publications: follows.map { follows in
                    follows.publications.map { Publication($0, in: follows.zone) }
                } ?? [],
                timeZone: (rules[certificate.name]?.window.zone ?? .utc).identifier,
                publicationTimeZone: (rules[certificate.name]?.windowOfPublication.zone ?? .utc).identifier,
                released: follows?.released ?? [],
                warnings: (warnings.byName[certificate.name] ?? []).map { PreviewForm.Warning($0) })
        }
    }
}

extension Consequences.Publication {
    package func reason(in zone: Zone) -> String {
        run.map { Wording.reason($0, in: zone) } ?? "no period of the window is ever open for it"
    }
}
