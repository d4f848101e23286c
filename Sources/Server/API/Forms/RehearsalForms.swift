import Automation
import PluginKit
import Runner

/// A renewal that was rehearsed.
package struct RenewalRehearsalForm: Codable, Sendable {
    package struct Step: Codable, Sendable {
        package var name: String
        package var seconds: Double
    }

    /// What would have been stored.
    package struct Version: Codable, Sendable {
        package var subjects: [String]
        package var issuedBy: String
        package var notBefore: String
        package var notAfter: String
        /// Of the chain, the leaf among them.
        package var certificates: Int
        package var key: String?
        package var serial: String
    }

    package var certificate: String
    /// The issuing profile whose staging was asked.
    package var issuer: String
    /// Absent where it failed.
    package var version: Version?
    /// In the order in which they ended; empty where it failed.
    package var steps: [Step]
    /// What the issuer said on the way.
    package var notes: [String]
    /// Why the renewal would fail.
    package var failure: OutlookReport.Hindrance?

    init(certificate: String, issuer: String) {
        self.certificate = certificate
        self.issuer = issuer
        (steps, notes) = ([], [])
    }

    package init(_ report: RenewalRehearsal.Report) {
        let found = report.version
        (certificate, issuer, notes) = (report.certificate, report.issuer, [])
        steps = report.steps.map {
            let took = $0.took.components
            let milliseconds = took.seconds * 1000 + took.attoseconds / 1_000_000_000_000_000
            return Step(name: $0.name, seconds: Double(milliseconds) / 1000)
        }
        version = Version(
            subjects: found.subjects.map(\.description), issuedBy: found.issuerName,
            notBefore: found.life.notBefore.rfc3339, notAfter: found.life.notAfter.rfc3339,
            certificates: found.chain.count, key: found.keyType?.rawValue, serial: found.serial)
    }
}

/// A publication that was rehearsed, target by target.
package struct PublicationRehearsalForm: Codable, Sendable {
    package var targets: [OutlookReport]
}
