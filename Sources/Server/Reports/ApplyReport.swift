import Automation
import Foundation
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
        /// Targets that are not managed any more.
        package var released: [String]
    }

    package var certificates: [Certificate]
    package var dryRun: Bool

    /// Not part of the form: for people.
    package var consequences: [Consequences] = []

    private enum CodingKeys: String, CodingKey { case certificates, dryRun }

    package init(_ applied: [Desk.AppliedCertificate], _ consequences: [Consequences], dryRun: Bool) {
        let byName = Dictionary(consequences.map { ($0.certificate, $0) }) { first, _ in first }
        self.consequences = consequences
        self.dryRun = dryRun
        certificates = applied.map { certificate in
            let follows = byName[certificate.name]
            return Certificate(
                name: certificate.name, effect: certificate.effect.rawValue, differences: certificate.differences,
                issues: follows?.issues.map { Wording.short($0.cause) },
                issuesAt: follows?.issues?.at.rfc3339,
                publications: follows?.publications.map { Self.publication($0, follows?.zone ?? .utc) } ?? [],
                released: follows?.released ?? [])
        }
    }

    private static func publication(_ publication: Consequences.Publication, _ zone: Zone) -> Publication {
        Publication(
            target: publication.target, version: publication.version, at: publication.run?.at.rfc3339,
            reason: publication.reason(in: zone),
            before: publication.before?.rfc3339)
    }
}

extension Consequences.Publication {
    package func reason(in zone: Zone) -> String {
        run.map { Wording.reason($0, in: zone) } ?? "no period of the window is ever open for it"
    }
}
