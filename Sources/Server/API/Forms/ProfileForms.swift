import PluginKit

package struct ProfileTextForm: Codable, Sendable {
    package var text: String
}

/// One issuing profile.
package struct IssuerForm: Codable, Sendable {
    package var name: String
    /// Absent where its file is broken.
    package var backend: String?
    package var description: String
    package var valid: Bool
    package var flows: Int
    package var problems: [String]

    init(_ report: ProfileReport) {
        name = report.name
        backend = report.backend
        description = report.description
        valid = report.valid
        flows = report.flows
        problems = report.problems
    }
}

/// What an issuer says of itself.
package struct IssuerCheckForm: Codable, Sendable {
    package var name: String
    /// It could issue now.
    package var usable: Bool
    /// When what signs new certificates ends.
    package var ends: String?
    package var findings: [CheckReport.Finding]
}
